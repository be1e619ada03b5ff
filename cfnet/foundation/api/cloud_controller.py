"""Client of the Cloud Controller's API, version 3."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Generic, NamedTuple, TypeVar

from cfnet.errors import ServerTrouble
from cfnet.foundation.api import answers
from cfnet.foundation.api.batches import batches
from cfnet.foundation.http.error_answers import cloud_controller_trouble, json_of, misshapen
from cfnet.foundation.http.proxy import host_of
from cfnet.foundation.json_values import JsonValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from cfnet.cell.model.placement import Placed, Waiting
    from cfnet.cell.model.security_group import SecurityGroup
    from cfnet.foundation.api.instances import Process
    from cfnet.foundation.session.connection import Connection
    from cfnet.policy import App, Org, Space

_PAGE: Final = 5_000
_MOST_PAGES: Final = 1_000
_LONGEST_NAME: Final = 255
"""The maximum length of names of apps, spaces and orgs: `varchar(255)` in the Cloud Controller's database."""

Resource = TypeVar("Resource")


class _Page(NamedTuple, Generic[Resource]):
    """A page of a list, the total number of pages, and whether the page links to a next one."""

    resources: list[Resource]
    total: int
    has_next: bool


class CloudController:
    """Lists what the session's user can see of a foundation.

    All methods may raise NotLoggedIn, Forbidden, Rejected, Unreachable and ServerTrouble. Names are case-insensitive.
    """

    def __init__(self, connection: Connection) -> None:
        """Use the Cloud Controller of `connection`'s session."""
        self._connection = connection
        self._base = f"{connection.session.api}/v3"

    def apps(
        self,
        *,
        names: Iterable[str] | None = None,
        spaces: Iterable[str] | None = None,
        orgs: Iterable[str] | None = None,
        guids: Iterable[str] | None = None,
    ) -> list[App]:
        """List apps by `names`, `spaces` and `orgs` (GUIDs), and `guids`; None matches all."""
        queries = _queries({"names": names, "space_guids": spaces, "organization_guids": orgs, "guids": guids})
        more = {"include": "space.organization"}
        return self._list("apps", [query | more for query in queries], _apps)

    def stopped_apps(self, guids: Iterable[str]) -> list[str]:
        """List those of the apps (GUIDs) that are stopped: no instance of these is supposed to run."""
        return self._list("apps", _queries({"guids": guids}), _stopped)

    def spaces(self, *, names: Iterable[str] | None = None, orgs: Iterable[str] | None = None) -> list[Space]:
        """List spaces by `names` and `orgs` (GUIDs); None matches all."""
        queries = _queries({"names": names, "organization_guids": orgs})
        return self._list("spaces", [query | {"include": "organization"} for query in queries], _spaces)

    def orgs(self, *, names: Iterable[str] | None = None) -> list[Org]:
        """List orgs by `names`; None matches all."""
        return self._list("organizations", _queries({"names": names}), _orgs)

    def developed_spaces(self, user: str) -> list[str]:
        """List the GUIDs of the spaces in which the user (or client) with this GUID is a developer."""
        return self._list("roles", [{"types": "space_developer", "user_guids": user}], _spaces_of_roles)

    def processes(self, *, apps: Iterable[str] | None = None) -> list[Process]:
        """List the processes of `apps` (GUIDs); None matches all."""
        return self._list("processes", _queries({"app_guids": apps}), _processes)

    def stats(self, process: Process, space: str) -> list[Placed | Waiting]:
        """List the instances of a process of an app in `space` (GUID); empty if it no longer exists."""
        from cfnet.foundation.api.instances import stats  # noqa: PLC0415 - as above

        answer = self._connection.get(f"{self._base}/processes/{process.guid}/stats", {})
        if answer.status == HTTPStatus.NOT_FOUND:
            return []
        if not answer.is_success:
            raise cloud_controller_trouble(answer)
        with misshapen(answer):
            return list(stats(answers.resources(JsonValue(json_of(answer))), process, space))

    def security_groups(self) -> list[SecurityGroup]:
        """List the security groups that the user can see: global ones, and those of visible spaces."""
        return self._list("security_groups", [{}], _security_groups)

    def _list(
        self, kind: str, queries: Sequence[Mapping[str, str]], read: Callable[[JsonValue], list[Resource]]
    ) -> list[Resource]:
        calls = [lambda query=query: self._pages(f"{self._base}/{kind}", query, read) for query in queries]
        return [resource for resources in self._connection.together(calls) for resource in resources]

    def _pages(self, url: str, query: Mapping[str, str], read: Callable[[JsonValue], list[Resource]]) -> list[Resource]:
        """Fetch all pages of a list: the first one, which says how many there are, then the others concurrently.

        If the list has grown meanwhile, its last page links to a next one.
        """
        pages = [self._page(url, query, read)]
        while pages[-1].total > len(pages) or pages[-1].has_next:
            total = max(pages[-1].total, len(pages) + 1)
            if total > _MOST_PAGES:
                raise ServerTrouble(
                    f"{host_of(url)} reports a list of {total:,} pages or more; cfnet reads at most {_MOST_PAGES:,}.",
                    hint="Check the address, and check for a proxy that alters responses.",
                )
            numbers = range(len(pages) + 1, total + 1)
            calls = [lambda page=page: self._page(url, {**query, "page": str(page)}, read) for page in numbers]
            pages += self._connection.together(calls)
        return [resource for page in pages for resource in page.resources]

    def _page(self, url: str, query: Mapping[str, str], read: Callable[[JsonValue], list[Resource]]) -> _Page[Resource]:
        answer = self._connection.get(url, {**query, "per_page": str(_PAGE)})
        if not answer.is_success:
            raise cloud_controller_trouble(answer)
        with misshapen(answer):
            node = JsonValue(json_of(answer))
            pagination = node.key("pagination")
            if pagination.absent():
                return _Page(read(node), 1, has_next=False)
            return _Page(
                read(node), pagination.key("total_pages").number(1), has_next=not pagination.key("next").absent()
            )


def _apps(page: JsonValue) -> list[App]:
    spaces = answers.spaces(answers.included(page, "spaces"), _orgs_beside(page))
    return list(answers.apps(answers.resources(page), spaces).values())


def _stopped(page: JsonValue) -> list[str]:
    return list(answers.stopped_apps(answers.resources(page)))


def _spaces(page: JsonValue) -> list[Space]:
    return list(answers.spaces(answers.resources(page), _orgs_beside(page)).values())


def _orgs(page: JsonValue) -> list[Org]:
    return list(answers.orgs(answers.resources(page)).values())


def _spaces_of_roles(page: JsonValue) -> list[str]:
    return list(answers.spaces_of_roles(answers.resources(page)))


def _processes(page: JsonValue) -> list[Process]:
    from cfnet.foundation.api.instances import processes  # noqa: PLC0415 - the mirrored commands need none

    return processes(answers.resources(page))


def _security_groups(page: JsonValue) -> list[SecurityGroup]:
    from cfnet.foundation.api.security_groups import security_groups  # noqa: PLC0415 - the mirrored commands need none

    return security_groups(answers.resources(page))


def _orgs_beside(page: JsonValue) -> dict[str, Org]:
    return answers.orgs(answers.included(page, "organizations"))


def _queries(filters: Mapping[str, Iterable[str] | None]) -> list[dict[str, str]]:
    """Return the queries for `filters`, split into batches; none if a filter is empty."""
    queries: list[dict[str, str]] = [{}]
    for name, values in filters.items():
        if values is None:
            continue
        if name == "names":
            # The Cloud Controller splits names at commas, and decodes `%2C` inside a name.
            values = [value.replace(",", "%2C") for value in values if 0 < len(value) <= _LONGEST_NAME]  # noqa: PLW2901
        queries = [query | {name: batch} for query in queries for batch in batches(values)]
    return queries
