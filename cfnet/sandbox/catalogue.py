"""The kinds of resources that the Cloud Controller lists, and the SQL that selects those visible to a user."""

from typing import Final

from cfnet.sandbox import resources, security_groups
from cfnet.sandbox.listing import ResourceList
from cfnet.sandbox.resources import AppRow, OrgRow, ProcessRow, RoleRow, SpaceRow
from cfnet.sandbox.security_groups import SecurityGroupRow
from cfnet.sandbox.world import ORGANIZATION_MANAGER

_MY_SPACES: Final = (
    "(SELECT space_guid FROM roles WHERE user_guid = ? AND space_guid IS NOT NULL UNION"  # noqa: S608 - constant SQL
    " SELECT spaces.guid FROM spaces JOIN roles USING (organization_guid)"
    f" WHERE user_guid = ? AND type = '{ORGANIZATION_MANAGER}')"
)
_MY_ORGS: Final = (
    "(SELECT organization_guid FROM roles WHERE user_guid = ? AND organization_guid IS NOT NULL UNION"
    " SELECT spaces.organization_guid FROM spaces JOIN roles ON space_guid = spaces.guid WHERE user_guid = ?)"
)
_GROUPS_OF_MY_SPACES: Final = f"(SELECT group_guid FROM security_group_spaces WHERE space_guid IN {_MY_SPACES})"  # noqa: S608 - constant SQL
_APPS_AND_SPACES: Final = "apps JOIN spaces ON spaces.guid = space_guid"

ORGANIZATIONS: Final = ResourceList(
    kind="Organization",
    row=OrgRow,
    show=resources.organization,
    columns="guid, name, created_at, suspended",
    table="organizations",
    key="id",
    filters={"names": "key", "guids": "guid"},
    orders={"created_at": "created_at", "updated_at": "created_at", "name": "key"},
    visible=f"guid IN {_MY_ORGS}",
)
SPACES: Final = ResourceList(
    kind="Space",
    row=SpaceRow,
    show=resources.space,
    columns="guid, name, organization_guid, created_at",
    table="spaces",
    key="id",
    filters={"names": "key", "guids": "guid", "organization_guids": "organization_guid"},
    orders={"created_at": "created_at", "updated_at": "created_at", "name": "key"},
    visible=f"guid IN {_MY_SPACES}",
    includes=("organization",),
)
APPS: Final = ResourceList(
    kind="App",
    row=AppRow,
    show=resources.app,
    columns="apps.guid, apps.name, space_guid, apps.created_at, apps.updated_at, state",
    table=_APPS_AND_SPACES,
    key="apps.id",
    filters={
        "names": "apps.key",
        "guids": "apps.guid",
        "space_guids": "space_guid",
        "organization_guids": "organization_guid",
    },
    orders={"created_at": "apps.created_at", "updated_at": "apps.updated_at", "name": "apps.key"},
    visible=f"space_guid IN {_MY_SPACES}",
    includes=("space", "space.organization"),
)
PROCESSES: Final = ResourceList(
    kind="Process",
    row=ProcessRow,
    show=resources.process,
    columns="apps.guid, space_guid, apps.created_at, apps.updated_at, instances",
    table=_APPS_AND_SPACES,
    key="apps.id",
    filters={
        "guids": "apps.guid",
        "types": "'web'",
        "app_guids": "apps.guid",
        "space_guids": "space_guid",
        "organization_guids": "organization_guid",
    },
    orders={"created_at": "apps.created_at", "updated_at": "apps.updated_at"},
    visible=f"space_guid IN {_MY_SPACES}",
    embeds=("process_instances",),
)

ROLES: Final = ResourceList(
    kind="Role",
    row=RoleRow,
    show=resources.role,
    columns="user_guid, type, organization_guid, space_guid",
    table="roles",
    key="roles.rowid",
    filters={
        "types": "type",
        "user_guids": "user_guid",
        "space_guids": "space_guid",
        "organization_guids": "organization_guid",
    },
    orders={},
    visible=f"(user_guid = ? OR space_guid IN {_MY_SPACES} OR organization_guid IN {_MY_ORGS})",
)


_BOUND: Final = "guid IN (SELECT group_guid FROM security_group_spaces WHERE lifecycle = '{}' AND space_guid IN {{}})"
SECURITY_GROUPS: Final = ResourceList(
    kind="Security group",
    row=SecurityGroupRow,
    show=security_groups.show,
    columns=security_groups.COLUMNS,
    table="security_groups",
    key="id",
    filters={
        "guids": "guid",
        "names": "name",
        "globally_enabled_running": "iif(running, 'true', 'false')",
        "globally_enabled_staging": "iif(staging, 'true', 'false')",
        "running_space_guids": _BOUND.format("running"),
        "staging_space_guids": _BOUND.format("staging"),
    },
    orders={"created_at": "created_at", "updated_at": "updated_at", "name": "name"},
    visible=f"(running OR staging OR guid IN {_GROUPS_OF_MY_SPACES})",
    exact_names=True,
)


def of_space(lifecycle: str, space: str) -> ResourceList[SecurityGroupRow]:
    """List the security groups of a space: global ones, and those bound to it for this lifecycle.

    The GUID of the space is never inserted into the SQL.
    """
    return SECURITY_GROUPS._replace(
        filters={"guids": "guid", "names": "name"},
        within=(f"({lifecycle} OR {_BOUND.format(lifecycle)})", (space,)),
    )


def _none_of(kind: str, parameters: str) -> ResourceList[OrgRow]:
    return ORGANIZATIONS._replace(
        kind=kind,
        table="organizations JOIN (SELECT 1 WHERE FALSE)",
        filters={},
        ignored=(*parameters.split(),),
        embeds=(),
    )


ROUTES: Final = _none_of(
    "Route",
    "guids app_guids space_guids organization_guids domain_guids hosts paths ports include label_selector",
)
DOMAINS: Final = _none_of("Domain", "guids names organization_guids label_selector")
ORG_QUOTAS: Final = _none_of("Organization quota", "guids names organization_guids")
SIDECARS: Final = _none_of("Sidecar", "")
PACKAGES: Final = _none_of("Package", "guids states types app_guids space_guids organization_guids label_selector")
DEPLOYMENTS: Final = _none_of("Deployment", "app_guids states status_reasons status_values label_selector")
SERVICE_INSTANCES: Final = _none_of(
    "Service instance",
    "names guids type space_guids organization_guids service_plan_guids service_plan_names include label_selector"
    " fields[space] fields[space.organization] fields[service_plan] fields[service_plan.service_offering]"
    " fields[service_plan.service_offering.service_broker]",
)
