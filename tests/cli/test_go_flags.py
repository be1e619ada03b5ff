"""The syntax of `cf`'s flags."""

import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.cli.parsing.go_flags import Flag, HelpWanted, Misread, Read, read

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
def test_parsed_words(words: str, flags: dict[str, str | bool], arguments: list[str]) -> None:
    """Like go-flags."""
    assert read(words.split(" "), FLAGS) == Read(flags, arguments)


_TEXTS = st.text("-=sv a\n", max_size=4) | st.sampled_from(["--port", "-s", "-v", "--all", "--help", "--", "-", "x"])
_WORDS = _TEXTS.filter(lambda text: not re.match(r"-(?:[^-]|-[^-])", text))
"""Words that do not look like a flag."""

SPELLED: st.SearchStrategy[tuple[list[str], dict[str, str | bool], list[str]]] = st.one_of(
    _WORDS.map(lambda word: ([word], {}, [word])),
    _WORDS.map(lambda value: (["--port", value], {"--port": value}, [])),
    _TEXTS.map(lambda value: ([f"--port={value}"], {"--port": value}, [])),
    _WORDS.map(lambda value: (["-s", value], {"-s": value}, [])),
    _TEXTS.map(lambda value: ([f"-s={value}"], {"-s": value}, [])),
    _TEXTS.filter(lambda value: value and value[0] != "=").map(lambda value: ([f"-s{value}"], {"-s": value}, [])),
    st.just((["--all"], {"--all": True}, [])),
    st.sampled_from(["-v", "-vv"]).map(lambda word: ([word], {"-v": True}, [])),
    _WORDS.map(lambda value: (["-vs", value], {"-v": True, "-s": value}, [])),
    _TEXTS.map(lambda value: ([f"-vvs={value}"], {"-v": True, "-s": value}, [])),
)
"""Every form of each flag, and arguments: the words, and their meaning."""


@given(st.lists(SPELLED, max_size=6))
def test_flags_are_parsed_in_any_order(
    spelled: list[tuple[list[str], dict[str, str | bool], list[str]]],
) -> None:
    """Arguments are kept; of a repeated flag the last one applies."""
    flags: dict[str, str | bool] = {}
    for _, meant, _ in spelled:
        flags |= meant
    arguments = [argument for _, _, meant in spelled for argument in meant]
    assert read([word for words, _, _ in spelled for word in words], FLAGS) == Read(flags, arguments)


@given(st.lists(_TEXTS))
def test_any_words_are_parsed_or_refused(words: list[str]) -> None:
    """No other exception escapes."""
    with contextlib.suppress(Misread, HelpWanted):
        assert isinstance(read(words, FLAGS), Read)
