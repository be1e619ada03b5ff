"""The JSON Schema agrees with the checks about the form of a document."""

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
    """Whether the checks find no fault in the form of `document`."""
    text = json.dumps(document, ensure_ascii=False).encode()
    return not any(
        fault.code.id < "E3" and fault.code is not Code.NO_VALUE for fault in load([DocumentSource("f", text)]).faults
    )


@settings(max_examples=1000)
@given(documents)
def test_the_schema_accepts_what_the_checks_accept(document: Json) -> None:
    """Faults of meaning (E3xx) are outside the scope of a schema."""
    valid = _VALIDATOR.is_valid(document)
    event("valid" if valid else "invalid")
    assert accepted(document) == valid


def test_is_draft_07() -> None:
    """Editors and their plug-ins support this draft."""
    jsonschema.Draft7Validator.check_schema(schema())


def test_the_packaged_schema_is_current() -> None:
    """A changed schema changes the document format, so it must be deliberate."""
    text = json.dumps(schema(), indent=2) + "\n"
    if not _GOLDEN.exists() or text != _GOLDEN.read_text("utf-8"):
        _GOLDEN.with_suffix(".json.actual").write_text(text, "utf-8")
    assert text == _GOLDEN.read_text("utf-8")
