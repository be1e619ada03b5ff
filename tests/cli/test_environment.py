"""What a command knows of its process: where its folders are, and whether there is colour."""

import io
from collections.abc import Mapping
from pathlib import Path

import pytest

from cfnet.operations.environment import Environment, go_bool
from tests.terminal import Screen


def environment(variables: Mapping[str, str], *, terminal: bool = False, platform: str = "linux") -> Environment:
    """A process with these variables."""
    stdout = Screen() if terminal else io.StringIO()
    return Environment(variables, io.StringIO(), stdout, io.StringIO(), platform=platform)


WINDOWS = {"USERPROFILE": "C:/me", "LOCALAPPDATA": "C:/me/Local", "APPDATA": "C:/me/Roaming"}
XDG = {"XDG_CACHE_HOME": "/x/cache", "XDG_DATA_HOME": "/x/data", "XDG_CONFIG_HOME": "/x/config"}
FOLDERS = {
    "Linux": ("linux", {"HOME": "/me"}, ("/me", "/me/.cache", "/me/.local/share", "/me/.config")),
    "Linux, as the user says": ("linux", {"HOME": "/me", **XDG}, ("/me", "/x/cache", "/x/data", "/x/config")),
    "Linux, as the user does not say": (
        "linux",
        {"HOME": "/me", **dict.fromkeys(XDG, "")},
        ("/me", "/me/.cache", "/me/.local/share", "/me/.config"),
    ),
    "a Linux with the variables of Windows": (
        "linux",
        {"HOME": "/me", **WINDOWS},
        ("/me", "/me/.cache", "/me/.local/share", "/me/.config"),
    ),
    "macOS": (
        "darwin",
        {"HOME": "/me"},
        ("/me", "/me/Library/Caches", "/me/Library/Application Support", "/me/Library/Application Support"),
    ),
    "macOS, as the user says": ("darwin", {"HOME": "/me", **XDG}, ("/me", "/x/cache", "/x/data", "/x/config")),
    "Windows": ("win32", WINDOWS, ("C:/me", "C:/me/Local", "C:/me/Local", "C:/me/Roaming")),
    "Windows with a home of its own": (
        "win32",
        WINDOWS | {"HOMEDRIVE": "H:", "HOMEPATH": "/me", "HOME": "/not/asked"},
        ("H:/me", "C:/me/Local", "C:/me/Local", "C:/me/Roaming"),
    ),
    "Windows without folders for programs": (
        "win32",
        {"USERPROFILE": "C:/me"},
        ("C:/me", "C:/me/.cache", "C:/me/.local/share", "C:/me/.config"),
    ),
    "Windows, as the user says": ("win32", WINDOWS | XDG, ("C:/me", "/x/cache", "/x/data", "/x/config")),
    "nothing is known": ("linux", {}, (".", ".cache", ".local/share", ".config")),
}


@pytest.mark.parametrize(("platform", "variables", "folders"), FOLDERS.values(), ids=FOLDERS)
def test_where_folders_are(platform: str, variables: Mapping[str, str], folders: tuple[str, ...]) -> None:
    """Home; what can be done without, data, and the session, each in a folder of cfnet's own."""
    found = environment(variables, platform=platform)
    home, *bases = folders
    assert found.home == Path(home)
    assert [found.cache_folder, found.data_folder, found.config_folder] == [Path(base) / "cfnet" for base in bases]


COLOURS = {
    "a terminal": ({}, "", True, True),
    "no terminal": ({}, "", False, False),
    "a dumb terminal": ({"TERM": "dumb"}, "", True, False),
    "any other terminal": ({"TERM": "xterm"}, "", True, True),
    "FORCE_COLOR before what the terminal is": ({"FORCE_COLOR": "1", "TERM": "dumb"}, "", False, True),
    "FORCE_COLOR, which says nothing": ({"FORCE_COLOR": ""}, "", False, False),
    "NO_COLOR before FORCE_COLOR": ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, "", True, False),
    "NO_COLOR, which says nothing": ({"NO_COLOR": ""}, "", True, True),
    "the session of cf before NO_COLOR": ({"NO_COLOR": "1"}, "true", False, True),
    "the session of cf before FORCE_COLOR": ({"FORCE_COLOR": "1"}, "false", True, False),
    "a session of cf that says nothing": ({"NO_COLOR": "1"}, "", True, False),
    "a session of cf that says what nobody understands": ({"NO_COLOR": "1"}, "always", True, False),
    "CF_COLOR before the session of cf": ({"CF_COLOR": "true"}, "false", False, True),
    "CF_COLOR before all": ({"CF_COLOR": "false", "FORCE_COLOR": "1"}, "true", True, False),
    "CF_COLOR, which says what nobody understands": ({"CF_COLOR": "always"}, "false", True, False),
    "CF_COLOR before a dumb terminal": ({"CF_COLOR": "1", "TERM": "dumb"}, "", False, True),
}


@pytest.mark.parametrize(("variables", "configured", "terminal", "coloured"), COLOURS.values(), ids=COLOURS)
def test_whether_there_is_colour(
    *, variables: Mapping[str, str], configured: str, terminal: bool, coloured: bool
) -> None:
    """First found wins: CF_COLOR, the session of cf, NO_COLOR, FORCE_COLOR, and what stdout is."""
    assert environment(variables, terminal=terminal).colour(configured) is coloured


@pytest.mark.parametrize(
    ("text", "read"),
    [
        *((text, True) for text in ("1", "t", "T", "TRUE", "true", "True")),
        *((text, False) for text in ("0", "f", "F", "FALSE", "false", "False")),
        *((text, None) for text in ("", "yes", "no", "tRUE", " true", "2")),
    ],
)
def test_truth_is_gos(text: str, read: bool | None) -> None:  # noqa: FBT001 - a column of the table
    """As `strconv.ParseBool` reads it, for variables that `cf` reads too."""
    assert go_bool(text) is read
