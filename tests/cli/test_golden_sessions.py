"""Compare cfnet with recorded sessions of the real `cf`: `golden_cf/session.json`."""

import json
import re
from pathlib import Path
from typing import Any

import httpx  # noqa: TID253 - the browser that shows the passcode
import pytest

from tests.conftest import Ran, Served
from tests.terminal import Terminal, run
from tests.worlds import GOLDEN_CF, SESSION_WORLD

SCENARIOS: dict[str, Any] = json.loads((GOLDEN_CF / "session.json").read_text(encoding="utf-8"))


def stand_ins(served: Served) -> dict[str, str]:
    """Placeholders for values that differ from run to run."""
    page = httpx.get(f"{served.url}/passcode", auth=("dev", "dev-pass")).text
    granted = httpx.post(
        f"{served.url}/oauth/token",
        data={"grant_type": "client_credentials", "client_id": "ci", "client_secret": "ci-secret"},
    ).json()
    return {
        "@API": served.url,
        "@UAA": served.url,
        "@PASSCODE": page.removeprefix("Temporary Authentication Code: ").strip(),
        "@ASSERTION": served.foundation.sign_in("dev", base=served.url).access,
        "@CLIENT_ASSERTION": granted["access_token"],
    }


def comparable(text: str) -> str:
    """`text` without parts that may differ.

    That is: blank lines at the end, a usage after its NAME line, reasons after "Request error" and "Invalid SSL Cert",
    and the name of the program where cfnet names itself.
    """
    text = re.sub(r"^(NAME:\n.*\n)[\s\S]*", r"\1", text, flags=re.MULTILINE)
    text = re.sub(r"^(Request error|Invalid SSL Cert).*", r"\1", text, flags=re.MULTILINE)
    return re.sub(r"'cf (api|logout)'", r"'cfnet \1'", text).rstrip("\n")


def carried_out(step: dict[str, Any], words: dict[str, str], home: Path) -> Ran:
    """Run a step as a subprocess: on a terminal if something is typed, else with a pipe as stdin."""

    def meant(text: str) -> str:
        return words.get(text, text)

    variables = {"HOME": str(home), "CF_HOME": str(home), "CFNET_KEYRING": "off", **step.get("env", {})}
    arguments = [meant(argument) for argument in step["args"]]
    if "typed" not in step:
        return run(*arguments, variables=variables, stdin=step.get("stdin", ""))
    left = list(step["typed"])
    with Terminal(*arguments, variables=variables) as terminal:
        while left and terminal.answer_next(meant(left[0])):
            del left[0]
        shown = terminal.end()
    return Ran(shown.exit, shown.screen, f"left to type: {left}" if left else "")


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_session_equals_that_of_cf(name: str, served: Served, tmp_path: Path) -> None:
    """In each step: same text, streams and exit code."""
    served.foundation.load(SESSION_WORLD)
    words = stand_ins(served)
    for step in SCENARIOS[name]["steps"]:
        ran = carried_out(step, words, tmp_path)
        output = Ran(step["code"], *(step[stream].replace("@API", served.url).replace("@UAA", served.url)
                                   for stream in ("out", "err")))  # fmt: skip
        assert (step["args"], ran.exit, comparable(ran.stdout), comparable(ran.stderr)) == (
            step["args"],
            output.exit,
            comparable(output.stdout),
            comparable(output.stderr),
        )


def test_the_file_is_complete() -> None:
    assert sum(len(scenario["steps"]) for scenario in SCENARIOS.values()) == 96
