"""`cfnet report`: a planned change as one file."""

import re
from pathlib import Path

import pytest

from tests.cli.document_world import API, DB, DECLARED, WEB, sent, with_policies
from tests.conftest import Cfnet, Ran, Served
from tests.policies import policy

pytestmark = pytest.mark.usefixtures("folder")


def report(cfnet: Cfnet, served: Served, *words: str) -> Ran:
    """Run `report` on the served sandbox, in process."""
    words = ("report", "policies.yml", *words)
    return cfnet(*words, variables={"CFNET_SANDBOX": "1"}, embedded=served.foundation)


HEAD = """\
# Network policies: a planned change

- Foundation: http\\://sandbox
- Made: DATE UTC, by admin, with cfnet VERSION
- Documents: policies.yml
- Removes undeclared policies: yes (--prune)

## Summary

1 to add, 1 to remove, 1 as declared.

On 2 of 2 cells: 3 rules to add, 2 to remove. 0 cells are unchanged.

## Policies

| change | source | destination | ports | declared at |
| --- | --- | --- | --- | --- |
| added | demo/dev/api | demo/dev/db | tcp 5432 | policies.yml:6 |
| removed | demo/dev/web | demo/dev/db | tcp 8080 |  |

## Who may call whom

```mermaid
flowchart LR
  subgraph org0["demo"]
  subgraph space1["dev"]
    app1["api"]
    app2["db"]
    app3["web"]
  end
  end
  app1 -->|"+tcp 5432"| app2
  app3 -->|"tcp 8080"| app1
  app3 -->|"-tcp 8080"| app2
  linkStyle 0 stroke:#1a7f37,stroke-width:2px,color:#1a7f37
  linkStyle 2 stroke:#cf222e,stroke-width:2px,color:#cf222e,stroke-dasharray:5 4
```

## Quotas and tags

- No app would exceed its policy quota.
- No tag moves to another app.

## Rules on the cells

"""


def test_markdown(served: Served, cfnet: Cfnet) -> None:
    """For a text ticket: policies, graph, quotas, tags, and the rules of each cell. Nothing is sent."""
    with_policies(served, DECLARED[0], policy(WEB, DB))
    ran = report(cfnet, served, "--prune", "--format", "markdown")
    assert (ran.exit, ran.stderr) == (0, "")
    made = re.compile(r"(?<=- Made: )[-0-9: ]+ UTC, by admin, with cfnet \S+")
    text = made.sub("DATE UTC, by admin, with cfnet VERSION", ran.stdout.replace("\\-", "-"), count=1)
    assert text[: len(HEAD)] == HEAD
    assert f"@@ demo/dev/api ({API}) to demo/dev/db ({DB}) @@\n+ " in ran.stdout
    assert sent(served) == []


def test_html(served: Served, cfnet: Cfnet) -> None:
    """The same as a self-contained page."""
    with_policies(served, DECLARED[0], policy(WEB, DB))
    ran = report(cfnet, served, "--prune")
    assert (ran.exit, ran.stderr) == (0, "")
    assert '<tr class="added"><td>added</td><td>demo/dev/api</td><td>demo/dev/db</td><td>tcp 5432</td>' in ran.stdout
    assert '<span class="added">+ ' in ran.stdout
    assert "<svg " in ran.stdout


def test_a_report_without_changes_says_so(served: Served, cfnet: Cfnet) -> None:
    """Still exit 0."""
    with_policies(served, *DECLARED)
    output = report(cfnet, served, "--format", "markdown").stdout
    assert "Nothing would change." in output
    assert "No rule changes. 2 cells are unchanged." in output
    assert "mermaid" not in output
    assert "<p>Nothing would change.</p>" in report(cfnet, served).stdout


def test_an_exceeded_quota_is_reported(served: Served, cfnet: Cfnet) -> None:
    """For each app, source or destination."""
    with_policies(served, policy(API, WEB), policy(API, WEB, "1"))
    output = report(cfnet, served, "--format", "markdown", "--quota", "2").stdout
    assert "- demo/dev/api would have 3 policies; without network.admin the server allows 2 per app.\n" in output


def test_the_foundation_or_snapshot_is_named(cfnet: Cfnet, served: Served, tmp_path: Path) -> None:
    """The ticket then says where to make the change."""
    variables = with_policies(served, *DECLARED).home(tmp_path)
    output = cfnet("report", "policies.yml", "--format", "markdown", variables=variables).stdout
    assert f"- Foundation: {served.url.replace('://', chr(92) + '://')}\n" in output
