"""The policy document: reads and writes the YAML that a team keeps in git."""

from cfnet.document.document import AppGuid, AppName, Document, Named, SpaceName
from cfnet.document.faults import Code, Fault, Report
from cfnet.document.ignoring import ignored
from cfnet.document.loading import Loaded, Source, load
from cfnet.document.place import Place
from cfnet.document.resolving import Needed, Resolved, needed, resolve
from cfnet.document.schema import schema
from cfnet.document.writer import can_say, write

__all__ = [
    "AppGuid",
    "AppName",
    "Code",
    "Document",
    "Fault",
    "Loaded",
    "Named",
    "Needed",
    "Place",
    "Report",
    "Resolved",
    "Source",
    "SpaceName",
    "can_say",
    "ignored",
    "load",
    "needed",
    "resolve",
    "schema",
    "write",
]
