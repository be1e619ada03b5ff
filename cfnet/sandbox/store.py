"""The sandbox's SQLite database, in a file or in memory.

There is one connection and one transaction at a time per process; SQLite's locks isolate several processes. A writing
transaction takes the write lock at once (`BEGIN IMMEDIATE`), so that two of them wait for each other instead of
failing. Committed changes are on disk (SQLite's default rollback journal, `synchronous=FULL`).
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from cfnet.sandbox.faults import ReadOnly, SandboxError, Unusable

BUSY_SECONDS: Final = 30.0
"""How long a transaction waits for transactions of other processes."""

VERSION: Final = 3
"""The `user_version` of the file; raised when the tables change."""

_OLDEST: Final = 2
"""The oldest version of files that are migrated when they are opened."""

TABLES: Final = {
    "settings": "name TEXT PRIMARY KEY, value TEXT NOT NULL",
    "organizations": "id INTEGER PRIMARY KEY, guid TEXT NOT NULL UNIQUE, name TEXT NOT NULL, key TEXT NOT NULL UNIQUE,"
    " created_at TEXT NOT NULL, suspended INTEGER NOT NULL DEFAULT 0",
    "spaces": "id INTEGER PRIMARY KEY, guid TEXT NOT NULL UNIQUE, name TEXT NOT NULL, key TEXT NOT NULL,"
    " organization_guid TEXT NOT NULL REFERENCES organizations(guid), created_at TEXT NOT NULL,"
    " UNIQUE (organization_guid, key)",
    "apps": "id INTEGER PRIMARY KEY, guid TEXT NOT NULL UNIQUE, name TEXT NOT NULL, key TEXT NOT NULL,"
    " space_guid TEXT NOT NULL REFERENCES spaces(guid), ports TEXT NOT NULL, created_at TEXT NOT NULL,"
    " updated_at TEXT NOT NULL DEFAULT '', state TEXT NOT NULL DEFAULT 'STARTED',"
    " instances INTEGER NOT NULL DEFAULT 0, UNIQUE (space_guid, key)",
    "cells": "id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, address TEXT NOT NULL, subnet TEXT NOT NULL",
    "containers": "id INTEGER PRIMARY KEY AUTOINCREMENT, handle TEXT NOT NULL UNIQUE,"
    " app_guid TEXT NOT NULL REFERENCES apps(guid) ON DELETE CASCADE, instance INTEGER NOT NULL,"
    " cell TEXT NOT NULL REFERENCES cells(name), ip TEXT NOT NULL UNIQUE, since INTEGER NOT NULL,"
    " UNIQUE (app_guid, instance)",
    "users": "guid TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, password TEXT NOT NULL, scopes TEXT NOT NULL",
    "clients": "name TEXT PRIMARY KEY, secret TEXT NOT NULL, grants TEXT NOT NULL, scopes TEXT NOT NULL",
    "roles": "user_guid TEXT NOT NULL REFERENCES users(guid), type TEXT NOT NULL, organization_guid TEXT,"
    " space_guid TEXT, UNIQUE (user_guid, type, organization_guid, space_guid)",
    "refresh_tokens": "jti TEXT PRIMARY KEY, user_guid TEXT NOT NULL REFERENCES users(guid)",
    "revoked_tokens": "jti TEXT PRIMARY KEY",
    "failed_logins": "id INTEGER PRIMARY KEY, user_guid TEXT NOT NULL REFERENCES users(guid), at REAL NOT NULL",
    "passcodes": "code TEXT PRIMARY KEY, user_guid TEXT NOT NULL REFERENCES users(guid), until REAL NOT NULL",
    "policies": "id INTEGER PRIMARY KEY, source TEXT NOT NULL, destination TEXT NOT NULL, protocol TEXT NOT NULL,"
    " start_port INTEGER NOT NULL, end_port INTEGER NOT NULL,"
    " UNIQUE (source, destination, protocol, start_port, end_port)",
    "groups": "id INTEGER PRIMARY KEY, guid TEXT UNIQUE, type TEXT NOT NULL",
    "security_groups": "id INTEGER PRIMARY KEY, guid TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE,"
    " rules TEXT NOT NULL, running INTEGER NOT NULL, staging INTEGER NOT NULL, created_at TEXT NOT NULL,"
    " updated_at TEXT NOT NULL",
    "security_group_spaces": "id INTEGER PRIMARY KEY,"
    " group_guid TEXT NOT NULL REFERENCES security_groups(guid) ON DELETE CASCADE,"
    " space_guid TEXT NOT NULL REFERENCES spaces(guid) ON DELETE CASCADE, lifecycle TEXT NOT NULL,"
    " UNIQUE (group_guid, space_guid, lifecycle)",
    "jobs": "guid TEXT PRIMARY KEY, operation TEXT NOT NULL, created_at TEXT NOT NULL",
}

_SINCE_2: Final = (
    "ALTER TABLE organizations ADD COLUMN suspended INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE apps ADD COLUMN updated_at TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE apps ADD COLUMN state TEXT NOT NULL DEFAULT 'STARTED'",
    "ALTER TABLE apps ADD COLUMN instances INTEGER NOT NULL DEFAULT 0",
    "UPDATE apps SET updated_at = created_at, instances = (SELECT count(*) FROM containers WHERE app_guid = apps.guid)",
    *(f"CREATE TABLE {table} ({TABLES[table]})" for table in ("security_groups", "security_group_spaces", "jobs")),
)
"""The migration from version 2 to version 3."""

INDEXES: Final = (
    "CREATE INDEX policies_by_destination ON policies (destination)",
    "CREATE INDEX free_groups ON groups (id) WHERE guid IS NULL",
)


class Store:
    """An open database.

    Args:
        path: the file, created if missing (mode 0600, its directory 0700); None for memory.
        fill: inserts the first rows into a new database.

    Raises:
        Unusable: the file cannot be opened, or is not a sandbox.
    """

    def __init__(self, path: Path | None, fill: Callable[[sqlite3.Connection], None]) -> None:
        self._where = "in memory" if path is None else str(path)
        self._lock = threading.RLock()
        try:
            if path is not None:
                _make_file(path)
            self._connection = sqlite3.connect(
                ":memory:" if path is None else path,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.row_factory = _row
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error
        try:
            if not self._is_ready():
                with self.writing() as db:
                    self._prepare(db, fill)
        except BaseException:
            self.close()
            raise

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Start a transaction that reads a consistent state of the database."""
        return self._transaction("BEGIN")

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """Start a transaction that makes all changes or none, and commits them to disk."""
        return self._transaction("BEGIN IMMEDIATE")

    def data_version(self) -> int:
        """Return a number that changes whenever another connection changes the database."""
        with self._lock:
            try:
                (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            except sqlite3.Error as error:
                raise self._unusable(error) from error
            return int(version)

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._connection.execute(begin)
                try:
                    yield self._connection
                    self._connection.execute("COMMIT")
                except BaseException:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                if "readonly" in str(error):
                    raise ReadOnly(
                        f"The sandbox ({self._where}) cannot be changed: its file is read-only.",
                        hint="Make the file and its directory writable, or move the file away to start over.",
                    ) from error
                raise self._unusable(error) from error
            except SandboxError:
                raise
            except (TypeError, ValueError) as error:
                raise self._unusable(error) from error

    def _is_ready(self) -> bool:
        """Return whether the file needs no preparation, so that even a read-only one can be used."""
        with self.reading() as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
        return bool(version == VERSION)

    def _prepare(self, db: sqlite3.Connection, fill: Callable[[sqlite3.Connection], None]) -> None:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if version == 0 and tables == 0:
            for table, columns in TABLES.items():
                db.execute(f"CREATE TABLE {table} ({columns})")
            for index in INDEXES:
                db.execute(index)
            fill(db)
            db.execute(f"PRAGMA user_version = {VERSION}")
        elif version == _OLDEST:
            for statement in _SINCE_2:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {VERSION}")
        elif version != VERSION:
            raise Unusable(
                f"{self._where} is not a sandbox of this version of cfnet.", hint="Move the file away to start over."
            )

    def _unusable(self, error: Exception) -> SandboxError:
        return Unusable(
            f"The sandbox ({self._where}) cannot be used: {error}.",
            hint="Check the file and its directory, or move the file away to start over.",
        )


def _row(cursor: sqlite3.Cursor, row: tuple[object, ...]) -> tuple[object, ...]:  # noqa: ARG001 - sqlite3's
    """Check that a row contains no BLOB: the sandbox has none, but SQLite does not check types."""
    if bytes in map(type, row):
        raise sqlite3.DataError("it has binary data in place of a text or a number")
    return row


def clear(db: sqlite3.Connection) -> None:
    """Delete all rows of all tables."""
    for table in (*reversed(TABLES), "sqlite_sequence"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608 - the names are constants


def _make_file(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        # Open only a new file here: closing an existing one would release SQLite's locks on it.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
