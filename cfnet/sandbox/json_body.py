"""The JSON bodies of requests to the Cloud Controller, narrowed to values."""

import json
from collections.abc import Mapping
from typing import Final

from cfnet.sandbox.api_errors import ApiError, unprocessable
from cfnet.sandbox.request_context import RequestContext

LONGEST_NAME: Final = 255

Fields = Mapping[str, object]


def fields(context: RequestContext, *known: str) -> Fields:
    """The object that the request carries, with no other keys than those; an empty body counts as `{}`.

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
    """The value of `name`.

    Raises:
        ApiError: it is missing, blank, too long or cannot be printed.
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
    """The GUID in `relationships`, `kind`, `data`.

    Raises:
        ApiError: there is none.
    """
    found = _data(given, kind)
    guid = found.get("guid") if isinstance(found, dict) else None
    if not isinstance(guid, str):
        raise unprocessable(f"Relationships {kind.capitalize()} must be structured like this: {_one(kind)}")
    return guid


def related_object(given: Fields, kind: str) -> Fields:
    """The object in `relationships`, `kind`, `data`; empty where there is none."""
    found = _data(given, kind)
    return found if isinstance(found, dict) else {}


def has_related(given: Fields, kind: str) -> bool:
    """Whether `relationships` has `kind`."""
    relationships = given.get("relationships")
    return isinstance(relationships, dict) and kind in relationships


def related_many(given: Fields, kind: str) -> list[str]:
    """The GUIDs in `relationships`, `kind`, `data`.

    Raises:
        ApiError: it is not a list of them.
    """
    return guids({"data": _data(given, kind)}) if has_related(given, kind) else []


def guids(given: Fields) -> list[str]:
    """The GUIDs in the list `data`.

    Raises:
        ApiError: it is not a list of them.
    """
    found = given.get("data")
    listed = [each.get("guid") if isinstance(each, dict) else None for each in found] if isinstance(found, list) else []
    texts = [guid for guid in listed if isinstance(guid, str)]
    if not texts or len(texts) < len(listed):
        raise unprocessable("Data must be a list of objects with a guid")
    return list(dict.fromkeys(texts))


def flags(given: Fields, key: str, *known: str) -> dict[str, bool]:
    """The booleans of the object `key`; empty where there is none.

    Raises:
        ApiError: it has something else.
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
