"""The grammar of policy documents: the only definition of their keys and the forms of their values."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from cfnet.document.faults import Code
from cfnet.document.forms import Either, Form, Key, Many, MappingForm, OneWord, TextForm, Truth, Whole
from cfnet.document.lint_section import LintId
from cfnet.policy import Protocol
from cfnet.policy.invisible import INVISIBLE_CLASS
from cfnet.policy.ports import HIGHEST, LOWEST

MOST_IGNORED: Final = 1000
"""Maximum entries under `ignore`; each is compared with every policy."""
MOST_EXPECTED: Final = 1000
"""Maximum entries under `expect`; each is compared with every policy."""
MOST_PATTERNS: Final = 100
"""Maximum items of a list of patterns or networks under `lint`."""
MOST_OWNED: Final = 200
"""Maximum apps per space under `owns`, in all documents of a run; each is compared with those of other documents."""

_CONTROL = rf"\x00-\x1f\x7f-\x9f{INVISIBLE_CLASS}"
_ANY = rf"[^{_CONTROL}]+"
_PART = rf"[^/{_CONTROL}]+"
_NAME = rf"[^/*{_CONTROL}]+"
_PORT = "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"

_LONGEST_PORTS = 100


def whole(pattern: str) -> str:
    """Anchor `pattern` the same way for Python and JavaScript: Python's `$` also matches before a final newline."""
    return rf"^{pattern}$(?!\n)"


def ports_meant(text: str) -> str:
    """Return the ports that `text` most likely stands for, or an empty string if unclear."""
    if len(text) > _LONGEST_PORTS:
        return ""
    plain = re.sub(r"[\s_]", "", text)
    if re.fullmatch(r"0[xX][0-9a-fA-F]+|0o[0-7]+|0b[01]+", plain):
        plain = str(int(plain, 0))
    elif re.fullmatch(r"[0-9]+(?:\.0*)?(?:[eE]\+?[0-9])?", plain):
        plain = str(int(float(plain)))
    plain = re.sub(r"\.{2,}|[:/–—]", "-", plain)  # noqa: RUF001 - dashes that an editor made of a hyphen
    parts = list(dict.fromkeys(re.sub(r"^([0-9]+)-\1$", r"\1", part) for part in plain.split(",") if part))
    if not parts or not all(map(_is_ports, parts)):
        return ""
    return parts[0] if len(parts) == 1 else f"[{', '.join(parts)}]"


def _one_ports_meant(text: str) -> str:
    """Like `ports_meant`, for a list item, which cannot be a list itself."""
    guess = ports_meant(text)
    return "" if guess.startswith("[") else guess


def _is_ports(text: str) -> bool:
    """Whether `text` is a port or a valid range."""
    start, _, end = text.partition("-")
    return bool(re.fullmatch(rf"{_PORT}(?:-{_PORT})?", text)) and int(start) <= int(end or start)


def _app_meant(text: str) -> str:
    return f'"ORG/{text}"' if text.count("/") == 1 and "*" not in text else ""


def _space_meant(text: str) -> str:
    return f'"ORG/{text}"' if text and "/" not in text else ""


_PORTS_EXPECTED = f"a port from {LOWEST} to {HIGHEST}, or a range such as 9000-9010"


def _port_forms(meant: Callable[[str], str]) -> tuple[Form, ...]:
    return (
        Whole(Code.BAD_PORTS, _PORTS_EXPECTED, LOWEST, HIGHEST, meant),
        TextForm(Code.BAD_PORTS, _PORTS_EXPECTED, whole(f"{_PORT}(?:-{_PORT})?"), meant),
    )


_ONE_PORTS = Either(Code.BAD_PORTS, _PORTS_EXPECTED, _port_forms(_one_ports_meant), "port")
PORTS = Either(
    Code.BAD_PORTS,
    f"{_PORTS_EXPECTED}, or a list of these",
    (*_port_forms(ports_meant), Many("a list of ports", _ONE_PORTS, least=1)),
    "ports",
)

_GUID = TextForm(Code.BAD_GUID, "the GUID of an app", whole(rf"[^{_CONTROL}]{{1,255}}"))
_SPACE_OF_APP = TextForm(Code.BAD_SPACE, "SPACE or ORG/SPACE", whole(f"{_PART}(?:/{_PART})?"))
_PLACE = TextForm(Code.BAD_SPACE, "the name of a space or an org", whole(_ANY))
_SPACE = TextForm(Code.BAD_SPACE, "ORG/SPACE", whole(f"{_PART}/{_PART}"), _space_meant)
_OWNED_APP = TextForm(Code.BAD_APP, "the name of an app, optionally with *", whole(rf"[^{_CONTROL}]{{1,255}}"))


_PENDING = "Whether the app may not exist yet; while it does not, its policies are skipped. Default: false."


def _app_forms(bare: TextForm, name: TextForm, more: Mapping[str, Key]) -> tuple[Form, ...]:
    by_name = MappingForm(
        "an app by its name",
        {
            "app": Key(name, "The app's name.", required=True),
            "space": Key(_SPACE_OF_APP, "SPACE in the document's org, or ORG/SPACE; default: the document's space."),
            **more,
        },
    )
    by_place = MappingForm(
        "an app by its name, space and org",
        {
            "app": Key(name, "The app's name.", required=True),
            "space": Key(_PLACE, "The name of the space; may contain slashes.", required=True),
            "org": Key(_PLACE, "The name of the org; may contain slashes.", required=True),
            **more,
        },
    )
    by_guid = MappingForm("an app by its GUID", {"guid": Key(_GUID, "The app's GUID.", required=True)})
    return bare, by_name, by_place, by_guid


def _apps(expected: str, bare: TextForm, name: TextForm, suffix: str, more: Mapping[str, Key]) -> Either:
    forms = _app_forms(bare, name, more)
    one = Either(Code.BAD_APP, expected, forms, f"app{suffix}")
    return Either(
        Code.BAD_APP,
        f"{expected}, or a list of these",
        (*forms, Many("a list of apps", one, least=1)),
        f"apps{suffix}",
    )


_APP_EXPECTED = "APP, ORG/SPACE/APP, {app: APP, space: SPACE} or {guid: GUID}"
APPS = _apps(
    _APP_EXPECTED,
    TextForm(
        Code.BAD_APP,
        "APP or ORG/SPACE/APP; wildcards are only allowed under ignore and expect",
        whole(f"{_NAME}(?:/{_NAME}/{_NAME})?"),
        _app_meant,
    ),
    TextForm(Code.BAD_APP, "the name of an app", whole(_ANY)),
    "",
    {"pending": Key(Truth(), _PENDING)},
)
APP_PATTERNS = _apps(
    f"{_APP_EXPECTED}, names optionally with *",
    TextForm(Code.BAD_APP, "APP or ORG/SPACE/APP, optionally with *", whole(f"{_PART}(?:/{_PART}/{_PART})?")),
    TextForm(Code.BAD_APP, "the name of an app, optionally with *", whole(_ANY)),
    "-to-ignore",
    {},
)

EXPECTED_APPS = _apps(
    f"{_APP_EXPECTED}, names optionally with *, or any",
    TextForm(Code.BAD_APP, "APP or ORG/SPACE/APP, optionally with *, or any", whole(f"{_PART}(?:/{_PART}/{_PART})?")),
    TextForm(Code.BAD_APP, "the name of an app, optionally with *", whole(_ANY)),
    "-to-expect",
    {},
)

PROTOCOL = OneWord(Code.BAD_PROTOCOL, tuple(protocol.value for protocol in Protocol))

_REASON = TextForm(Code.WRONG_KIND, "a line of text", whole(_ANY))
_RULE = TextForm(
    Code.BAD_RULE,
    "an ID that 'cfnet lint --list' shows, such as L301",
    whole(f"(?:{'|'.join(rule.id for rule in LintId)})"),
    str.upper,
)
_SUPPRESSIONS = Key(
    Many(
        "a list of rules",
        Either(
            Code.BAD_RULE,
            "the ID of a rule such as L301, or {rule: L301, because: REASON}",
            (
                _RULE,
                MappingForm(
                    "a rule and the reason: rule, because",
                    {
                        "rule": Key(_RULE, "The ID of the rule.", required=True),
                        "because": Key(_REASON, "The reason."),
                    },
                ),
            ),
            "suppression",
        ),
    ),
    "Lint rules whose findings are ignored.",
)
_LINT_OF_ITEM = Key(MappingForm("lint settings: ignore", {"ignore": _SUPPRESSIONS}), "Lint settings for this item.")
_SPACE_PATTERNS = Many(
    "a list of space names",
    TextForm(Code.BAD_SPACE, "the name of a space, optionally with *", whole(_ANY)),
    most=MOST_PATTERNS,
)
_OCTET = "(?:[0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])"
_NETWORK = TextForm(
    Code.BAD_NETWORK,
    "an IPv4 network such as 10.0.16.0/20",
    whole(rf"{_OCTET}(?:\.{_OCTET}){{3}}/(?:[0-9]|[12][0-9]|3[0-2])"),
)
LINT = MappingForm(
    "lint settings: ignore, max-range, max-callers, max-usage, quota, development, production, underlay",
    {
        "ignore": _SUPPRESSIONS,
        "max-range": Key(
            Whole(Code.BAD_LIMIT, f"a number of ports from 1 to {HIGHEST}", 1, HIGHEST),
            "Maximum number of ports in a range; default: 100.",
        ),
        "max-callers": Key(
            Whole(Code.BAD_LIMIT, "a number of apps from 1 to 1000000", 1, 1_000_000),
            "Maximum number of apps that may call one app; default: 50.",
        ),
        "max-usage": Key(
            Whole(Code.BAD_LIMIT, "a percentage from 1 to 100", 1, 100),
            "Maximum usage of the quota or of the tags, in percent; default: 80.",
        ),
        "quota": Key(
            Whole(Code.BAD_LIMIT, "a number of policies from 1 to 1000000", 1, 1_000_000),
            "Policies per source app that the server allows; default: 150.",
        ),
        "development": Key(_SPACE_PATTERNS, "Names of spaces for development; * matches any text."),
        "production": Key(_SPACE_PATTERNS, "Names of spaces for production; * matches any text."),
        "underlay": Key(
            Many("a list of networks", _NETWORK, most=MOST_PATTERNS),
            "The networks of the cells, for example 10.0.16.0/20.",
        ),
    },
)

ENTRY = MappingForm(
    "a policy: source, destination, protocol, ports",
    {
        "source": Key(APPS, "The source app or apps.", required=True),
        "destination": Key(APPS, "The destination app or apps, which each source may reach.", required=True),
        "protocol": Key(PROTOCOL, "The protocol; default: tcp."),
        "ports": Key(PORTS, "A port, a range, or a list of these; default: 8080."),
        "pending": Key(
            Truth(), "Whether its apps may not exist yet; while one does not, its policies are skipped. Default: false."
        ),
        "lint": _LINT_OF_ITEM,
    },
    needs={"protocol": "ports"},
)
IGNORED = MappingForm(
    "policies to ignore: source, destination, protocol, ports",
    {
        "source": Key(APP_PATTERNS, "Only policies from these apps; * matches any text; default: any app."),
        "destination": Key(APP_PATTERNS, "Only policies to these apps; * matches any text; default: any app."),
        "protocol": Key(PROTOCOL, "Only policies with this protocol; default: any."),
        "ports": Key(PORTS, "Only policies with exactly these ports; default: any."),
    },
    one_of=("source", "destination"),
)
_EXPECTED_ENDS = {
    "source": Key(EXPECTED_APPS, "The source app or apps; * matches any text, any means all apps.", required=True),
    "destination": Key(EXPECTED_APPS, "The destination app or apps.", required=True),
    "except": Key(EXPECTED_APPS, "Excluded sources."),
}
EXPECTATION = MappingForm(
    "an expectation: allowed or denied, because",
    {
        "allowed": Key(
            MappingForm(
                "calls that must be allowed: source, destination, except, protocol, ports",
                {
                    **_EXPECTED_ENDS,
                    "protocol": Key(PROTOCOL, "Default: tcp."),
                    "ports": Key(PORTS, "A port, a range, or a list of these; default: 8080."),
                },
                needs={"protocol": "ports"},
            ),
            "Calls that must be allowed.",
        ),
        "denied": Key(
            MappingForm(
                "calls that must not be allowed: source, destination, except, protocol, ports",
                {
                    **_EXPECTED_ENDS,
                    "protocol": Key(PROTOCOL, "Default: both."),
                    "ports": Key(PORTS, "A port, a range, or a list of these; default: every port."),
                },
            ),
            "Calls that must not be allowed.",
        ),
        "because": Key(_REASON, "The reason, for error messages."),
        "lint": _LINT_OF_ITEM,
    },
    one_of=("allowed", "denied"),
)
OWNED = Either(
    Code.BAD_SPACE,
    "ORG/SPACE, or {space: ORG/SPACE, apps: [APP, ...]}",
    (
        _SPACE,
        MappingForm(
            "some apps of a space: space, apps",
            {
                "space": Key(_SPACE, "Their space, ORG/SPACE.", required=True),
                "apps": Key(
                    Many("a list of apps", _OWNED_APP, least=1, most=MOST_OWNED),
                    "The names of the apps; * matches any text.",
                    required=True,
                ),
            },
        ),
    ),
    "owned",
)
DOCUMENT = MappingForm(
    "a policy document: version, space, owns, complete, policies, ignore, expect, lint",
    {
        "version": Key(Whole(Code.BAD_VERSION, "1", 1, 1), "The version of this format.", required=True),
        "space": Key(_SPACE, "ORG/SPACE of app names without a space; default: the targeted space."),
        "owns": Key(
            Many("a list of spaces", OWNED),
            "Spaces, or apps in them, whose outgoing policies only this document manages; default: `space`, or none "
            "in a document without `policies`.",
        ),
        "complete": Key(
            Truth(),
            "Whether the export included all policies; if false, 'apply --prune' needs --force. Default: true.",
        ),
        "policies": Key(Many("a list of policies", ENTRY), "The policies that should exist."),
        "ignore": Key(
            Many("a list of policies to ignore", IGNORED, most=MOST_IGNORED),
            "Policies managed elsewhere; never removed.",
        ),
        "expect": Key(
            Many("a list of expectations", EXPECTATION, most=MOST_EXPECTED),
            "Expectations to check; used by test, diff, apply and report.",
        ),
        "lint": Key(LINT, "Lint settings; a setting other than `ignore` applies to all documents of a run."),
    },
    one_of=("policies", "expect", "lint"),
)
