"""The JSON of orgs, spaces, apps, processes and their instances in the Cloud Controller (CAPI v3)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import NAMESPACE_URL, uuid5

Resource = Mapping[str, object]

VERSION: Final = "3.228.0"

ORG_QUOTA: Final = str(uuid5(NAMESPACE_URL, "organization_quota:default"))
"""The GUID of the quota of all orgs."""

_FIRST_DAY: Final = "2026-01-01T00:00:00Z"
_STACK: Final = "cflinuxfs4"

_UNLABELLED: Final[Resource] = {"labels": {}, "annotations": {}}


class OrgRow(NamedTuple):
    """An org in the database."""

    guid: str
    name: str
    created_at: str
    suspended: int


class SpaceRow(NamedTuple):
    """A space in the database."""

    guid: str
    name: str
    org: str
    created_at: str


class AppRow(NamedTuple):
    """An app in the database."""

    guid: str
    name: str
    space: str
    created_at: str
    updated_at: str
    state: str

    @property
    def droplet(self) -> str:
        """The GUID of its droplet. Nothing is staged: every app has a droplet from the start."""
        return str(uuid5(NAMESPACE_URL, f"droplet:{self.guid}"))


class ProcessRow(NamedTuple):
    """The web process of an app, which has the same GUID."""

    app: str
    space: str
    created_at: str
    updated_at: str
    instances: int


class RoleRow(NamedTuple):
    """A role of a user in a space or in an org."""

    user: str
    type: str
    org: str | None
    space: str | None

    @property
    def guid(self) -> str:
        """The GUID, derived from the other fields."""
        return str(uuid5(NAMESPACE_URL, f"role:{self.user}:{self.type}:{self.org}:{self.space}"))


class InstanceRow(NamedTuple):
    """An instance: `host` is its cell's underlay IP, `ip` its overlay IP, `since` is in seconds."""

    instance: int
    handle: str
    host: str
    ip: str
    ports: str
    since: int


def root(base: str) -> Resource:
    """Show `GET /`: the addresses of all servers, which share one host here."""
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
    """Show an org."""
    return {
        "guid": row.guid,
        "created_at": row.created_at,
        "updated_at": row.created_at,
        "name": row.name,
        "suspended": bool(row.suspended),
        "relationships": {"quota": {"data": {"guid": ORG_QUOTA}}},
        "metadata": _UNLABELLED,
        "links": {
            "self": {"href": f"{base}/v3/organizations/{row.guid}"},
            "domains": {"href": f"{base}/v3/organizations/{row.guid}/domains"},
            "quota": {"href": f"{base}/v3/organization_quotas/{ORG_QUOTA}"},
        },
    }


def space(row: SpaceRow, base: str) -> Resource:
    """Show a space."""
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
    """Show a role; either org or space is null."""

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
    """Show an app."""
    own = f"{base}/v3/apps/{row.guid}"
    return {
        "guid": row.guid,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "name": row.name,
        "state": row.state,
        "lifecycle": {"type": "buildpack", "data": {"buildpacks": [], "stack": _STACK}},
        "relationships": {
            "space": {"data": {"guid": row.space}},
            "current_droplet": {"data": {"guid": row.droplet}},
        },
        "metadata": _UNLABELLED,
        "links": {
            "self": {"href": own},
            "space": {"href": f"{base}/v3/spaces/{row.space}"},
            "processes": {"href": f"{own}/processes"},
            "current_droplet": {"href": f"{own}/droplets/current"},
            "start": {"href": f"{own}/actions/start", "method": "POST"},
            "stop": {"href": f"{own}/actions/stop", "method": "POST"},
        },
    }


def droplet(row: AppRow, base: str) -> Resource:
    """Show the droplet of an app, which was not built by any buildpack."""
    return {
        "guid": row.droplet,
        "created_at": row.created_at,
        "updated_at": row.created_at,
        "state": "STAGED",
        "error": None,
        "lifecycle": {"type": "buildpack", "data": {}},
        "execution_metadata": "",
        "process_types": {"web": ""},
        "checksum": None,
        "buildpacks": [],
        "stack": _STACK,
        "image": None,
        "relationships": {"app": {"data": {"guid": row.guid}}},
        "metadata": _UNLABELLED,
        "links": {
            "self": {"href": f"{base}/v3/apps/{row.guid}/droplets/current"},
            "app": {"href": f"{base}/v3/apps/{row.guid}"},
        },
    }


def org_quota(orgs: Iterable[str], base: str) -> Resource:
    """Show the quota of all orgs, without limits; `orgs` are those visible to the user."""
    return {
        "guid": ORG_QUOTA,
        "created_at": _FIRST_DAY,
        "updated_at": _FIRST_DAY,
        "name": "default",
        "apps": {
            "total_memory_in_mb": None,
            "per_process_memory_in_mb": None,
            "log_rate_limit_in_bytes_per_second": None,
            "total_instances": None,
            "per_app_tasks": None,
        },
        "services": {"paid_services_allowed": True, "total_service_instances": None, "total_service_keys": None},
        "routes": {"total_routes": None, "total_reserved_ports": None},
        "domains": {"total_domains": None},
        "relationships": {"organizations": {"data": [{"guid": guid} for guid in orgs]}},
        "links": {"self": {"href": f"{base}/v3/organization_quotas/{ORG_QUOTA}"}},
    }


def process(row: ProcessRow, base: str) -> Resource:
    """Show the web process of an app."""
    own = f"{base}/v3/processes/{row.app}"
    return {
        "guid": row.app,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
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
            "scale": {"href": f"{own}/actions/scale", "method": "POST"},
        },
    }


def instance(row: InstanceRow, now: float) -> Resource:
    """Show the stats of an instance of a web process."""
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
        "usage": {
            "time": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "cpu": 0.0,
            "cpu_entitlement": 0.0,
            "mem": 0,
            "disk": 0,
            "log_rate": 0,
        },
    }


def down(number: int) -> Resource:
    """Show the stats of an instance of a stopped app."""
    return {
        "type": "web",
        "index": number,
        "state": "DOWN",
        "routable": False,
        "uptime": 0,
        "isolation_segment": None,
        "details": None,
    }


def brief_instance(stats: Resource) -> Resource:
    """Show an instance in a list of processes (`embed=process_instances`)."""
    return {"index": stats["index"], "state": stats["state"], "since": stats["uptime"]}
