"""A container of a Diego cell, as the cell's own store knows it."""

from typing import NamedTuple


class Container(NamedTuple):
    """One container with an overlay IP.

    Attributes:
        handle: its name on the cell.
        ip: its overlay IPv4 address, unique in a foundation.
        app: the GUID that policies name it by (`policy_group_id`, today always the app's); empty where it has none,
            and then the policy agent passes it over.
        space: the GUID of its app's space; empty where it is not known.
        ports: the app's open ports as the metadata has them: comma-separated, spaces allowed, may be empty.
        workload: `app`, `task` or `staging`; empty where it is not known.
        number: which instance of its app it is; None where that is not known.
    """

    handle: str
    ip: str
    app: str
    space: str = ""
    ports: str = ""
    workload: str = ""
    number: int | None = None
