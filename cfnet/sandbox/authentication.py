"""Authenticates users of the UAA by password, with locking after failed attempts, or by one-time passcode."""

import hmac
import json
import secrets
import sqlite3
from typing import Final

from cfnet.sandbox.request_context import RequestContext

WRONG_PASSWORDS: Final = 5
"""This many wrong passwords within `COUNTED_SECONDS` lock an account for `LOCKED_SECONDS` (the UAA's defaults)."""

COUNTED_SECONDS: Final = 3600
LOCKED_SECONDS: Final = 300
PASSCODE_SECONDS: Final = 300

_BAD: Final = "Bad credentials"
_ORIGIN: Final = "uaa"


class NotAdmitted(Exception):
    """Authentication failed; the text is the UAA's."""


def admitted(context: RequestContext) -> str:
    """Authenticate a token request (grant `password`), and return the user's name.

    Raises:
        NotAdmitted: the password or passcode is wrong.
    """
    _check_origin(context.request.args.get("login_hint", ""))
    form = context.request.form
    if "passcode" in form:
        return _by_passcode(context, form["passcode"])
    return admitted_by_password(context, form.get("username", ""), form.get("password", ""))


def admitted_by_password(context: RequestContext, name: str, password: str) -> str:
    """Authenticate a user by password, and return the name.

    Raises:
        NotAdmitted: the password is wrong, or the account is locked.
    """
    with context.store.reading() as db:
        guid, right, counted = _attempt(db, context, name, password)
    if not right or counted:
        with context.store.writing() as db:
            guid, right, _ = _attempt(db, context, name, password)
            if right:
                db.execute("DELETE FROM failed_logins WHERE user_guid = ?", (guid,))
            else:
                db.execute("INSERT INTO failed_logins (user_guid, at) VALUES (?, ?)", (guid, context.now))
    if not right:
        raise NotAdmitted(_BAD)
    return name


def _attempt(db: sqlite3.Connection, context: RequestContext, name: str, password: str) -> tuple[str, bool, bool]:
    """Return the user's GUID, whether the password is correct, and whether there are recent failed attempts.

    Raises:
        NotAdmitted: there is no such user, or the account is locked.
    """
    user = db.execute("SELECT guid, password FROM users WHERE name = ?", (name,)).fetchone()
    if user is None:
        raise NotAdmitted(_BAD)
    guid, kept = user
    times = [
        at
        for (at,) in db.execute(
            "SELECT at FROM failed_logins WHERE user_guid = ? AND at > ? ORDER BY at",
            (guid, context.now - COUNTED_SECONDS),
        )
    ]
    if len(times) >= WRONG_PASSWORDS and context.now < times[-1] + LOCKED_SECONDS:
        raise NotAdmitted("Your account has been locked because of too many failed attempts to login.")
    return str(guid), same(password, kept), bool(times)


def passcode(context: RequestContext, name: str) -> str:
    """Create a short-lived one-time passcode for the user."""
    code = secrets.token_hex(16)  # no dash, which would make it look like an option
    with context.store.writing() as db:
        db.execute(
            "INSERT INTO passcodes SELECT ?, guid, ? FROM users WHERE name = ?",
            (code, context.now + PASSCODE_SECONDS, name),
        )
    return code


def same(given: str, kept: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), kept.encode())


def _by_passcode(context: RequestContext, code: str) -> str:
    with context.store.writing() as db:
        found = db.execute(
            "DELETE FROM passcodes WHERE code = ? AND until > ?"
            " RETURNING (SELECT name FROM users WHERE guid = user_guid)",
            (code, context.now),
        ).fetchall()
    if not found:
        raise NotAdmitted("Invalid passcode")
    return str(found[0][0])


def _check_origin(hint: str) -> None:
    """Reject a login hint for an identity provider other than the UAA, the only one here."""
    if not hint:
        return
    try:
        told = json.loads(hint)
    except ValueError:
        told = None
    if not isinstance(told, dict) or told.get("origin") != _ORIGIN:
        raise NotAdmitted("The origin provided in the login hint is invalid.")
