"""Compare cfnet with recorded output of the real `cf`: `golden_cf/commands.json`, byte for byte."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Cfnet, Served
from tests.worlds import GOLDEN_CF

CASES: list[dict[str, Any]] = json.loads((GOLDEN_CF / "commands.json").read_text(encoding="utf-8"))

SESSIONS: dict[str, dict[str, object]] = {
    "as after a login, org and space targeted": {},
    "logged out": {"AccessToken": "", "RefreshToken": ""},
    "no org targeted": {
        "OrganizationFields": {"GUID": "", "Name": ""},
        "SpaceFields": {"GUID": "", "Name": "", "AllowSSH": False},
    },
    "no space targeted": {"SpaceFields": {"GUID": "", "Name": "", "AllowSSH": False}},
}

BEYOND_CF = (
    """\
   cfnet network-policies [--source SOURCE_APP] [--destination DESTINATION_APP] [--json]
   cfnet network-policies --all [--json]
   cfnet network-policies --from DIR [--source SOURCE_APP] [--destination DESTINATION_APP] [--json]
""",
    """\
   --destination Destination app to filter results by, with sources in any space
   --all         List the policies of every space that you can see
   --from        List all policies of this snapshot, instead of the live foundation
   --format      Output format: text or json (Default: text)
   --json        Same as --format json
""",
    """\
GLOBAL OPTIONS:
   --sandbox       Use the embedded foundation (or set CFNET_SANDBOX=1)
   -q, --quiet     Suppress notes about unknown or omitted data
   -v, --verbose   Show requests and responses, with secrets redacted
   --no-wait       Fail instead of waiting when a server is busy
   --debug         Show tracebacks of internal errors
   -h, --help      Show this help

EXIT CODES:
   0   Success
   1   Failure

""",
    "   copy-network-policies, diff, export, graph\n",
    "   apply, copy-network-policies, trace\n",
    "   ('apps' is a command of cf)\n",
)
"""Lines and sections of cfnet's help that `cf` does not have."""


def without_our_lines(text: str) -> str:
    """`text` without the help for what only cfnet has."""
    for lines in BEYOND_CF:
        text = text.replace(lines, "", 1)
    return text


def case_id(case: dict[str, Any]) -> str:
    """A readable id for a case."""
    colour = " coloured" if case["env"] else ""
    return f"{' '.join(case['args'])}{colour}, {case['user']}, {case['session']}"


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_output_equals_that_of_cf(case: dict[str, Any], served_cf_world: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Same text, streams and exit code; on success never more requests than `cf`."""
    foundation = served_cf_world.foundation
    if case["session"] == "access token expired, refresh token revoked":
        expired = foundation.sign_in(case["user"], seconds=-60, base=served_cf_world.url)
        foundation.revoke_refresh_tokens(case["user"])
        session: dict[str, object] = {"AccessToken": f"bearer {expired.access}", "RefreshToken": expired.refresh}
    else:
        session = SESSIONS[case["session"]]
    variables = served_cf_world.home(tmp_path, case["user"], **session) | case["env"]
    ran = cfnet(*case["args"], variables=variables)
    assert (without_our_lines(ran.stdout), ran.stderr, ran.exit) == (case["stdout"], case["stderr"], case["exit"])
    if ran.exit == 0:
        assert len(served_cf_world.asked) <= case["cf_requests"]
