"""`cfnet schema`: the JSON Schema for editors."""

import json

from cfnet.document import schema
from tests.conftest import Cfnet


def test_prints_the_schema_of_documents(cfnet: Cfnet) -> None:
    """JSON on stdout, nothing else, without a foundation."""
    assert cfnet("schema") == (0, json.dumps(schema(), indent=2) + "\n", "")
