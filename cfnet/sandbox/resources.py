"""How the Cloud Controller shows orgs, spaces, apps, processes and their instances (CAPI v3)."""

from collections.abc import Mapping
from typing import Final, NamedTuple
from uuid import NAMESPACE_URL, uuid5

Resource = Mapping[str, object]

VERSION: Final = "3.228.0"

_UNLABELLED: Final[Resource] = {"labels": {}, "annotations": {}}


class OrgRow(NamedTuple):
    """An org as the database keeps it."""

    guid: str
    name: str
    created_at: str


class SpaceRow(NamedTuple):
    """A space as the database keeps it."""

    guid: str
    name: str
    org: str
    created_at: str


class AppRow(NamedTuple):
    """An app as the database keeps it."""

    guid: str
    name: str
    space: str
    created_at: str


class ProcessRow(NamedTuple):
    """The web process of an app, which has the app's GUID."""

    app: str
    space: str
    created_at: str
    instances: int


class RoleRow(NamedTuple):
    """A role of a user in a space or in an org."""

    user: str
    type: str
    org: str | None
    space: str | None

    @property
    def guid(self) -> str:
        """What it is called in links; it follows from the rest."""
        return str(uuid5(NAMESPACE_URL, f"role:{self.user}:{self.type}:{self.org}:{self.space}"))


class InstanceRow(NamedTuple):
    """An instance: `host` is its cell's underlay IP, `ip` its own on the overlay network, `since` in seconds."""

    instance: int
    handle: str
    host: str
    ip: str
    ports: str
    since: int


def root(base: str) -> Resource:
    """`GET /`: where everything is; Cloud Controller, UAA and policy server share one host here."""
    return {
        "links": {
            "self": {"href": base},
            "cloud_controller_v3": {"href": f"{base}/v3", "meta": {"version": VERSION}},
            "network_policy_v1": {"href": f"{base}/networking/v1/external"},
            "login": {"href": base},
            "uaa": {"href": base},
            "credhub": None,
            "routing": None,
            "logging": None,
            "log_cache": None,
            "log_stream": None,
            "app_ssh": None,
        }
    }


def organization(row: OrgRow, base: str) -> Resource:
    """An org."""
    return {
        "guid": row.guid,
        "created_at": row.created_at,
        "updated_at": row.created_at,
        "name": row.name,
        "suspended": False,
        "relationships": {"quota": {"data": None}},
        "metadata": _UNLABELLED,
        "links": {"self": {"href": f"{base}/v3/organizations/{row.guid}"}},
    }


def space(row: SpaceRow, base: str) -> Resource:
    """A space."""
    return {
        "guid": row.guid,
        "created_at": row.created_at,
        "updated_at": row.created_at,
        "name": row.name,
        "relationships": {"organization": {"data": {"guid": row.org}}, "quota": {"data": None}},
        "metadata": _UNLABELLED,
        "links": {
            "self": {"href": f"{base}/v3/spaces/{row.guid}"},
            "organization": {"href": f"{base}/v3/organizations/{row.org}"},
        },
    }


def role(row: RoleRow, base: str) -> Resource:
    """A role; of org and space, the one that it is not in is null."""

    def related(guid: str | None) -> Resource:
        return {"data": {"guid": guid} if guid else None}

    return {
        "guid": row.guid,
        "type": row.type,
        "relationships": {
            "user": related(row.user),
            "organization": related(row.org),
            "space": related(row.space),
        },
        "links": {"self": {"href": f"{base}/v3/roles/{row.guid}"}},
    }


def app(row: AppRow, base: str) -> Resource:
    """An app."""
    own = f"{base}/v3/apps/{row.guid}"
    return {
        "guid": row.guid,
        "created_at": row.created_at,
        "updated_at": row.created_at,
        "name": row.name,
        "state": "STARTED",
        "lifecycle": {"type": "buildpack", "data": {"buildpacks": [], "stack": "cflinuxfs4"}},
        "relationships": {"space": {"data": {"guid": row.space}}, "current_droplet": {"data": None}},
        "metadata": _UNLABELLED,
        "links": {
            "self": {"href": own},
            "space": {"href": f"{base}/v3/spaces/{row.space}"},
            "processes": {"href": f"{own}/processes"},
        },
    }


def process(row: ProcessRow, base: str) -> Resource:
    """The web process of an app."""
    own = f"{base}/v3/processes/{row.app}"
    return {
        "guid": row.app,
        "created_at": row.created_at,
        "updated_at": row.created_at,
        "version": row.app,
        "type": "web",
        "command": None,
        "user": "vcap",
        "instances": row.instances,
        "memory_in_mb": 256,
        "disk_in_mb": 1024,
        "log_rate_limit_in_bytes_per_second": -1,
        "health_check": {"type": "port", "data": {"timeout": None, "invocation_timeout": None, "interval": None}},
        "readiness_health_check": {"type": "process", "data": {"invocation_timeout": None, "interval": None}},
        "relationships": {"app": {"data": {"guid": row.app}}, "revision": None},
        "metadata": _UNLABELLED,
        "links": {
            "self": {"href": own},
            "app": {"href": f"{base}/v3/apps/{row.app}"},
            "space": {"href": f"{base}/v3/spaces/{row.space}"},
            "stats": {"href": f"{own}/stats"},
        },
    }


def instance(row: InstanceRow, now: float) -> Resource:
    """One instance of a web process, as its stats show it."""
    ports = [
        {"external": 61000, "internal": int(port), "external_tls_proxy_port": 61001, "internal_tls_proxy_port": 61443}
        for port in row.ports.split(",")
        if port
    ]
    return {
        "type": "web",
        "index": row.instance,
        "instance_guid": row.handle,
        "state": "RUNNING",
        "routable": True,
        "host": row.host,
        "instance_internal_ip": row.ip,
        "instance_ports": ports,
        "uptime": max(0, int(now) - row.since),
        "mem_quota": 256 * 1024**2,
        "disk_quota": 1024**3,
        "log_rate_limit": -1,
        "fds_quota": 16384,
        "isolation_segment": None,
        "details": None,
        "usage": {},
    }
