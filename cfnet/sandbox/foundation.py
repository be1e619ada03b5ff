"""The sandbox's foundation: what an operator can do with it, and its WSGI application."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from cfnet.sandbox import cell_inputs, deployment, populate
from cfnet.sandbox.cell_inputs import CellInputs
from cfnet.sandbox.deployment import DeployedInstance
from cfnet.sandbox.faults import NoSuch
from cfnet.sandbox.settings import Settings, secret
from cfnet.sandbox.store import Store, clear
from cfnet.sandbox.world import CF_CLIENT, DEFAULT, World, WorldApp

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

    from cfnet.sandbox.uaa import IssuedTokens

HOME_SPACE = "demo/dev"
"""The space of the default world."""


class Foundation:
    """An open foundation: a context manager; thread-safe.

    Attributes:
        settings: the settings of its servers in this process; may be replaced.
    """

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self.settings = settings

    @classmethod
    def open(
        cls, path: Path | None, *, settings: Settings | None = None, clock: Callable[[], float] = time.time
    ) -> Self:
        """Open the foundation stored in a file; a new one gets the default world.

        Args:
            path: the SQLite file, created if missing (mode 0600, its directory 0700); None for memory.
            settings: the settings of its servers; None for defaults.
            clock: returns the time, in seconds since 1970.

        Raises:
            Unusable: the file cannot be opened, or is not a sandbox.
        """
        return cls(Store(path, lambda db: populate.found(db, DEFAULT, clock())), settings or Settings(), clock)

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def wsgi(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Run the WSGI application (PEP 3333): Cloud Controller, UAA and policy server on one host."""
        from cfnet.sandbox.servers import answer  # noqa: PLC0415 - what serves requests is slow to import

        return answer(environ, self._store, self.settings, self._clock())(environ, start_response)

    def push(
        self, name: str, *, instances: int = 1, space: str = HOME_SPACE, guid: str | None = None, ports: str = "8080"
    ) -> tuple[DeployedInstance, ...]:
        """Deploy a new app to the space `ORG/SPACE`, listening on `ports`, which are comma-separated.

        Returns:
            Its containers, sorted by instance.

        Raises:
            AlreadyThere: the space has an app with this name.
            BadValue: a name, number or port is invalid.
            NoSuch: the space does not exist.
            NoRoom: the cells have no overlay IPs left for so many instances.
        """
        with self._store.writing() as db:
            return deployment.push(db, WorldApp(name, space, guid or "", instances, ports), self._clock())

    def scale(self, name: str, instances: int, *, space: str = HOME_SPACE) -> tuple[DeployedInstance, ...]:
        """Set the number of an app's instances.

        Returns:
            Its containers, sorted by instance.

        Raises:
            NoSuch: there is no such app or no such space.
            BadValue: the number is negative.
            NoRoom: the cells have no overlay IPs left for so many.
        """
        with self._store.writing() as db:
            return deployment.scale(db, deployment.app_guid(db, name, space), instances, self._clock())

    def delete(self, name: str, *, space: str = HOME_SPACE) -> None:
        """Delete an app and its containers. Its policies stay until the policy server cleans up, as in production.

        Raises:
            NoSuch: there is no such app or no such space.
        """
        with self._store.writing() as db:
            deployment.delete(db, deployment.app_guid(db, name, space))

    def check(self) -> None:
        """Check that settings, users, clients, orgs, spaces, cells and apps can be read.

        Raises:
            Unusable: the settings are missing, or a column has a value of the wrong type.
        """
        with self._store.reading() as db:
            secret(db)
            for table in ("users", "clients", "organizations", "spaces", "cells", "apps"):
                db.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - the names are constants

    def reset(self) -> None:
        """Load the default world again; existing tokens become invalid."""
        self.load(DEFAULT)

    def load(self, world: World) -> None:
        """Replace everything by another world, all or nothing.

        Raises:
            SandboxError: the world has a duplicate, or refers to something that it does not contain.
        """
        with self._store.writing() as db:
            clear(db)
            populate.found(db, world, self._clock())

    def cells(self) -> tuple[str, ...]:
        """Return the names of the Diego cells."""
        with self._store.reading() as db:
            return tuple(cell.name for cell in deployment.cells(db))

    def cell_inputs(self) -> CellInputs:
        """Return what the cells enforce: all from one moment."""
        with self._store.reading() as db:
            return cell_inputs.read(db)

    def changes(self) -> int:
        """Return a number that changes whenever another connection changes the database: SQLite's `data_version`."""
        return self._store.data_version()

    def store(self, cell: str) -> str:
        """Return the text of a cell's `store.json`: its containers, in the format of silk-release's CNI plugin.

        Raises:
            NoSuch: there is no such cell.
        """
        with self._store.reading() as db:
            return deployment.store_json(db, cell)

    def agent(self) -> str:
        """Return the settings of the cells' policy agents (vxlan-policy-agent) as JSON, with logging enabled."""
        settings = {
            "iptables_logging": True,
            "iptables_accepted_udp_logs_per_sec": 100,
            "iptables_denied_logs_per_sec": 1,
            "enable_overlay_ingress_rules": False,
            "overlay_ingress_tag": "",
            "disable_container_network_policy": False,
            "overlay_network": "10.255.0.0/16",
            "underlay_interface_names": ["eth0"],
            "dns_servers": ["169.254.0.2"],
        }
        return json.dumps(settings, indent=1) + "\n"

    def sign_in(self, user: str, *, seconds: int | None = None, base: str = "http://sandbox") -> "IssuedTokens":
        """Issue tokens for a user without a password; a negative number of `seconds` makes an expired one.

        Raises:
            NoSuch: there is no such user.
        """
        from cfnet.sandbox import uaa  # noqa: PLC0415 - see wsgi

        lifetime = self.settings.access_seconds if seconds is None else seconds
        with self._store.writing() as db:
            claims = uaa.claims_of_user(db, user, CF_CLIENT.name, self._clock(), lifetime)
            return uaa.issue(db, claims, self.settings, base)

    def revoke_refresh_tokens(self, user: str) -> None:
        """Revoke all refresh tokens of a user.

        Raises:
            NoSuch: there is no such user.
        """
        with self._store.writing() as db:
            db.execute("DELETE FROM refresh_tokens WHERE user_guid = ?", (_user_guid(db, user),))


def _user_guid(db: sqlite3.Connection, name: str) -> str:
    found = db.execute("SELECT guid FROM users WHERE name = ?", (name,)).fetchone()
    if found is None:
        raise NoSuch(f"The sandbox has no user {name!r}.")
    return str(found[0])
