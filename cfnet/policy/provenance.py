"""What a file of cfnet was made from: when, by whom, from which foundation, with which version."""

from typing import NamedTuple


class Provenance(NamedTuple):
    """What a file was made from.

    Attributes:
        at: the time, such as `2026-11-28T12:03:00Z`.
        user: the name of the user, or of the client, whose permissions were used.
        api: the address of the API.
        version: the version of cfnet.
    """

    at: str
    user: str
    api: str
    version: str

    def json(self) -> dict[str, str]:
        """Return it as JSON: `{"at", "user", "api", "cfnet"}`."""
        return {"at": self.at, "user": self.user, "api": self.api, "cfnet": self.version}

    def __str__(self) -> str:
        """Format as `2026-11-28 12:03 UTC, by admin, with cfnet 0.2.0`; unknown parts are omitted."""
        day, _, clock = self.at.partition("T")
        parts = (
            f"{day} {clock[:5]} UTC",
            self.user and f"by {self.user}",
            self.version and f"with cfnet {self.version}",
        )
        return ", ".join(filter(None, parts))
