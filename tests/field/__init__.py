"""Inputs from the field: a folder for each kind, as people reported, posted or piped them.

`snapshot` is the foundation that the rule listings belong to, as those of its `cell-1`.
"""

from pathlib import Path
from typing import Final

FIELD: Final = Path(__file__).parent
SNAPSHOT: Final = FIELD / "snapshot"
