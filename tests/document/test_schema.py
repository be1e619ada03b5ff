"""The JSON Schema says of a document's form what the checks say."""

import json
from pathlib import Path

import jsonschema
from hypothesis import event, given, settings

import cfnet.document
from cfnet.document import DocumentSource, load, schema
from cfnet.document.faults import Code
from tests.document.documents import Json, documents

_GOLDEN = Path(cfnet.document.__file__).parent / "cfnet.schema.json"
_VALIDATOR = jsonschema.Draft7Validator(schema())


def accepted(document: Json) -> bool:
    """Whether the checks find nothing wrong with the form of `document`."""
    text = json.dumps(document, ensure_ascii=False).encode()
    return not any(
        fault.code.id < "E3" and fault.code is not Code.NO_VALUE for fault in load([DocumentSource("f", text)]).faults
    )


@settings(max_examples=1000)
@given(documents)
def test_accepts_what_the_checks_accept(document: Json) -> None:
    """What one accepts the other accepts; faults of meaning (E3xx) are beyond a schema."""
    valid = _VALIDATOR.is_valid(document)
    event("valid" if valid else "invalid")
    assert accepted(document) == valid


def test_is_draft_07() -> None:
    """Editors and their plug-ins agree on that draft."""
    jsonschema.Draft7Validator.check_schema(schema())


def test_is_what_it_was() -> None:
    """The file in the packages; whoever changes it means to change what documents may say."""
    text = json.dumps(schema(), indent=2) + "\n"
    if not _GOLDEN.exists() or text != _GOLDEN.read_text("utf-8"):
        _GOLDEN.with_suffix(".json.actual").write_text(text, "utf-8")
    assert text == _GOLDEN.read_text("utf-8")
