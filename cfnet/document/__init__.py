"""Policy documents: read and write the YAML files that teams keep in git. Pure; callers read the files.

Reading takes two steps, because names can only be resolved against a foundation:

- `load`: parses files (`DocumentSource`) and returns `Loaded`: each `Document`, the policies by name (`Named`, with an
  `AppName` or `AppGuid` at each end; names without a space use the targeted `SpaceName`), and every `Fault` with its
  `Code`, its `Place` (lines and columns start at 1) and what was expected. A `FaultReport` collects faults.
- `needed`: what to query from the foundation next (`Needed`); `resolve`: the policies by GUID (`Resolved`); `ignored`:
  the foundation's policies that the documents ignore.

The other direction: `write` renders policies as a document, if `can_say` confirms that it can express the name of
their space. `schema` is the JSON Schema of documents.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from cfnet.document.document import AppGuid, AppName, Document, Named, SpaceName
from cfnet.document.faults import Code, Fault, FaultReport
from cfnet.document.loading import DocumentSource, Loaded, load
from cfnet.document.place import Place

if TYPE_CHECKING:
    from cfnet.document.ignoring import ignored
    from cfnet.document.json_schema import Json
    from cfnet.document.resolving import Needed, Resolved, needed, resolve
    from cfnet.document.writer import can_say, write
else:
    _ON_USE = {
        "ignored": "ignoring",
        **dict.fromkeys(("Needed", "Resolved", "needed", "resolve"), "resolving"),
        **dict.fromkeys(("can_say", "write"), "writer"),
    }

    def __getattr__(name: str) -> object:
        """Import what reading documents does not need only when it is used (PEP 562)."""
        if name not in _ON_USE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_ON_USE[name]}"), name)


def schema() -> dict[str, Json]:
    """Return the JSON Schema of documents, ready for `json.dumps`."""
    from cfnet.document import json_schema  # noqa: PLC0415 - rarely needed

    return json_schema.schema()


__all__ = [
    "AppGuid",
    "AppName",
    "Code",
    "Document",
    "DocumentSource",
    "Fault",
    "FaultReport",
    "Loaded",
    "Named",
    "Needed",
    "Place",
    "Resolved",
    "SpaceName",
    "can_say",
    "ignored",
    "load",
    "needed",
    "resolve",
    "schema",
    "write",
]
