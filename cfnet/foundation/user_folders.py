"""Where a user's files are: the directories of cfnet, and the session of `cf`.

Paths are strings here: this module is imported before anything else, and pathlib takes time to import.
"""

# ruff: noqa: PTH118 - see above
from __future__ import annotations

import os

TYPE_CHECKING = False  # typing takes longer to import than this module
if TYPE_CHECKING:
    from collections.abc import Mapping

CACHE = ("XDG_CACHE_HOME", "Caches", "LOCALAPPDATA", ".cache")
DATA = ("XDG_DATA_HOME", "Application Support", "LOCALAPPDATA", ".local/share")
CONFIG = ("XDG_CONFIG_HOME", "Application Support", "APPDATA", ".config")
"""Where the directory of cfnet is: in that of a variable, on macOS in `~/Library`, on Windows in that of another
variable, otherwise in the home directory."""


def home(variables: Mapping[str, str], platform: str) -> str:
    """Return the user's home directory, by the same variables as in `cf`; relative if they are not set."""
    if platform == "win32":
        return variables.get("HOMEDRIVE", "") + variables.get("HOMEPATH", "") or variables.get("USERPROFILE", "")
    return variables.get("HOME", "")


def own_folder(kind: tuple[str, str, str, str], variables: Mapping[str, str], platform: str) -> str:
    """Return a directory of cfnet: by the XDG base directories, or by the conventions of macOS and Windows."""
    xdg, mac, windows, other = kind
    base = variables.get(xdg, "") or (variables.get(windows, "") if platform == "win32" else "")
    if not base:
        base = os.path.join(home(variables, platform), f"Library/{mac}" if platform == "darwin" else other)
    return os.path.join(base, "cfnet")


def cf_session(variables: Mapping[str, str], platform: str) -> str:
    """Return the file of `cf`'s session: below `CF_HOME`, or else below the home directory."""
    return os.path.join(variables.get("CF_HOME") or home(variables, platform), ".cf", "config.json")
