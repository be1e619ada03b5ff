"""The process environment: directories and colour."""

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
    "Linux, with XDG variables": ("linux", {"HOME": "/me", **XDG}, ("/me", "/x/cache", "/x/data", "/x/config")),
    "Linux, without XDG variables": (
        "linux",
        {"HOME": "/me", **dict.fromkeys(XDG, "")},
        ("/me", "/me/.cache", "/me/.local/share", "/me/.config"),
    ),
    "Linux, with variables of Windows": (
        "linux",
        {"HOME": "/me", **WINDOWS},
        ("/me", "/me/.cache", "/me/.local/share", "/me/.config"),
    ),
    "macOS": (
        "darwin",
        {"HOME": "/me"},
        ("/me", "/me/Library/Caches", "/me/Library/Application Support", "/me/Library/Application Support"),
    ),
    "macOS, with XDG variables": ("darwin", {"HOME": "/me", **XDG}, ("/me", "/x/cache", "/x/data", "/x/config")),
    "Windows": ("win32", WINDOWS, ("C:/me", "C:/me/Local", "C:/me/Local", "C:/me/Roaming")),
    "Windows, with HOME": (
        "win32",
        WINDOWS | {"HOMEDRIVE": "H:", "HOMEPATH": "/me", "HOME": "/not/asked"},
        ("H:/me", "C:/me/Local", "C:/me/Local", "C:/me/Roaming"),
    ),
    "Windows, without AppData": (
        "win32",
        {"USERPROFILE": "C:/me"},
        ("C:/me", "C:/me/.cache", "C:/me/.local/share", "C:/me/.config"),
    ),
    "Windows, with XDG variables": ("win32", WINDOWS | XDG, ("C:/me", "/x/cache", "/x/data", "/x/config")),
    "no variables": ("linux", {}, (".", ".cache", ".local/share", ".config")),
}


@pytest.mark.parametrize(("platform", "variables", "folders"), FOLDERS.values(), ids=FOLDERS)
def test_directories(platform: str, variables: Mapping[str, str], folders: tuple[str, ...]) -> None:
    """Home, cache, data and session, each in a directory of cfnet."""
    found = environment(variables, platform=platform)
    home, *bases = folders
    assert found.home == Path(home)
    assert [found.cache_folder, found.data_folder, found.config_folder] == [Path(base) / "cfnet" for base in bases]


COLOURS = {
    "a terminal": ({}, "", True, True),
    "no terminal": ({}, "", False, False),
    "a dumb terminal": ({"TERM": "dumb"}, "", True, False),
    "any other terminal": ({"TERM": "xterm"}, "", True, True),
    "FORCE_COLOR takes precedence over the terminal": ({"FORCE_COLOR": "1", "TERM": "dumb"}, "", False, True),
    "an empty FORCE_COLOR": ({"FORCE_COLOR": ""}, "", False, False),
    "NO_COLOR takes precedence over FORCE_COLOR": ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, "", True, False),
    "an empty NO_COLOR": ({"NO_COLOR": ""}, "", True, True),
    "the session of cf takes precedence over NO_COLOR": ({"NO_COLOR": "1"}, "true", False, True),
    "the session of cf takes precedence over FORCE_COLOR": ({"FORCE_COLOR": "1"}, "false", True, False),
    "a session of cf without a setting": ({"NO_COLOR": "1"}, "", True, False),
    "a session of cf with an invalid setting": ({"NO_COLOR": "1"}, "always", True, False),
    "CF_COLOR takes precedence over the session of cf": ({"CF_COLOR": "true"}, "false", False, True),
    "CF_COLOR takes precedence over everything": ({"CF_COLOR": "false", "FORCE_COLOR": "1"}, "true", True, False),
    "an invalid CF_COLOR": ({"CF_COLOR": "always"}, "false", True, False),
    "CF_COLOR takes precedence over a dumb terminal": ({"CF_COLOR": "1", "TERM": "dumb"}, "", False, True),
}


@pytest.mark.parametrize(("variables", "configured", "terminal", "coloured"), COLOURS.values(), ids=COLOURS)
def test_whether_there_is_colour(
    *, variables: Mapping[str, str], configured: str, terminal: bool, coloured: bool
) -> None:
    """The first setting applies: CF_COLOR, the session of cf, NO_COLOR, FORCE_COLOR, the kind of stdout."""
    assert environment(variables, terminal=terminal).colour(configured) is coloured


@pytest.mark.parametrize(
    ("text", "read"),
    [
        *((text, True) for text in ("1", "t", "T", "TRUE", "true", "True")),
        *((text, False) for text in ("0", "f", "F", "FALSE", "false", "False")),
        *((text, None) for text in ("", "yes", "no", "tRUE", " true", "2")),
    ],
)
def test_booleans_are_parsed_like_go(text: str, read: bool | None) -> None:  # noqa: FBT001 - a column of the table
    """Like `strconv.ParseBool`, for variables that `cf` uses, too."""
    assert go_bool(text) is read
