"""A document in a pipeline: subprocesses with a foundation given by environment variables."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.document_world import DB, DOCUMENT, WEB, sent, with_policies, write
from tests.conftest import Ran, Served
from tests.policies import policy


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The directory that a pipeline has checked out."""
    write(tmp_path)
    return tmp_path


def run(checkout: Path, served: Served, *words: str, **changes: str) -> Ran:
    """Run the executable there, as a service account with an empty home directory."""
    variables = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "HOME": str(checkout / "home"),
        **served.ci(),
    }
    ran = subprocess.run(
        [sys.executable, "-m", "cfnet", *words],
        cwd=checkout, env=variables | changes, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def test_a_change_is_validated_reviewed_and_applied(served: Served, checkout: Path) -> None:
    """Validate, diff as Markdown with a plan, apply the plan; afterwards no changes remain."""
    with_policies(served, policy(WEB, DB))
    assert run(checkout, served, "validate", "policies.yml") == Ran(0, "", "1 file, 2 policies, no faults.\n")
    comment = """\
### Network policies

2 to add, 1 to remove, 0 as declared.

> **Note:** This user cannot see all policies (no `network.admin`): there may be more to remove.

```diff
- demo/dev/web to demo/dev/db, tcp 8080
+ demo/dev/api to demo/dev/db, tcp 5432
+ demo/dev/web to demo/dev/api, tcp 8080
```
"""
    review = ["diff", "policies.yml", "--prune", "--format", "markdown", "--out", "plan.json"]
    kept = "Without network.admin, only policies between apps in spaces where you are a developer are listed.\n"
    kept += "'cfnet apply plan.json' applies exactly these changes, or nothing if the foundation has changed by then.\n"
    assert run(checkout, served, *review) == Ran(1, comment, kept)
    assert sent(served) == []
    applied = run(checkout, served, "apply", "plan.json", "--yes")
    assert (applied.exit, applied.stderr) == (0, "")
    assert applied.stdout.endswith("Applied 3 of 3 changes: 2 added, 1 removed.\n")
    assert sent(served) == ["add", "/delete"]
    nothing = "### Network policies\n\nNothing would change. 0 to add, 0 to remove, 2 as declared.\n"
    nothing += "\n> **Note:** This user cannot see all policies (no `network.admin`): there may be more to remove.\n"
    assert run(checkout, served, *review) == Ran(0, nothing, kept)
    assert not (checkout / "home").exists(), "a pipeline's home folder stays as it is"


def test_an_invalid_change_stops_at_the_first_step(served: Served, checkout: Path) -> None:
    """With an annotation in the pull request and without requests."""
    with_policies(served)
    write(checkout, DOCUMENT.replace("protocol: tcp", "protcol: tcp"))
    ran = run(checkout, served, "validate", "policies.yml", "--format", "github")
    assert ran.exit == 1
    assert ran.stdout.startswith("::error file=policies.yml,line=8,col=5,title=E201 unknown key::")
    assert served.asked == []


def test_wrong_credentials_are_not_a_finding(served: Served, checkout: Path) -> None:
    """Exit 4, not 1: a pipeline must not mistake it for a change."""
    ran = run(checkout, with_policies(served), "diff", "policies.yml", CF_PASSWORD="wrong")
    said = "Credentials were rejected, please try again.\nCheck CF_USERNAME and CF_PASSWORD.\n"
    assert ran == Ran(4, "", said)
