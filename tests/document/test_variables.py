"""`((name))`: values provided when a document is read."""

import pytest

from cfnet.document.faults import FaultReport
from cfnet.document.loading import DocumentSource, load
from cfnet.document.variables import VariableValues, from_environment, from_file

TEXT = b"""\
version: 1
space: ((org))/web
policies:
  - source: "((app))-((color))"
    destination: ((app))
    protocol: ((protocol))
    ports: ((ports))
"""


def test_variables_are_replaced() -> None:
    """In texts with and without quotes, whole or in part, and for ports."""
    values = {"org": "shop", "app": "api", "color": "green", "protocol": "udp", "ports": "9000-9010"}
    loaded = load([DocumentSource("f.yml", TEXT)], values)
    assert loaded.faults == ()
    assert [str(policy) for policy in loaded.declared] == ["shop/web/api-green to shop/web/api, udp 9000-9010"]


def test_values_are_not_expanded_again() -> None:
    """Not even if they look like a variable or like YAML."""
    text = DocumentSource("f.yml", b'version: 1\nspace: o/s\npolicies: [{source: ((a)), destination: "((b))"}]')
    loaded = load([text], {"a": "((b))", "b": "[x]"})
    assert [str(policy) for policy in loaded.declared] == ["o/s/((b)) to o/s/[x], tcp 8080"]


def test_replaced_values_are_checked() -> None:
    loaded = load(
        [DocumentSource("f.yml", TEXT)], {"org": "", "app": "a", "color": "x", "protocol": "TCP", "ports": "0x50"}
    )
    assert [(str(fault.place), fault.code.id) for fault in loaded.faults] == [
        ("f.yml:2:8", "E205"),
        ("f.yml:6:15", "E207"),
        ("f.yml:7:12", "E208"),
    ]


def test_all_variables_without_a_value_are_reported() -> None:
    """Once at each place, with a similar name."""
    loaded = load([DocumentSource("f.yml", TEXT)], {"colour": "green"})
    assert [(fault.place.line, fault.found, fault.guess) for fault in loaded.faults] == [
        (2, "((org))", ""),
        (4, "((app))", ""),
        (4, "((color))", "((colour))"),
        (5, "((app))", ""),
        (6, "((protocol))", ""),
        (7, "((ports))", ""),
    ]


def test_values_from_the_environment() -> None:
    """`CFNET_VAR_name` gives `name` its value."""
    assert from_environment({"CFNET_VAR_app": "a", "CFNET_VAR_": "x", "HOME": "/"}) == {"app": "a", "": "x"}


def test_values_from_a_file() -> None:
    """A YAML mapping; numbers and booleans are used as written."""
    report = FaultReport()
    assert from_file(b"app: a\nports: 8_080\non: yes\n", "v.yml", report) == {"app": "a", "ports": "8_080"}
    assert [str(fault) for fault in report.faults] == ["v.yml:3:1: E115 invalid key: on; expected a name"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"- a", "v.yml:1:1: E203 wrong kind of value: a list; expected a mapping of variables to values"),
        (
            b"a: [b]",
            "v.yml:1:4: E117 invalid variable value: a list; expected a text or number for ((a))",
        ),
        (
            b"a:",
            "v.yml:1:3: E117 invalid variable value: nothing; expected a text or number for ((a))",
        ),
    ],
)
def test_values_in_a_file_are_scalars(text: bytes, fault: str) -> None:
    """Lists and mappings are refused."""
    report = FaultReport()
    assert from_file(text, "v.yml", report) == {}
    assert [str(each) for each in report.faults] == [fault]


@pytest.mark.parametrize(
    ("environment", "name", "value"),
    [
        ({"CFNET_VAR_DNS_PORT": "53"}, "dns-port", "53"),
        ({"CFNET_VAR_dns_port": "53"}, "dns-port", "53"),
        ({"CFNET_VAR_DNS_PORT": "53"}, "dns.port", "53"),
        ({"CFNET_VAR_DNS_PORT": "53"}, "DNS_PORT", "53"),
        ({"CFNET_VAR_DNS_PORT": "53", "CFNET_VAR_dns-port": "54"}, "dns-port", "54"),
        ({"CFNET_VAR_DNS_PORT": "53", "CFNET_VAR_dns_port": "54"}, "dns-port", "54"),
        ({"CFNET_VAR_DNSPORT": "53"}, "dns-port", None),
    ],
)
def test_names_that_shells_cannot_export_have_an_alternative_spelling(
    environment: dict[str, str], name: str, value: str | None
) -> None:
    """Shells cannot export a dash or a dot; the exact name takes precedence."""
    assert VariableValues(environment).get(name) == value


def test_an_explicit_name_takes_precedence_over_the_alternative_spelling() -> None:
    """In a file or an option the name is exact; the alternative spelling does not apply."""
    values = VariableValues({"CFNET_VAR_DNS_PORT": "53"})
    values["dns-port"] = "54"
    values["HTTP_PORT"] = "80"
    assert (values.get("dns-port"), values.get("http-port")) == ("54", None)
