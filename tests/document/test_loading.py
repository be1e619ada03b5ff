"""Policy documents: their meaning, and every fault with its exact message."""

import pytest

from cfnet.document import AppGuid, AppName, DocumentSource, Loaded, Named, Place, SpaceName, load
from cfnet.document.document import Owned
from cfnet.policy import Ports, Protocol

HEAD = "version: 1\nspace: shop/web\npolicies:\n"


def loaded(text: str, **variables: str) -> Loaded:
    """Load one document."""
    return load([DocumentSource("f.yml", text.encode())], variables)


def faults(text: str, **variables: str) -> list[str]:
    """The faults of one document, without the file name."""
    return [str(fault).removeprefix("f.yml:") for fault in loaded(text, **variables).faults]


def test_reads_the_example_of_the_design() -> None:
    """Sources times destinations times ports, with bare names in the document's space and tcp 8080 as the default."""
    text = """\
# yaml-language-server: $schema=cfnet.schema.json
version: 1
space: shop/web
owns: [shop/web]
policies:
  - source: frontend
    destination: backend
  - source: frontend
    destination: {app: payments, space: pay}
    protocol: tcp
    ports: [8443, 9000-9010]
  - source: [frontend, worker]
    destination: {guid: 2f978b7f-b3d2-4f50-b08f-776634a6e411}
    protocol: udp
    ports: 53
ignore:
  - destination: "shop/ops/*"
"""
    frontend, worker = AppName("shop", "web", "frontend"), AppName("shop", "web", "worker")
    backend, payments = AppName("shop", "web", "backend"), AppName("shop", "pay", "payments")
    guid = AppGuid("2f978b7f-b3d2-4f50-b08f-776634a6e411")
    result = loaded(text)
    assert result.faults == ()
    assert dict(result.declared) == {
        Named(frontend, backend, Protocol.TCP, Ports(8080, 8080)): Place("f.yml", 6, 5),
        Named(frontend, payments, Protocol.TCP, Ports(8443, 8443)): Place("f.yml", 11, 13),
        Named(frontend, payments, Protocol.TCP, Ports(9000, 9010)): Place("f.yml", 11, 19),
        Named(frontend, guid, Protocol.UDP, Ports(53, 53)): Place("f.yml", 12, 14),
        Named(worker, guid, Protocol.UDP, Ports(53, 53)): Place("f.yml", 12, 24),
    }
    assert [document.owns for document in result.documents] == [
        (Owned(SpaceName("shop", "web"), (), Place("f.yml", 4, 8)),),
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("backend", AppName("shop", "web", "backend")),
        ("pay/prod/api", AppName("pay", "prod", "api")),
        ("{app: api}", AppName("shop", "web", "api")),
        ("{app: api, space: ops}", AppName("shop", "ops", "api")),
        ("{app: api, space: pay/prod}", AppName("pay", "prod", "api")),
        ("{app: a/b, space: x/y, org: p/q}", AppName("p/q", "x/y", "a/b")),
        ('{app: "a/b*c"}', AppName("shop", "web", "a/b*c")),
        ("{guid: 2f97}", AppGuid("2f97")),
        ('"123"', AppName("shop", "web", "123")),
        ("my app", AppName("shop", "web", "my app")),
    ],
)
def test_reads_every_form_of_an_app(written: str, meant: AppName | AppGuid) -> None:
    """By name, with its space, by its whole path or by its GUID."""
    result = loaded(f"{HEAD}  - {{source: a, destination: {written}}}\n")
    assert result.faults == ()
    assert [policy.destination for policy in result.declared] == [meant]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("8080", [Ports(8080, 8080)]),
        ('"8080"', [Ports(8080, 8080)]),
        ("9000-9010", [Ports(9000, 9010)]),
        ('"1-65535"', [Ports(1, 65535)]),
        ("[8443, 9000-9010, '53']", [Ports(8443, 8443), Ports(9000, 9010), Ports(53, 53)]),
    ],
)
def test_reads_every_form_of_ports(written: str, meant: list[Ports]) -> None:
    """A number, a text, a range or a list of these."""
    result = loaded(f"{HEAD}  - {{source: a, destination: b, ports: {written}}}\n")
    assert result.faults == ()
    assert [policy.ports for policy in result.declared] == meant


_ONE = "expected a port from 1 to 65535, or a range such as 9000-9010"


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("0x50", f"E208 invalid ports: 0x50; {_ONE}; did you mean 80?"),
        ("8_080", f"E208 invalid ports: 8_080; {_ONE}; did you mean 8080?"),
        ("1e3", f"E208 invalid ports: 1e3; {_ONE}; did you mean 1000?"),
        ('"8080 "', f'E208 invalid ports: "8080 "; {_ONE}; did you mean 8080?'),
        ("08080", f"E208 invalid ports: 08080; {_ONE}; did you mean 8080?"),
        ("8080.0", f"E208 invalid ports: 8080.0; {_ONE}; did you mean 8080?"),
        ("0", f"E208 invalid ports: 0; {_ONE}"),
        ("65536", f"E208 invalid ports: 65536; {_ONE}"),
        ("-1", f"E208 invalid ports: -1; {_ONE}"),
        ("80..90", f'E208 invalid ports: "80..90"; {_ONE}; did you mean 80-90?'),
        ('"80:90"', f'E208 invalid ports: "80:90"; {_ONE}; did you mean 80-90?'),
        ('"80, 443"', f'E208 invalid ports: "80, 443"; {_ONE}; did you mean [80, 443]?'),
        ("http", f'E208 invalid ports: "http"; {_ONE}'),
        (f'"{"9" * 5000}"', f'E208 invalid ports: "{"9" * 59}…"; {_ONE}'),
        ("true", f"E208 invalid ports: true; {_ONE}, or a list of these"),
        ("", f"E208 invalid ports: nothing; {_ONE}, or a list of these"),
        ("{start: 1}", f"E208 invalid ports: a mapping; {_ONE}, or a list of these"),
        ("[[80]]", f"E208 invalid ports: a list; {_ONE}"),
        ("[]", "E210 too few or too many items: a list of ports with 0; expected at least 1"),
        (
            "9010-9000",
            (
                'E303 port range ends before it starts: "9010-9000"; '
                "expected the lower port first; did you mean 9000-9010?"
            ),
        ),
        ("[80, 443, 80]", "E305 listed twice: 80; the other one is at f.yml:4:41"),
    ],
)
def test_refuses_invalid_ports(written: str, fault: str) -> None:
    """With a suggestion if the intention is likely."""
    found = faults(f"{HEAD}  - {{source: a, destination: b, ports: {written}}}\n")
    assert [each.split(": ", 1)[1] for each in found] == [fault]


def test_reports_every_fault_of_an_entry() -> None:
    """Here a port out of range and a reversed range in one list."""
    found = faults(f"{HEAD}  - {{source: a, destination: b, ports: [0x50, 9-8]}}\n")
    assert [each.split(": ", 1)[1].partition(" ")[0] for each in found] == ["E208", "E303"]


BAD = {
    "a text as a document": (
        "policies\n",
        [('1:1: E203 wrong kind of value: "policies"; '
         "expected a policy document: version, space, owns, complete, policies, ignore, expect, lint")],
    ),
    "misspelled keys": (
        "version: 1\npolicys:\n  - source: a\n    destination: b\n",
        [('2:1: E201 unknown key: "policys"; expected version, space, owns, complete, policies, ignore, expect '
         'or lint; did you mean "policies"?')],
    ),
    "an unknown version": ("version: 2\npolicies: []\n", ["1:10: E209 unknown version: 2; expected 1"]),
    "a text as version": ('version: "1"\npolicies: []\n', ['1:10: E209 unknown version: "1"; expected 1']),
    "no version": ("policies: []\n", ["1:1: E202 missing key: a mapping without version"]),
    "no policies": ("version: 1\n", ["1:1: E202 missing key: a mapping without policies, expect or lint"]),
    "a mapping as policies": (
        "version: 1\npolicies: {source: a, destination: b}\n",
        ["2:11: E203 wrong kind of value: a mapping; expected a list of policies"],
    ),
    "a space without an org": (
        "version: 1\nspace: web\npolicies: []\n",
        ['2:8: E205 invalid space name: "web"; expected ORG/SPACE; did you mean "ORG/web"?'],
    ),
    "owned spaces that are not a list": (
        "version: 1\nowns: shop/web\npolicies: []\n",
        ['2:7: E203 wrong kind of value: "shop/web"; expected a list of spaces'],
    ),
    "a policy without a destination": (
        HEAD + "  - source: a\n",
        ["4:5: E202 missing key: a mapping without destination"],
    ),
    "a protocol without ports": (
        HEAD + "  - {source: a, destination: b, protocol: udp}\n",
        ["4:5: E202 missing key: a mapping without ports"],
    ),
    "a protocol in capitals": (
        HEAD + "  - {source: a, destination: b, protocol: TCP, ports: 1}\n",
        ['4:43: E207 unknown protocol: "TCP"; expected tcp or udp; did you mean tcp?'],
    ),
    "a protocol that has no ports": (
        HEAD + "  - {source: a, destination: b, protocol: icmp, ports: 1}\n",
        ['4:43: E207 unknown protocol: "icmp"; expected tcp or udp'],
    ),
    "a number as an app": (
        HEAD + "  - {source: 123, destination: b}\n",
        [("4:14: E204 invalid app name: 123; "
         "expected APP or ORG/SPACE/APP; wildcards are only allowed under ignore and expect; "
         'did you mean "123"?')],
    ),
    "an app without an org": (
        HEAD + "  - {source: a, destination: ops/b}\n",
        [('4:30: E204 invalid app name: "ops/b"; '
         "expected APP or ORG/SPACE/APP; wildcards are only allowed under ignore and expect; "
         'did you mean "ORG/ops/b"?')],
    ),
    "a wildcard among the policies": (
        HEAD + '  - {source: a, destination: "b*"}\n',
        [('4:30: E204 invalid app name: "b*"; '
         "expected APP or ORG/SPACE/APP; wildcards are only allowed under ignore and expect")],
    ),
    "an app by its GUID that may not exist": (
        HEAD + "  - {source: {guid: g, pending: true}, destination: b}\n",
        ['4:24: E201 unknown key: "pending"; expected guid'],
    ),
    "an app by name and by GUID": (
        HEAD + "  - {source: {app: a, guid: g}, destination: b}\n",
        ['4:23: E201 unknown key: "guid"; expected app, space or pending'],
    ),
    "a number as a GUID": (
        HEAD + "  - {source: {guid: 1e5}, destination: b}\n",
        ['4:21: E206 invalid GUID: 1e5; expected the GUID of an app; did you mean "1e5"?'],
    ),
    "a name with NUL in it": (
        HEAD + '  - {source: "a\\0", destination: b}\n',
        [('4:14: E204 invalid app name: "a\x00"; '
         "expected APP or ORG/SPACE/APP; wildcards are only allowed under ignore and expect")],
    ),
    "an empty list of sources": (
        HEAD + "  - {source: [], destination: b}\n",
        ["4:14: E210 too few or too many items: a list of apps with 0; expected at least 1"],
    ),
    "an ignored policy without conditions": (
        "version: 1\npolicies: []\nignore:\n  - protocol: udp\n",
        ["4:5: E202 missing key: a mapping without source or destination"],
    ),
    "a duplicate policy": (
        HEAD + "  - {source: a, destination: b}\n  - {source: a, destination: shop/web/b, ports: [80, 8080]}\n",
        ["5:54: E301 policy declared twice: shop/web/a to shop/web/b, tcp 8080; the other one is at f.yml:4:5"],
    ),
    "a policy declared twice by two entries with lists": (
        HEAD + "  - {source: [a, b], destination: [c, d]}\n  - {source: [d, b], destination: d}\n",
        ["5:18: E301 policy declared twice: shop/web/b to shop/web/d, tcp 8080; the other one is at f.yml:4:39"],
    ),
    "a policy declared twice by one entry with a list": (
        HEAD + "  - {source: &some [a, b], destination: c}\n  - {source: *some, destination: c}\n",
        [
            "5:5: E301 policy declared twice: shop/web/a to shop/web/c, tcp 8080; the other one is at f.yml:4:21",
            "5:5: E301 policy declared twice: shop/web/b to shop/web/c, tcp 8080; the other one is at f.yml:4:24",
        ],
    ),
    "a duplicate app in a list": (
        HEAD + "  - {source: [a, b, {app: a}], destination: b}\n",
        ["4:21: E305 listed twice: shop/web/a; the other one is at f.yml:4:15"],
    ),
    "a policy both declared and ignored": (
        HEAD + '  - {source: a, destination: shop/ops/log}\nignore:\n  - destination: "shop/ops/*"\n',
        [("4:5: E302 policy both declared and ignored: shop/web/a to shop/ops/log, tcp 8080; "
         "the other one is at f.yml:6:5")],
    ),
    "an entry that expands to a million policies": (
        HEAD + f"  - {{source: [{', '.join(f'a{n}' for n in range(1000))}], destination: b, ports: "
        f"[{', '.join(map(str, range(1, 1001)))}]}}\n  - {{source: b, destination: c}}\n",
        [("4:5: E304 too many policies: an entry that expands to 1,000,000 policies; "
         "expected at most 500,000 policies in total")],
    ),
    "a second entry that exceeds the remaining limit": (
        HEAD + "  - {source: a, destination: b}\n"
        f"  - {{source: {[f'a{n}' for n in range(1000)]}, destination: {[f'b{n}' for n in range(500)]}}}\n"
        "  - {source: b, destination: c}\n",
        [("5:5: E304 too many policies: an entry that expands to 500,000 policies; "
         "expected at most 500,000 policies in total")],
    ),
    "a key of excessive length": (
        f"version: 1\npolicies: []\n? {'k' * 10_000}\n: []\n",
        [(f'3:3: E201 unknown key: "{"k" * 59}…"; expected version, space, owns, complete, policies, ignore, expect '
          'or lint')],
    ),
    "a key in capitals": (
        "version: 1\nPOLICIES: []\n",
        [('2:1: E201 unknown key: "POLICIES"; expected version, space, owns, complete, policies, ignore, expect '
         'or lint; did you mean "policies"?')],
    ),
    "a thousand and one ignored policies": (
        "version: 1\npolicies: []\nignore:\n" + "  - source: a\n" * 1001,
        [("4:3: E210 too few or too many items: a list of policies to ignore with 1001; "
         "expected at most 1000")],
    ),
    "a thousand ignored policies": ("version: 1\npolicies: []\nignore:\n" + "  - source: a\n" * 1000, []),
    "a variable without a value": (
        HEAD + "  - {source: ((app)), destination: b}\n",
        [("4:14: E114 variable without a value: ((app)); "
         "expected --var app=VALUE, a --vars-file or CFNET_VAR_app")],
    ),
    "faults in many places": (
        "version: 1\nspace: web\npolicies:\n  - source: a\n    destination:\n    prots: 80\n  - b\n",
        [
            '2:8: E205 invalid space name: "web"; expected ORG/SPACE; did you mean "ORG/web"?',
            ("5:17: E204 invalid app name: nothing; expected APP, ORG/SPACE/APP, {app: APP, space: SPACE} or "
            "{guid: GUID}, or a list of these"),
            ('6:5: E201 unknown key: "prots"; expected source, destination, protocol, ports, pending or lint; '
            'did you mean "ports"?'),
            '7:5: E203 wrong kind of value: "b"; expected a policy: source, destination, protocol, ports',
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), BAD.values(), ids=BAD)
def test_reports_every_fault(text: str, expected: list[str]) -> None:
    """All faults of a document in one run, each with its position, the value found and what was expected."""
    assert faults(text) == expected


def test_omits_faults_after_a_thousand() -> None:
    """A document that is wrong throughout would flood its reader."""
    found = faults("version: 1\npolicies:\n" + "  - x\n" * 5000)
    assert len(found) == 1001
    assert found[-1] == "1002:5: E118 too many faults: the rest are omitted"


class TestSeveralFiles:
    """Several files are one desired state."""

    def test_several_files_are_loaded_together(self) -> None:
        """Each file has its own space and owned spaces."""
        one = DocumentSource("one.yml", b"version: 1\nspace: shop/web\npolicies: [{source: a, destination: b}]\n")
        two = DocumentSource("two.yml", b"version: 1\nspace: shop/ops\npolicies: [{source: a, destination: b}]\n")
        result = load([one, two])
        assert result.faults == ()
        assert [str(policy) for policy in result.declared] == [
            "shop/web/a to shop/web/b, tcp 8080",
            "shop/ops/a to shop/ops/b, tcp 8080",
        ]

    def test_two_files_cannot_declare_the_same_policy(self) -> None:
        """The fault names both places."""
        one = DocumentSource("one.yml", b"version: 1\nspace: shop/web\npolicies: [{source: a, destination: b}]\n")
        two = DocumentSource("two.yml", b"version: 1\npolicies:\n- source: shop/web/a\n  destination: shop/web/b\n")
        assert [str(fault) for fault in load([one, two]).faults] == [
            (
                "two.yml:3:3: E301 policy declared twice: shop/web/a to shop/web/b, tcp 8080; "
                "the other one is at one.yml:3:12"
            )
        ]

    def test_a_file_cannot_ignore_what_another_declares(self) -> None:
        """What one file ignores is ignored in all."""
        one = DocumentSource("one.yml", b"version: 1\nspace: shop/web\npolicies: [{source: a, destination: b}]\n")
        two = DocumentSource("two.yml", b"version: 1\npolicies: []\nignore:\n- source: shop/*/a\n")
        assert [str(fault) for fault in load([one, two]).faults] == [
            (
                "one.yml:3:12: E302 policy both declared and ignored: shop/web/a to shop/web/b, tcp 8080; "
                "the other one is at two.yml:4:3"
            )
        ]

    def test_faults_of_all_files_are_reported_in_one_run(self) -> None:
        """Invalid YAML does not hide the faults of the next file."""
        found = load(
            [DocumentSource("one.yml", b"a: [1"), DocumentSource("two.yml", b"version: 3\npolicies: []\n")]
        ).faults
        assert [(fault.place.file, fault.code.id) for fault in found] == [("one.yml", "E106"), ("two.yml", "E209")]


class TestTheTargetedSpace:
    """Names without a space are in the targeted space."""

    TEXT = b"version: 1\npolicies:\n  - {source: a, destination: {app: b, space: ops}}\n"

    def test_completes_names_with_the_targeted_space(self) -> None:
        """The document also owns it."""
        result = load([DocumentSource("f.yml", self.TEXT)], targeted=SpaceName("shop", "web"))
        assert [str(policy) for policy in result.declared] == ["shop/web/a to shop/ops/b, tcp 8080"]
        assert result.documents[0].owns == (Owned(SpaceName("shop", "web"), (), Place("f.yml", 1, 1)),)

    def test_validation_does_not_need_a_targeted_space(self) -> None:
        """Names stay incomplete."""
        result = load([DocumentSource("f.yml", self.TEXT)])
        assert result.faults == ()
        assert list(result.declared) == [
            Named(AppName(None, None, "a"), AppName(None, "ops", "b"), Protocol.TCP, Ports(8080, 8080))
        ]
        assert result.documents[0].owns is None


class TestIgnoring:
    """Policies that are managed elsewhere."""

    @pytest.mark.parametrize(
        ("ignored", "found"),
        [
            ("source: front*", True),
            ("source: shop/WEB/Front*", True),
            ("source: shop/web/*", True),
            ("source: shop/*/frontend", True),
            ('source: "*/*/*"', True),
            ("source: {app: front*}", True),
            ("source: {app: front*, space: shop/web}", True),
            ("source: {app: front*, space: ops}", False),
            ("source: front", False),
            ("source: shop/ops/*", False),
            ("source: [x, frontend]", True),
            ("{source: frontend, destination: backend}", True),
            ("{source: frontend, destination: other}", False),
            ("{source: frontend, protocol: udp}", False),
            ("{source: frontend, protocol: tcp}", True),
            ("{source: frontend, ports: [1, 8080]}", True),
            ("{source: frontend, ports: 8000-9000}", False),
            ("source: {guid: frontend}", False),
        ],
    )
    def test_ignores_by_pattern(self, ignored: str, found: bool) -> None:  # noqa: FBT001 - a column of the table
        """A * matches any part of one name; protocol and ports, if given, must be equal."""
        text = f"{HEAD}  - {{source: frontend, destination: backend}}\nignore:\n  - {ignored}\n"
        assert [fault.code.id for fault in loaded(text).faults] == (["E302"] if found else [])


@pytest.mark.parametrize(
    "entry",
    [
        "- <<: *a\n    protocol: tcp\n    ports: 9090",
        "- <<: *a",
        "- <<: [*a]\n    ports: 1",
        "- source: x\n    destination:\n      <<: *a",
        "- source: x\n    destination: y\n    <<: *a",
    ],
)
def test_a_merge_key_is_one_fault(entry: str) -> None:
    """Keys that it may provide are not reported as missing."""
    found = faults(f"{HEAD}  - &a {{source: a, destination: b}}\n  {entry}\n")
    assert [each.split(" ")[1] for each in found] == ["E113"]


def test_a_merge_key_at_the_top_is_one_fault() -> None:
    """There it may provide the required keys, too."""
    assert [each.split(" ")[1] for each in faults("<<: {version: 1, policies: []}\nspace: a/b\n")] == ["E113"]


def test_an_invisible_blank_is_one_fault() -> None:
    """A key with one is otherwise known; a name with one is not reported as invalid as well."""
    found = faults(f"{HEAD}  - source: a\xa0\n    destination\u200b: b\n")
    assert [each.split(" ")[1] for each in found] == ["E119", "E119"]
    assert found[0] == (
        '4:13: E119 invisible character: U+00A0 (NO-BREAK SPACE) in "a\xa0"; expected visible characters'
    )


def test_an_invisible_blank_in_a_value_of_a_variable_is_a_fault() -> None:
    """It is reported at the variable."""
    found = faults(f"{HEAD}  - source: ((app))\n    destination: b\n", app="a\u200b")
    assert [each.split(" ")[:2] for each in found] == [["4:13:", "E119"]]


_ODD_PORTS = [
    *("9022:22", "9022-22", "22:9022", "80,80", "80, 80-80", "1,2,1", "9:8,7", "0x50", "8080.0", "1e9", "99999-1"),
    *(f"{first}{mark}{last}" for first in ("1", "90", "65535", "65536") for mark in "-:/,." for last in ("2", "90")),
]


@pytest.mark.parametrize("shape", ["ports: {}", "ports: [{}]", 'ports: "{}"', 'ports: [443, "{}"]'])
@pytest.mark.parametrize("ports", _ODD_PORTS)
def test_a_suggestion_for_ports_is_accepted(ports: str, shape: str) -> None:
    """Whoever follows it has valid ports."""
    for fault in loaded(f"{HEAD}  - {{source: a, destination: b, {shape.format(ports)}}}\n").faults:
        if fault.guess:
            mended = f"ports: [{fault.guess}]" if "[" in shape else f"ports: {fault.guess}"
            assert faults(f"{HEAD}  - {{source: a, destination: b, {mended}}}\n") == []


@pytest.mark.parametrize("name", ["a/b", "a/", "/b", "/", "a\x7f/b", "a/b*"])
@pytest.mark.parametrize("key", ["source", "space", "owns"])
def test_a_suggestion_for_a_name_has_a_valid_form(name: str, key: str) -> None:
    """Adding an org does not fix an empty part or a control character."""

    def text(value: str) -> str:
        named = {"source": "a", "space": '"a/b"', "owns": '"a/b"', key: value}
        return (
            f"version: 1\nspace: {named['space']}\nowns: [{named['owns']}]\n"
            f"policies: [{{source: {named['source']}, destination: b}}]\n"
        )

    for fault in loaded(text(f'"{name}"'.replace("\x7f", "\\x7f"))).faults:
        if fault.guess:
            assert [each for each in faults(text(fault.guess)) if " E20" in each] == []


OWNS = "owns: [{{space: a/b, apps: [{}]}}]"


def _owners(*heads: str) -> list[str]:
    sources = [
        DocumentSource(f"{number}.yml", f"version: 1\n{head}\npolicies: []\n".encode())
        for number, head in enumerate(heads)
    ]
    return [str(fault) for fault in load(sources).faults]


def test_owning_a_space_and_its_apps() -> None:
    """Possible within one document; another document cannot own other apps of that space."""
    (found,) = _owners("owns: [{space: a/b, apps: [x]}, a/b]", OWNS.format("y"))
    assert found.startswith("1.yml:2:8: E306 space owned by two documents: a/b; the other one is at 0.yml:2:33;")


def test_the_number_of_owned_apps_of_a_space_is_limited() -> None:
    """Over all documents, because each is compared with all others."""
    many = [OWNS.format(", ".join(f"{letter}{number}" for number in range(101))) for letter in "xy"]
    assert _owners(many[0]) == []
    assert _owners(*many) == [
        (
            "1.yml:2:8: E210 too few or too many items: 202 apps of a/b; expected at most 200 apps per space in all "
            "documents"
        )
    ]


@pytest.mark.parametrize(
    ("heads", "places"),
    [
        (["space: a/b", "space: a/b"], ["1.yml:2:8"]),
        (["space: a/b", "owns: [c/d, A/B]"], ["1.yml:2:13"]),
        (["owns: [a/b]", "owns: [a/b]", "owns: [a/b]"], ["1.yml:2:8", "2.yml:2:8"]),
        (["space: a/b", "space: a/b\nowns: []"], []),
        (["space: a/b", "space: a/c"], []),
        ([OWNS.format('"pay-*"'), "owns: [a/b]"], ["1.yml:2:8"]),
        ([OWNS.format('"pay-*"'), OWNS.format("web, PAY-x")], ["1.yml:2:8"]),
        ([OWNS.format('"pay-*"'), OWNS.format('"*-x"')], ["1.yml:2:8"]),
        ([OWNS.format('"pay-*"'), OWNS.format('web, "shop-*"')], []),
    ],
    ids=[
        "by default",
        "in other capitals",
        "by three",
        "by one of two",
        "two spaces",
        "apps and their space",
        "an app by its name",
        "an app that may come",
        "other apps",
    ],
)
def test_a_space_has_one_owner(heads: list[str], places: list[str]) -> None:
    """Two documents that own one space would undo each other; the fault shows both places."""
    found = _owners(*heads)
    assert [each.partition(": ")[0] for each in found] == places
    assert all(
        "E306 space owned by two documents" in each and "the other one is at 0.yml:2:8" in each for each in found
    )
