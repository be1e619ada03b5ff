"""Hostile or surprising YAML: one clear fault for each, with libyaml and without."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfnet.document.document import AppName, Named
from cfnet.document.faults import FaultReport
from cfnet.document.loading import DocumentSource, load
from cfnet.document.nodes import Mapping, Scalar, ScalarKind, Sequence, kind_of
from cfnet.document.place import Place
from cfnet.document.reader import read
from cfnet.policy import Ports, Protocol


def laughs() -> bytes:
    """Nine lists, each nine times the previous one: 387 million texts in 300 bytes."""
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    return "\n".join(lines).encode()


HOSTILE = {
    "a hundred levels of lists": (
        b"version: 1\npolicies: " + b"[" * 100 + b"]" * 100,
        "f.yml:2:30: E109 nested too deeply: level 21 of nesting; expected at most 20",
    ),
    "a million levels of mappings": (
        b"{a: " * 1_000_000,
        "f.yml:1:81: E109 nested too deeply: level 21 of nesting; expected at most 20",
    ),
    "aliases that explode": (
        laughs(),
        "f.yml:6:40: E110 aliases expand to too many values: *a4; expected at most 100,000 values from aliases",
    ),
    "an alias of the node that contains it": (
        b"ignore: &x [*x]",
        'f.yml:1:13: E111 alias without an anchor: *x; expected &x before it; did you mean a quoted wildcard, "*x"?',
    ),
    "an alias that misspells its anchor": (
        b"a: &ports [1]\nb: *prots",
        "f.yml:2:4: E111 alias without an anchor: *prots; expected &prots before it; did you mean *ports?",
    ),
    "more than ten megabytes": (
        b"#" * 10_485_761,
        (
            "f.yml:1:1: E102 file is too large: more than 8,388,608 bytes; "
            "expected several smaller files, which can be applied together"
        ),
    ),
    "bytes that are not UTF-8": (
        b"version: 1\nspace: caf\xe9/web\n",
        "f.yml:2:11: E103 file is not UTF-8: the byte 0xe9; expected UTF-8",
    ),
    "UTF-16": (
        "version: 1\n".encode("utf-16"),
        "f.yml:1:1: E103 file is not UTF-8: the byte 0xff; expected UTF-8 (this looks like UTF-16: save it as UTF-8)",
    ),
    "NUL": (b"version: 1\n# \x00\n", "f.yml:2:3: E104 control character: the character U+0000; expected text"),
    "half a surrogate pair": (
        b'version: 1\npolicies: [{source: "\xed\xa0\x80"}]',
        "f.yml:2:22: E103 file is not UTF-8: the byte 0xed; expected UTF-8",
    ),
    "a tab as indentation": (
        b"version: 1\npolicies:\n\t- source: a\n",
        "f.yml:3:1: E105 tab in the indentation: a tab; expected spaces",
    ),
    "nothing": (b"", "f.yml:1:1: E107 file is empty: nothing; expected at least 'version: 1' and 'policies: []'"),
    "nothing but comments": (
        b"# later\n",
        "f.yml:1:1: E107 file is empty: nothing; expected at least 'version: 1' and 'policies: []'",
    ),
    "two documents": (
        b"a: 1\n---\nb: 2\n",
        "f.yml:2:1: E108 more than one document in a file: a second document; expected one per file",
    ),
}


@pytest.mark.parametrize("pure", [False, True], ids=["with libyaml", "without libyaml"])
@pytest.mark.parametrize(("data", "fault"), HOSTILE.values(), ids=HOSTILE)
def test_a_document_that_cannot_be_read_has_one_fault(data: bytes, fault: str, *, pure: bool) -> None:
    """With position and cause; no part of the document is returned."""
    report = FaultReport()
    assert read(data, "f.yml", report, pure=pure) is None
    assert [str(each) for each in report.faults] == [fault]


ODD = {
    "a Python object": (
        b"a: !!python/object/apply:os.system [ls]",
        [('f.yml:1:4: E112 YAML tag: the tag "tag:yaml.org,2002:python/object/apply:os.system"; '
         "expected a value without a tag")],
    ),
    "a merge key": (
        b"a: &a {b: c}\nd:\n  <<: *a\n",
        ["f.yml:3:3: E113 YAML merge key: <<; expected each key written out"],
    ),
    "a list as a key": (b"[a]: b", ["f.yml:1:1: E115 invalid key: a list; expected a name"]),
    "a number as a key": (b"1: b", ["f.yml:1:1: E115 invalid key: 1; expected a name"]),
    "a duplicate key": (
        b"a: 1\nb: 2\na: 3\nb: 4\n",
        [
            'f.yml:3:1: E116 duplicate key: "a"; the other one is at f.yml:1:1',
            'f.yml:4:1: E116 duplicate key: "b"; the other one is at f.yml:2:1',
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("pure", [False, True], ids=["with libyaml", "without libyaml"])
@pytest.mark.parametrize(("data", "faults"), ODD.values(), ids=ODD)
def test_continues_after_unsupported_yaml(data: bytes, faults: list[str], *, pure: bool) -> None:
    """Valid YAML that a policy document does not allow is a fault, and the rest is read."""
    report = FaultReport()
    assert read(data, "f.yml", report, pure=pure) is not None
    assert [str(each) for each in report.faults] == faults


SYNTAX = {
    "an unclosed bracket": (
        b"a: [1,\nb: 2\n",
        (
            "f.yml:1:4: E106 file is not YAML: did not find expected ',' or ']' "
            "while parsing a flow sequence, up to the end of the file"
        ),
    ),
    "a key in the middle of a list": (
        b"a:\n  - b\n  c: d\n",
        (
            "f.yml:3:3: E106 file is not YAML: did not find expected '-' indicator "
            "while parsing a block collection that begins on line 2"
        ),
    ),
    "a wildcard without quotes": (
        b"ignore: */b",
        (
            "f.yml:1:10: E106 file is not YAML: did not find expected alphabetic or numeric character "
            'while scanning an alias; did you mean a quoted wildcard, "*"?'
        ),
    ),
    "a tab after a colon": (b"a: 1\nb:\n \t- c", "f.yml:3:2: E105 tab in the indentation: a tab; expected spaces"),
}


@pytest.mark.parametrize(("data", "fault"), SYNTAX.values(), ids=SYNTAX)
def test_syntax_errors_have_a_position(data: bytes, fault: str) -> None:
    """And the position of the construct that was open."""
    report = FaultReport()
    assert read(data, "f.yml", report) is None
    assert [str(each) for each in report.faults] == [fault]


_NO_CHARACTER = (
    "f.yml:1:7: E106 file is not YAML: found invalid Unicode character escape code while parsing a quoted scalar"
)
_NOTHING = "f.yml:1:1: E106 file is not YAML: invalid character or YAML version"
BEYOND = {
    "a character beyond Unicode": (b'a: "\\UFFFFFFFF"', _NO_CHARACTER, _NOTHING),
    "a version of five thousand digits": (
        b"%YAML " + b"9" * 5000 + b".1\n---\na: b\n",
        "f.yml:1:16: E106 file is not YAML: found extremely long version number while scanning a %YAML directive",
        _NOTHING,
    ),
    "half a surrogate pair, escaped": (
        b'a: "\\ud800"',
        _NO_CHARACTER,
        "f.yml:1:4: E104 control character: half of a surrogate pair; expected text",
    ),
}


@pytest.mark.parametrize(("data", "with_libyaml", "without"), BEYOND.values(), ids=BEYOND)
def test_refuses_numbers_out_of_range(data: bytes, with_libyaml: str, without: str) -> None:
    """The YAML parser itself fails on them; that is a fault of the document, too."""
    for pure, fault in ((False, with_libyaml), (True, without)):
        report = FaultReport()
        assert read(data, "f.yml", report, pure=pure) is None
        assert [str(each) for each in report.faults] == [fault]


_PIECES = (
    *("version: 1\n", "policies:\n", "  - source: a\n", "    destination: b\n", "[", "]", "{", "}", ",", ": ", " "),
    *("\n", "- ", "? ", "*a", "&a ", "!!str ", "!x", "%YAML 1.1\n", "%TAG ! x\n", "---\n", "...\n", "|9\n", ">-\n"),
    *('"', "'", "\\x00", "\\UFFFFFFFF", "\\ud800", "\t", "#", "<<: ", "é", "\u2028", "\x85", "\ufeff", "\r", "1e5"),
)


@given(st.lists(st.sampled_from(_PIECES), max_size=14).map(lambda pieces: "".join(pieces).encode()) | st.binary())
def test_any_bytes_are_a_document_or_faults(data: bytes) -> None:
    """With libyaml and without; no exception escapes."""
    for pure in (False, True):
        report = FaultReport()
        assert read(data, "f.yml", report, pure=pure) is not None or report.faults
    loaded = load([DocumentSource("f.yml", data)])
    assert loaded.documents or loaded.faults


@pytest.mark.parametrize("pure", [False, True], ids=["with libyaml", "without libyaml"])
def test_everything_has_a_position(*, pure: bool) -> None:
    """Lines and columns count from 1, columns in characters, without the byte order mark."""
    report = FaultReport()
    root = read("\ufeffa:\n  - é: 1\n    b: x\n".encode(), "f.yml", report, pure=pure)
    b = (Scalar("b", ScalarKind.TEXT, Place("f.yml", 3, 5)), Scalar("x", ScalarKind.TEXT, Place("f.yml", 3, 8)))
    e = (Scalar("é", ScalarKind.TEXT, Place("f.yml", 2, 5)), Scalar("1", ScalarKind.NUMBER, Place("f.yml", 2, 8)))
    items = Sequence((Mapping((e, b), Place("f.yml", 2, 5)),), Place("f.yml", 2, 3))
    assert root == Mapping(((Scalar("a", ScalarKind.TEXT, Place("f.yml", 1, 1)), items),), Place("f.yml", 1, 1))
    assert not report.faults


@pytest.mark.parametrize(
    ("plain", "kind"),
    [
        ("backend", ScalarKind.TEXT),
        ("9000-9010", ScalarKind.TEXT),
        ("2f978b7f-b3d2-4f50-b08f-776634a6e411", ScalarKind.TEXT),
        ("1.2.3", ScalarKind.TEXT),
        ("", ScalarKind.NULL),
        ("~", ScalarKind.NULL),
        ("null", ScalarKind.NULL),
        ("on", ScalarKind.BOOLEAN),
        ("No", ScalarKind.BOOLEAN),
        ("TRUE", ScalarKind.BOOLEAN),
        ("8080", ScalarKind.NUMBER),
        ("8_080", ScalarKind.NUMBER),
        ("0x50", ScalarKind.NUMBER),
        ("0o17", ScalarKind.NUMBER),
        ("1e3", ScalarKind.NUMBER),
        ("1:30", ScalarKind.NUMBER),
        ("-.inf", ScalarKind.NUMBER),
    ],
)
def test_accepts_as_text_only_what_every_yaml_version_does(plain: str, kind: ScalarKind) -> None:
    """YAML 1.1 and 1.2 disagree about `on` and `1e3`; a scalar that is not text in either version is refused."""
    assert kind_of(plain) is kind


def test_accepts_harmless_anchors() -> None:
    """An alias stands for the node with its anchor."""
    text = b"""\
version: 1
space: shop/web
policies:
  - {source: a, destination: b, ports: &web [80, 443]}
  - {source: b, destination: a, ports: *web}
"""
    loaded = load([DocumentSource("f.yml", text)])
    a, b = AppName("shop", "web", "a"), AppName("shop", "web", "b")
    assert not loaded.faults
    assert list(loaded.declared) == [
        Named(source, destination, Protocol.TCP, Ports(port, port))
        for source, destination in ((a, b), (b, a))
        for port in (80, 443)
    ]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("- source: a\xa0", ["1:11: E119", "U+00A0 (NO-BREAK SPACE) in"]),
        ("- source: 'a\u200b'", ["1:11: E119", "U+200B (ZERO WIDTH SPACE) in"]),
        ("- source: a\u202eb", ["1:11: E119", "U+202E (RIGHT-TO-LEFT OVERRIDE) in"]),
        ("- source: a\u2060b", ["1:11: E119", "U+2060 (WORD JOINER) in"]),
        ("- source: a\u3164", ["1:11: E119", "U+3164 (HANGUL FILLER) in"]),
        ("- source: a\U000e0041", ["1:11: E119", "U+E0041 (TAG LATIN CAPITAL LETTER A) in"]),
        ('- source: "a\\u00adb"', ["1:11: E119", "U+00AD (SOFT HYPHEN) in"]),
        ("- source\xa0: a", ["1:3: E119", "U+00A0 (NO-BREAK SPACE) in"]),
        ("- source: a\n  destination:\xa0b", ["2:15: E119", "U+00A0 (NO-BREAK SPACE); expected"]),
        ("- source: a\ufeffb", ["1:12: E104", "the character U+FEFF"]),
    ],
    ids=ascii,
)
def test_names_invisible_characters(text: str, faults: list[str]) -> None:
    """In names and keys, quoted or not; if one breaks the syntax, it is the reported fault."""
    report = FaultReport()
    read(text.encode(), "f.yml", report)
    (fault,) = [str(each) for each in report.faults]
    assert fault.startswith(f"f.yml:{faults[0]}")
    assert faults[1] in fault


def test_accepts_any_character_in_comments() -> None:
    """A comment is not compared with names of apps."""
    report = FaultReport()
    assert read("a: b  # c\xa0\u200bd".encode(), "f.yml", report)
    assert report.faults == ()


@pytest.mark.parametrize("text", ["policies: [*x]", "policies:\n  - source: *x\n", "policies:\n  - source: *\n"])
def test_suggests_a_wildcard_only_under_ignore(text: str) -> None:
    """Other names cannot have one."""
    report = FaultReport()
    assert read(text.encode(), "f.yml", report) is None
    assert [each.guess for each in report.faults] == [""]
