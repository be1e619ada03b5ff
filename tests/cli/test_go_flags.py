"""The grammar of `cf`'s flags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cli.go_flags import Flag, HelpWanted, Misread, Read, read

FLAGS = [Flag("--port", ""), Flag("-s", ""), Flag("--all", "", takes_value=False), Flag("-v", "", takes_value=False)]


@pytest.mark.parametrize(
    ("words", "flags", "arguments"),
    [
        ("a b", {}, ["a", "b"]),
        ("--port 1 a", {"--port": "1"}, ["a"]),
        ("a --port=1", {"--port": "1"}, ["a"]),
        ("--port=", {"--port": ""}, []),
        ("--port=a=b", {"--port": "a=b"}, []),
        ("-sprod", {"-s": "prod"}, []),
        ("-s=prod", {"-s": "prod"}, []),
        ("-s prod", {"-s": "prod"}, []),
        ("-vs prod", {"-v": True, "-s": "prod"}, []),
        ("-vsprod", {"-v": True, "-s": "prod"}, []),
        ("--port=-5", {"--port": "-5"}, []),
        ("--port - --all", {"--port": "-", "--all": True}, []),
        ("--port -- a", {"--port": "--"}, ["a"]),
        ("-- - ---x", {}, ["--", "-", "---x"]),
        ("--port 1 --port 2", {"--port": "2"}, []),
    ],
)
def test_words_and_what_they_say(words: str, flags: dict[str, str | bool], arguments: list[str]) -> None:
    """As go-flags reads them."""
    assert read(words.split(" "), FLAGS) == Read(flags, arguments)


@given(st.lists(st.text(max_size=8) | st.sampled_from(["--port", "-s", "-v", "--all", "--help", "-s=x", "--", "-"])))
def test_any_words_are_read_or_refused(words: list[str]) -> None:
    """Nothing else ever comes of them, and nothing is lost of what is read."""
    try:
        found = read(words, FLAGS)
    except (Misread, HelpWanted):
        return
    assert len(found.arguments) + len(found.flags) <= len(words) + sum(len(word) for word in words)
    assert all(argument in words for argument in found.arguments)
