"""The kinds of resources that the Cloud Controller lists here, and who sees which."""

from typing import Final

from cfnet.sandbox import resources
from cfnet.sandbox.listing import Listing
from cfnet.sandbox.resources import AppRow, OrgRow, ProcessRow, RoleRow, SpaceRow
from cfnet.sandbox.world import ORGANIZATION_MANAGER

_MY_SPACES: Final = (
    "(SELECT space_guid FROM roles WHERE user_guid = ? AND space_guid IS NOT NULL UNION"  # noqa: S608 - own words
    " SELECT spaces.guid FROM spaces JOIN roles USING (organization_guid)"
    f" WHERE user_guid = ? AND type = '{ORGANIZATION_MANAGER}')"
)
_MY_ORGS: Final = (
    "(SELECT organization_guid FROM roles WHERE user_guid = ? AND organization_guid IS NOT NULL UNION"
    " SELECT spaces.organization_guid FROM spaces JOIN roles ON space_guid = spaces.guid WHERE user_guid = ?)"
)
_APPS_AND_SPACES: Final = "apps JOIN spaces ON spaces.guid = space_guid"

ORGANIZATIONS: Final = Listing(
    kind="Organization",
    row=OrgRow,
    show=resources.organization,
    columns="guid, name, created_at",
    table="organizations",
    key="id",
    filters={"names": "key", "guids": "guid"},
    orders={"created_at": "created_at", "updated_at": "created_at", "name": "key"},
    visible=f"guid IN {_MY_ORGS}",
)
SPACES: Final = Listing(
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
APPS: Final = Listing(
    kind="App",
    row=AppRow,
    show=resources.app,
    columns="apps.guid, apps.name, space_guid, apps.created_at",
    table=_APPS_AND_SPACES,
    key="apps.id",
    filters={
        "names": "apps.key",
        "guids": "apps.guid",
        "space_guids": "space_guid",
        "organization_guids": "organization_guid",
    },
    orders={"created_at": "apps.created_at", "updated_at": "apps.created_at", "name": "apps.key"},
    visible=f"space_guid IN {_MY_SPACES}",
    includes=("space", "space.organization"),
)
PROCESSES: Final = Listing(
    kind="Process",
    row=ProcessRow,
    show=resources.process,
    columns="apps.guid, space_guid, apps.created_at, (SELECT count(*) FROM containers WHERE app_guid = apps.guid)",
    table=_APPS_AND_SPACES,
    key="apps.id",
    filters={
        "guids": "apps.guid",
        "types": "'web'",
        "app_guids": "apps.guid",
        "space_guids": "space_guid",
        "organization_guids": "organization_guid",
    },
    orders={"created_at": "apps.created_at", "updated_at": "apps.created_at"},
    visible=f"space_guid IN {_MY_SPACES}",
)

ROLES: Final = Listing(
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


def _none_of(kind: str, parameters: str) -> Listing[OrgRow]:
    return ORGANIZATIONS._replace(
        kind=kind, table="organizations JOIN (SELECT 1 WHERE FALSE)", filters={}, ignored=(*parameters.split(),)
    )


SECURITY_GROUPS: Final = _none_of(
    "Security group",
    "guids names globally_enabled_running globally_enabled_staging running_space_guids staging_space_guids",
)
ROUTES: Final = _none_of(
    "Route",
    "guids app_guids space_guids organization_guids domain_guids hosts paths ports include label_selector",
)
DOMAINS: Final = _none_of("Domain", "guids names organization_guids label_selector")
