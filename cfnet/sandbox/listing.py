"""Lists of the Cloud Controller: which parameters they take, and pages of what they find (CAPI v3, "Pagination")."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Generic, NamedTuple, TypeVar
from urllib.parse import unquote, urlencode

from cfnet.sandbox.request_context import RequestContext
from cfnet.sandbox.resources import Resource

HIGHEST_PER_PAGE: Final = 5000
DEFAULT_PER_PAGE: Final = 50
_PAGING: Final = ("page", "per_page", "order_by")
_NUMBER: Final = re.compile("[0-9]{1,18}", re.ASCII)

Row = TypeVar("Row")


class BadQuery(Exception):
    """A parameter that the list does not take, or a value that it cannot have; the message is for the user."""


class Viewer(NamedTuple):
    """Who looks: the GUID that roles are given to, and whether they see everything."""

    guid: str
    sees_all: bool


class ResourceList(NamedTuple, Generic[Row]):
    """A kind of resource, and what a list of it is made of. All the SQL in it is the sandbox's own words.

    Attributes:
        kind: what one of them is called.
        row: makes a row of the selected columns.
        show: makes the resource of a row, with links that begin with the base URL.
        columns: what is selected.
        table: where from.
        key: the column of the internal id, by which a list is sorted where nothing else is asked for.
        filters: parameter → column, or a condition with `{}` for the set of values.
        orders: what `order_by` takes → column.
        visible: a condition for what a viewer may see, each `?` being the viewer's GUID.
        includes: what `include` takes.
        ignored: parameters that are taken and change nothing.
        embeds: what `embed` takes.
        exact_names: whether upper and lower case differ in `names`.
        within: a condition that all rows meet, with `{}` for the set of values beside it.
    """

    kind: str
    row: Callable[..., Row]
    show: Callable[[Row, str], Resource]
    columns: str
    table: str
    key: str
    filters: Mapping[str, str]
    orders: Mapping[str, str]
    visible: str
    includes: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    embeds: tuple[str, ...] = ()
    exact_names: bool = False
    within: tuple[str, tuple[str, ...]] | None = None


class ResultPage(NamedTuple, Generic[Row]):
    """A page of rows, how many there are in all, and which page it is."""

    rows: list[Row]
    total: int
    number: int = 1
    per_page: int = DEFAULT_PER_PAGE


def values(text: str) -> list[str]:
    """The values of a filter: separated by commas; a comma within one is written `%2C` (encoded twice in the URL)."""
    return [unquote(value) for value in re.split(r",\s*", text)]


def page_of(
    db: sqlite3.Connection, context: RequestContext, listing: ResourceList[Row], viewer: Viewer
) -> ResultPage[Row]:
    """The page that the request asks for.

    Raises:
        BadQuery: a parameter that the list does not take, or a value that it cannot have.
    """
    args = context.request.args
    known = [
        *_PAGING,
        *listing.filters,
        *listing.ignored,
        *(["include"] if listing.includes else []),
        *(["embed"] if listing.embeds else []),
    ]
    if unknown := [name for name in args if name not in known]:
        raise BadQuery(f"Unknown query parameter(s): {_quoted(unknown)}. Valid parameters are: {_quoted(known)}")
    number = _integer(args.get("page", "1"), 10**18, "Page must be a positive integer")
    per_page = _integer(
        args.get("per_page", str(DEFAULT_PER_PAGE)),
        HIGHEST_PER_PAGE,
        f"Per page must be between 1 and {HIGHEST_PER_PAGE}",
    )
    order = _order(args.get("order_by"), listing)
    asked = {name: values(args[name]) for name in listing.filters if name in args}
    where, parameters = _where(listing, viewer, asked)
    (total,) = db.execute(f"SELECT count(*) FROM {listing.table} WHERE {where}", parameters).fetchone()  # noqa: S608 - own words
    rows = db.execute(
        f"SELECT {listing.columns} FROM {listing.table} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608 - own words
        [*parameters, per_page, min((number - 1) * per_page, 2**62)],
    )
    return ResultPage([listing.row(*row) for row in rows], int(total), number, per_page)


def with_guids(db: sqlite3.Connection, listing: ResourceList[Row], guids: Iterable[str], viewer: Viewer) -> list[Row]:
    """The rows with those GUIDs that the viewer may see."""
    where, parameters = _where(listing, viewer, {"guids": sorted(guids)})
    rows = db.execute(
        f"SELECT {listing.columns} FROM {listing.table} WHERE {where} ORDER BY {listing.key}",  # noqa: S608 - own words
        parameters,
    )
    return [listing.row(*row) for row in rows]


def included(context: RequestContext, listing: ResourceList[Row]) -> set[str]:
    """What the request wants included.

    Raises:
        BadQuery: something that the list cannot include.
    """
    return _chosen(context, "include", listing.includes, "included")


def embedded(context: RequestContext, listing: ResourceList[Row]) -> set[str]:
    """What the request wants embedded in each resource.

    Raises:
        BadQuery: something that the list cannot embed.
    """
    return _chosen(context, "embed", listing.embeds, "embedded")


def _chosen(context: RequestContext, parameter: str, known: tuple[str, ...], verb: str) -> set[str]:
    wanted = values(context.request.args[parameter]) if parameter in context.request.args else []
    for name in wanted:
        if name not in known:
            raise BadQuery(f"Invalid {verb} resource: '{name}'. Valid {verb} resources are: {_quoted(known)}")
    return set(wanted)


def pagination(context: RequestContext, page: ResultPage[Row]) -> Resource:
    """The links to this list's pages; the other parameters stay in them as they were."""
    last = max(1, -(-page.total // page.per_page))
    kept = {name: value for name, value in context.request.args.items() if name not in {"page", "per_page"}}

    def link(number: int) -> Resource | None:
        if not 1 <= number <= last:
            return None
        query = urlencode(sorted((kept | {"page": str(number), "per_page": str(page.per_page)}).items()))
        return {"href": f"{context.base}{context.request.path}?{query}"}

    return {
        "total_results": page.total,
        "total_pages": last,
        "first": link(1),
        "last": link(last),
        "next": link(page.number + 1),
        "previous": link(page.number - 1),
    }


def _where(listing: ResourceList[Row], viewer: Viewer, asked: Mapping[str, list[str]]) -> tuple[str, list[str]]:
    conditions, parameters = ["TRUE"], []
    if not viewer.sees_all:
        conditions.append(listing.visible)
        parameters += [viewer.guid] * listing.visible.count("?")
    if listing.within is not None:
        conditions.append(_among(listing.within[0]))
        parameters.append(json.dumps(listing.within[1]))
    for name, wanted in asked.items():
        conditions.append(_among(listing.filters[name]))
        any_case = name == "names" and not listing.exact_names
        parameters.append(json.dumps([value.lower() for value in wanted] if any_case else wanted))
    return " AND ".join(conditions), parameters


def _among(column: str) -> str:
    """The condition that a column, or what a condition compares, is among the values of the next parameter."""
    given = "(SELECT value FROM json_each(?))"
    return column.replace("{}", given) if "{}" in column else f"{column} IN {given}"


def _integer(text: str, highest: int, otherwise: str) -> int:
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= highest:
        raise BadQuery(otherwise)
    return int(text)


def _order(text: str | None, listing: ResourceList[Row]) -> str:
    if text is None:
        return listing.key
    name = text.removeprefix("-").removeprefix("+")
    if name not in listing.orders:
        raise BadQuery(f"Order by can only be: {_quoted(listing.orders)}")
    return f"{listing.orders[name]} {'DESC' if text.startswith('-') else 'ASC'}, {listing.key}"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
