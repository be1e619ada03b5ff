"""Lists of the Cloud Controller: their parameters and pages (CAPI v3, "Pagination")."""

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
    """A query parameter is unknown or has an invalid value; the message is for the user."""


class Viewer(NamedTuple):
    """A user or client: the GUID that roles refer to, and whether everything is visible."""

    guid: str
    sees_all: bool


class ResourceList(NamedTuple, Generic[Row]):
    """How to list a kind of resource. All SQL in it is constant.

    Attributes:
        kind: the name of the resource.
        row: makes a row from the selected columns.
        show: makes the resource from a row, with links that begin with the base URL.
        columns: the columns to select.
        table: the table or join to select from.
        key: the column of the internal ID, the default for sorting.
        filters: parameter → column, or a condition with `{}` for the set of values.
        orders: value of `order_by` → column.
        visible: the condition for visibility, with `?` for the viewer's GUID.
        includes: the values of `include`.
        ignored: parameters that are accepted and ignored.
        embeds: the values of `embed`.
        exact_names: whether `names` is case-sensitive.
        within: a condition for all rows, with `{}` for the set of values that follows it.
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
    """A page of rows, the total number of rows, and the number of the page."""

    rows: list[Row]
    total: int
    number: int = 1
    per_page: int = DEFAULT_PER_PAGE


def values(text: str) -> list[str]:
    """Split the values of a filter at commas; a comma in a value is written `%2C` (encoded twice in the URL)."""
    return [unquote(value) for value in re.split(r",\s*", text)]


def page_of(
    db: sqlite3.Connection, context: RequestContext, listing: ResourceList[Row], viewer: Viewer
) -> ResultPage[Row]:
    """Return the requested page.

    Raises:
        BadQuery: a parameter is unknown or has an invalid value.
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
    (total,) = db.execute(f"SELECT count(*) FROM {listing.table} WHERE {where}", parameters).fetchone()  # noqa: S608 - constant SQL
    rows = db.execute(
        f"SELECT {listing.columns} FROM {listing.table} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",  # noqa: S608 - constant SQL
        [*parameters, per_page, min((number - 1) * per_page, 2**62)],
    )
    return ResultPage([listing.row(*row) for row in rows], int(total), number, per_page)


def with_guids(db: sqlite3.Connection, listing: ResourceList[Row], guids: Iterable[str], viewer: Viewer) -> list[Row]:
    """Return the rows with these GUIDs that are visible to the viewer."""
    where, parameters = _where(listing, viewer, {"guids": sorted(guids)})
    rows = db.execute(
        f"SELECT {listing.columns} FROM {listing.table} WHERE {where} ORDER BY {listing.key}",  # noqa: S608 - constant SQL
        parameters,
    )
    return [listing.row(*row) for row in rows]


def included(context: RequestContext, listing: ResourceList[Row]) -> set[str]:
    """Return the values of `include`.

    Raises:
        BadQuery: the list cannot include one of them.
    """
    return _chosen(context, "include", listing.includes, "included")


def embedded(context: RequestContext, listing: ResourceList[Row]) -> set[str]:
    """Return the values of `embed`.

    Raises:
        BadQuery: the list cannot embed one of them.
    """
    return _chosen(context, "embed", listing.embeds, "embedded")


def _chosen(context: RequestContext, parameter: str, known: tuple[str, ...], verb: str) -> set[str]:
    wanted = values(context.request.args[parameter]) if parameter in context.request.args else []
    for name in wanted:
        if name not in known:
            raise BadQuery(f"Invalid {verb} resource: '{name}'. Valid {verb} resources are: {_quoted(known)}")
    return set(wanted)


def pagination(context: RequestContext, page: ResultPage[Row]) -> Resource:
    """Return the links to the pages of this list, with all other parameters unchanged."""
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
    """Return the condition that a column, or the `{}` in a condition, is among the values of the next parameter."""
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
