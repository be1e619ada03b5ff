"""What an operator could change about a foundation, and the key that signs its tokens."""

import sqlite3
from typing import NamedTuple

from cfnet.policy.limits import BODY_BYTES, POLICIES_PER_SOURCE, TAGS
from cfnet.sandbox.faults import Unusable


class Settings(NamedTuple):
    """The settings of a foundation that an operator could change.

    Attributes:
        access_seconds: the lifetime of an access token; negative for expired tokens.
        refresh_seconds: the lifetime of a refresh token.
        rotate_refresh_tokens: whether a refresh replaces the refresh token and revokes the old one.
        policies_per_source: the quota of users without `network.admin`.
        tags: the number of tags.
        body_bytes: the largest body that the policy server accepts.
    """

    access_seconds: int = 600
    refresh_seconds: int = 30 * 24 * 3600
    rotate_refresh_tokens: bool = False
    policies_per_source: int = POLICIES_PER_SOURCE
    tags: int = TAGS
    body_bytes: int = BODY_BYTES


def secret(db: sqlite3.Connection) -> str:
    """Return the key that signs the tokens of this database.

    Raises:
        Unusable: the key is missing.
    """
    found = db.execute("SELECT value FROM settings WHERE name = 'secret'").fetchone()
    if found is None:
        raise Unusable(
            "The sandbox cannot be used: its settings are missing.", hint="Move its file away to start over."
        )
    return str(found[0])
