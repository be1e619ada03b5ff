"""The JSON Schema (draft-07) of policy documents, generated from the same grammar that the checks use."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

from cfnet.document.forms import Either, Form, Key, Many, MappingForm, OneWord, TextForm, Truth, Whole
from cfnet.document.grammar import DOCUMENT
from cfnet.document.variables import PATTERN as VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"


def schema() -> dict[str, Json]:
    """Return the schema, ready for `json.dumps`.

    It covers the form of a document (faults E2xx), but not its meaning, such as duplicate policies or port ranges that
    end before they start. `((name))` is allowed wherever text is.
    """
    definitions: dict[str, Json] = {}
    document = _schema(DOCUMENT, definitions)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "cfnet policy document",
        "description": "Cloud Foundry network policies, as validated and applied by cfnet.",
        **document,
        "definitions": dict(sorted(definitions.items())),
    }


def _schema(form: Form, definitions: dict[str, Json]) -> dict[str, Json]:
    match form:
        case TextForm():
            return {"type": "string", "pattern": f"{form.pattern}|{VARIABLE}"}
        case Whole() | Truth():
            return _plain(form)
        case OneWord():
            return {"anyOf": [{"enum": list(form.words)}, {"type": "string", "pattern": VARIABLE}]}
        case Many():
            return {"type": "array", "items": _schema(form.of, definitions), **_limits(form)}
        case MappingForm():
            return _table(form, definitions)
        case Either():
            if form.name not in definitions:
                definitions[form.name] = {"anyOf": [_schema(each, definitions) for each in form.forms]}
            return {"$ref": f"#/definitions/{form.name}"}
        case _ as never:
            assert_never(never)


def _limits(form: Many) -> dict[str, Json]:
    limits: dict[str, Json] = {"minItems": form.least} if form.least else {}
    return limits if form.most is None else limits | {"maxItems": form.most}


def _plain(form: Whole | Truth) -> dict[str, Json]:
    if isinstance(form, Truth):
        return {"type": "boolean"}
    return {"type": "integer", "minimum": form.lowest, "maximum": form.highest}


def _table(form: MappingForm, definitions: dict[str, Json]) -> dict[str, Json]:
    result: dict[str, Json] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _property(key, definitions) for name, key in form.keys.items()},
    }
    if required := _required(form.keys):
        result["required"] = required
    if form.one_of:
        result["anyOf"] = [{"required": [name]} for name in form.one_of]
    if form.needs:
        result["dependencies"] = {name: [other] for name, other in form.needs.items()}
    return result


def _property(key: Key, definitions: dict[str, Json]) -> dict[str, Json]:
    found = _schema(key.form, definitions)
    if "$ref" in found:  # draft-07 ignores the siblings of a $ref
        found = {"allOf": [found]}
    return {"description": key.description, **found}


def _required(keys: Mapping[str, Key]) -> list[Json]:
    return [name for name, key in keys.items() if key.required]
