"""Parses the JSON bodies of requests to the Cloud Controller."""

import json
from collections.abc import Mapping
from typing import Final

from cfnet.sandbox.api_errors import ApiError, unprocessable
from cfnet.sandbox.request_context import RequestContext

LONGEST_NAME: Final = 255

Fields = Mapping[str, object]


def fields(context: RequestContext, *known: str) -> Fields:
    """Return the object in the body, which may only have `known` keys; an empty body is treated as `{}`.

    Raises:
        ApiError: it is not JSON, not an object, or has other keys.
    """
    try:
        found = json.loads(context.request.get_data() or b"{}")
    except (ValueError, RecursionError) as error:
        raise ApiError(
            400, 1001, "CF-MessageParseError", "Request invalid due to parse error: invalid request body"
        ) from error
    if not isinstance(found, dict):
        raise ApiError(400, 1001, "CF-MessageParseError", "Request invalid due to parse error: invalid request body")
    if unknown := [str(key) for key in found if key not in known]:
        raise unprocessable(f"Unknown field(s): {', '.join(repr(key) for key in unknown)}")
    return found


def name(given: Fields) -> str:
    """Return the value of `name`.

    Raises:
        ApiError: it is missing, blank, too long, or not printable.
    """
    found = given.get("name")
    if not isinstance(found, str):
        raise unprocessable("Name must be a string")
    if not found.strip():
        raise unprocessable("Name can't be blank")
    if len(found) > LONGEST_NAME:
        raise unprocessable(f"Name is too long (maximum is {LONGEST_NAME} characters)")
    if not found.isprintable():
        raise unprocessable("Name must not contain characters that cannot be printed")
    return found


def related(given: Fields, kind: str) -> str:
    """Return the GUID in `relationships`, `kind`, `data`.

    Raises:
        ApiError: it is missing.
    """
    found = _data(given, kind)
    guid = found.get("guid") if isinstance(found, dict) else None
    if not isinstance(guid, str):
        raise unprocessable(f"Relationships {kind.capitalize()} must be structured like this: {_one(kind)}")
    return guid


def related_object(given: Fields, kind: str) -> Fields:
    """Return the object in `relationships`, `kind`, `data`; empty if it is missing."""
    found = _data(given, kind)
    return found if isinstance(found, dict) else {}


def has_related(given: Fields, kind: str) -> bool:
    """Return whether `relationships` has `kind`."""
    relationships = given.get("relationships")
    return isinstance(relationships, dict) and kind in relationships


def related_many(given: Fields, kind: str) -> list[str]:
    """Return the GUIDs in `relationships`, `kind`, `data`.

    Raises:
        ApiError: it is not a list of GUIDs.
    """
    return guids({"data": _data(given, kind)}) if has_related(given, kind) else []


def guids(given: Fields) -> list[str]:
    """Return the GUIDs in the list `data`.

    Raises:
        ApiError: it is not a list of GUIDs.
    """
    found = given.get("data")
    listed = [each.get("guid") if isinstance(each, dict) else None for each in found] if isinstance(found, list) else []
    texts = [guid for guid in listed if isinstance(guid, str)]
    if not texts or len(texts) < len(listed):
        raise unprocessable("Data must be a list of objects with a guid")
    return list(dict.fromkeys(texts))


def flags(given: Fields, key: str, *known: str) -> dict[str, bool]:
    """Return the booleans in the object `key`; empty if it is missing.

    Raises:
        ApiError: it contains anything else.
    """
    found = given.get(key, {})
    if not isinstance(found, dict) or not all(
        name in known and isinstance(value, bool) for name, value in found.items()
    ):
        raise unprocessable(f"{key.replace('_', ' ').capitalize()} must be an object of booleans: {', '.join(known)}")
    return found


def _data(given: Fields, kind: str) -> object:
    found: object = given
    for key in ("relationships", kind, "data"):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _one(kind: str) -> str:
    return f'"{kind}": {{"data": {{"guid": "valid-guid"}}}}'
