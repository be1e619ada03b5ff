"""The policy document: reads and writes the YAML that a team keeps in git. Pure: whoever calls reads the files.

From bytes to policies, in two steps, since names mean something only in a foundation:

- `load`: documents from the bytes of files (`DocumentSource`). What is `Loaded` has each `Document`, the policies by
  name (`Named`, between an `AppName` or an `AppGuid` each; of a `SpaceName` where none is targeted), and every `Fault`:
  its `Code`, its `Place` (lines and columns count from 1), what was expected. A `FaultReport` collects faults.
- `needed`: what has to be asked of the foundation then (`Needed`); `resolve`: the same as policies of GUIDs
  (`Resolved`); `ignored`: those of a foundation that documents leave to others.

And back: `write` makes a document of policies, where `can_say` says that it can name their space. `schema` is the JSON
Schema of documents.
"""

from cfnet.document.document import AppGuid, AppName, Document, Named, SpaceName
from cfnet.document.faults import Code, Fault, FaultReport
from cfnet.document.ignoring import ignored
from cfnet.document.loading import DocumentSource, Loaded, load
from cfnet.document.place import Place
from cfnet.document.resolving import Needed, Resolved, needed, resolve
from cfnet.document.schema import schema
from cfnet.document.writer import can_say, write

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
