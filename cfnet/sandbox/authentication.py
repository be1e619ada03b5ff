"""Who the UAA lets in: by password, until too many were wrong; by a passcode, once."""

import hmac
import json
import secrets
import sqlite3
from typing import Final

from cfnet.sandbox.request_context import RequestContext

WRONG_PASSWORDS: Final = 5
"""So many in a row, within `COUNTED_SECONDS`, lock an account for `LOCKED_SECONDS` (the UAA's own defaults)."""

COUNTED_SECONDS: Final = 3600
LOCKED_SECONDS: Final = 300
PASSCODE_SECONDS: Final = 300

_BAD: Final = "Bad credentials"
_ORIGIN: Final = "uaa"


class NotAdmitted(Exception):
    """Who asks is not let in; the text is the UAA's."""


def admitted(context: RequestContext) -> str:
    """The name of the user that a request for a token (grant `password`) speaks for.

    Raises:
        NotAdmitted: it does not prove that.
    """
    _check_origin(context.request.args.get("login_hint", ""))
    form = context.request.form
    if "passcode" in form:
        return _by_passcode(context, form["passcode"])
    return admitted_by_password(context, form.get("username", ""), form.get("password", ""))


def admitted_by_password(context: RequestContext, name: str, password: str) -> str:
    """The name of the user who has that password.

    Raises:
        NotAdmitted: it is wrong, or too many were.
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
    """The user's GUID, whether the password is right, and whether failed attempts are on record.

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
    """A code that lets the user in once, soon."""
    code = secrets.token_urlsafe(24)
    with context.store.writing() as db:
        db.execute(
            "INSERT INTO passcodes SELECT ?, guid, ? FROM users WHERE name = ?",
            (code, context.now + PASSCODE_SECONDS, name),
        )
    return code


def same(given: str, kept: str) -> bool:
    """Whether two secrets are the same, found out in a time that does not tell where they differ."""
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
    """Refuse a login hint for another identity provider than the UAA itself, which is the only one here."""
    if not hint:
        return
    try:
        told = json.loads(hint)
    except ValueError:
        told = None
    if not isinstance(told, dict) or told.get("origin") != _ORIGIN:
        raise NotAdmitted("The origin provided in the login hint is invalid.")
