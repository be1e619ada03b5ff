"""A container on a Diego cell, as recorded in the cell's store."""

from typing import NamedTuple


class Container(NamedTuple):
    """A container with an overlay IP.

    Attributes:
        handle: its name on the cell.
        ip: its overlay IPv4 address, unique within a foundation.
        app: the GUID that policies refer to (`policy_group_id`, currently always the app's GUID); if empty, the policy
            agent ignores the container.
        space: the GUID of its app's space; empty if unknown.
        ports: the app's open ports, as in the metadata: comma-separated, possibly with spaces, or empty.
        workload: `app`, `task` or `staging`; empty if unknown.
        number: the instance index; None if unknown.
    """

    handle: str
    ip: str
    app: str
    space: str = ""
    ports: str = ""
    workload: str = ""
    number: int | None = None
