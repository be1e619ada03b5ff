"""Inputs from the field: a directory for each kind, as users reported, posted or piped them.

`snapshot` is the foundation of the rule listings, which belong to its `cell-1`.
"""

from pathlib import Path
from typing import Final

FIELD: Final = Path(__file__).parent
SNAPSHOT: Final = FIELD / "snapshot"
