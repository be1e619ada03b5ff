"""Stores policies and the tags of their apps, like the policy server (cf-networking-release, `store`).

A tag is the number of a row in `groups`. An app in a new policy gets the lowest free one, the source before the
destination; an app without policies loses its tag. Therefore tags are reused and change over time.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from cfnet.policy import Policy, Ports, Protocol
from cfnet.policy.limits import TAGS

ROUTER_GROUP: Final = "INGRESS_ROUTER"
"""The group of the ingress routers; it has the first tag, so the tags of apps begin with 2."""


class NoTagLeft(Exception):
    """All tags are used."""


class Tag(NamedTuple):
    """A tag: the GUID of its app, its number, and its type (`app`, `router`)."""

    guid: str
    number: int
    type: str

    @property
    def text(self) -> str:
        """The tag as the policy server writes it: four hexadecimal digits, such as `00FF`."""
        return f"{self.number:04X}"


def add_router_group(db: sqlite3.Connection) -> None:
    """Give the ingress routers the first tag."""
    db.execute("INSERT INTO groups VALUES (1, ?, 'router')", (ROUTER_GROUP,))


def create(db: sqlite3.Connection, wanted: Iterable[Policy], *, tags: int = TAGS) -> None:
    """Add policies, in order; existing ones are ignored.

    Args:
        db: a connection in a writing transaction.
        wanted: the policies.
        tags: the number of tags.

    Raises:
        NoTagLeft: there are more apps than tags; the transaction must be rolled back.
    """
    for policy in wanted:
        for guid in (policy.source, policy.destination):
            _allot(db, guid, tags)
        db.execute(
            "INSERT OR IGNORE INTO policies (source, destination, protocol, start_port, end_port)"
            " VALUES (?, ?, ?, ?, ?)",
            _row(policy),
        )


def delete(db: sqlite3.Connection, unwanted: Iterable[Policy]) -> None:
    """Delete policies that match exactly; missing ones are ignored."""
    for policy in unwanted:
        db.execute(
            "DELETE FROM policies WHERE source = ? AND destination = ? AND protocol = ?"
            " AND start_port = ? AND end_port = ?",
            _row(policy),
        )
        for guid in (policy.source, policy.destination):
            db.execute(
                "UPDATE groups SET guid = NULL WHERE guid = ? AND type = 'app'"
                " AND NOT EXISTS (SELECT 1 FROM policies WHERE source = groups.guid)"
                " AND NOT EXISTS (SELECT 1 FROM policies WHERE destination = groups.guid)",
                (guid,),
            )


def find(
    db: sqlite3.Connection,
    *,
    either: Sequence[str] | None = None,
    sources: Sequence[str] | None = None,
    destinations: Sequence[str] | None = None,
) -> list[Policy]:
    """Find policies, oldest first: all, those with an end in `either`, or those with ends in both other sets."""
    asked: list[tuple[str, Sequence[str] | None]]
    if either is not None:
        asked, joint = [("source", either), ("destination", either)], " OR "
    else:
        asked, joint = [("source", sources), ("destination", destinations)], " AND "
    given = [(column, guids) for column, guids in asked if guids is not None]
    where = joint.join(f"{column} IN (SELECT value FROM json_each(?))" for column, _ in given) or "TRUE"  # noqa: S608 - constant SQL
    rows = db.execute(
        f"SELECT source, destination, protocol, start_port, end_port FROM policies WHERE {where} ORDER BY id",  # noqa: S608 - constant SQL
        [json.dumps(list(guids)) for _, guids in given],
    )
    return [
        Policy(source, destination, Protocol(protocol), Ports(start, end))
        for source, destination, protocol, start, end in rows
    ]


def stale(db: sqlite3.Connection) -> list[Policy]:
    """Find the policies whose source or destination is not an app of this foundation."""
    apps = {str(guid) for (guid,) in db.execute("SELECT guid FROM apps")}
    return [policy for policy in find(db) if policy.source not in apps or policy.destination not in apps]


def count_by_source(db: sqlite3.Connection, sources: Iterable[str]) -> dict[str, int]:
    """Count the policies of each of these source apps."""
    rows = db.execute(
        "SELECT source, count(*) FROM policies WHERE source IN (SELECT value FROM json_each(?)) GROUP BY source",
        (json.dumps(list(sources)),),
    )
    return {str(source): int(count) for source, count in rows}


def tags(db: sqlite3.Connection) -> list[Tag]:
    """Return the tags in use, sorted by number."""
    rows = db.execute("SELECT guid, id, type FROM groups WHERE guid IS NOT NULL ORDER BY id")
    return [Tag(*row) for row in rows]


def _allot(db: sqlite3.Connection, guid: str, limit: int) -> None:
    if db.execute("SELECT 1 FROM groups WHERE guid = ?", (guid,)).fetchone():
        return
    (free,) = db.execute("SELECT min(id) FROM groups WHERE guid IS NULL").fetchone()
    if free is not None:
        db.execute("UPDATE groups SET guid = ?, type = 'app' WHERE id = ?", (guid, free))
        return
    (highest,) = db.execute("SELECT max(id) FROM groups").fetchone()
    if highest >= limit:
        raise NoTagLeft
    db.execute("INSERT INTO groups VALUES (?, ?, 'app')", (highest + 1, guid))


def _row(policy: Policy) -> tuple[str, str, str, int, int]:
    return policy.source, policy.destination, policy.protocol.value, policy.ports.start, policy.ports.end
