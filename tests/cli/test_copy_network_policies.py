"""`cfnet copy-network-policies`: an app gets the policies of another."""

from pathlib import Path

import pytest

from cfnet.sandbox import Settings
from tests.cli.document_world import API, DB, LOG, WEB, founded, sent
from tests.conftest import Cfnet, Ran, Served
from tests.policies import policy

THERE = (policy(WEB, API), policy(WEB, LOG, "514"), policy(DB, WEB), policy(API, API), policy(DB, API))
COPYING = "Copying network policies of app {} to app {} in org demo / space dev as admin...\n"


def test_gives_what_is_missing_in_both_directions(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """One request that reads, one that writes; a second time there is nothing to do."""
    variables = founded(served, *THERE[:4]).home(tmp_path)
    assert cfnet("copy-network-policies", "web", "api", variables=variables) == Ran(
        0,
        (
            f"{COPYING.format('web', 'api')}+ demo/dev/api to demo/ops/log, tcp 514\n"
            "+ demo/dev/db to demo/dev/api, tcp 8080\nApplied 2 of 2 changes: 2 added, 0 removed.\n"
        ),
        "",
    )
    assert [line.partition("?")[0] for line in served.asked] == [
        "GET /v3/apps",
        "GET /networking/v1/external/policies",
        "GET /v3/apps",
        "POST /networking/v1/external/policies",
    ]
    assert cfnet("copy-network-policies", "web", "api", variables=variables).stdout.endswith(
        "There is nothing to copy.\n"
    )


def test_a_rehearsal_sends_nothing(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """It shows what would be sent."""
    variables = founded(served, *THERE).home(tmp_path)
    ran = cfnet("copy-network-policies", "web", "api", "--dry-run", "--remove-old", variables=variables)
    assert ran.stdout == (
        f"{COPYING.format('web', 'api')}+ demo/dev/api to demo/ops/log, tcp 514\n"
        "- demo/dev/db to demo/dev/web, tcp 8080\n"
        "- demo/dev/web to demo/dev/api, tcp 8080\n"
        "- demo/dev/web to demo/ops/log, tcp 514\n"
        "1 to add, 3 to remove. Nothing was sent.\n"
    )
    assert sent(served) == []


def test_the_old_ones_go_after_the_new_ones_are_there(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """With --remove-old."""
    variables = founded(served, *THERE).home(tmp_path)
    ran = cfnet("copy-network-policies", "web", "api", "--remove-old", variables=variables)
    assert ran.stdout.endswith("Applied 4 of 4 changes: 1 added, 3 removed.\n")
    assert sent(served) == ["add", "/delete"]


@pytest.mark.parametrize(
    "words",
    [("WEB", "api"), ("demo/dev/web", "Demo/Dev/API"), ("web", "demo/dev/api")],
    ids=["in any case", "paths", "a name and a path"],
)
def test_apps_are_named_as_people_name_them(
    words: tuple[str, str], served: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """As in cf, or with org and space."""
    ran = cfnet("copy-network-policies", *words, "--dry-run", variables=founded(served, *THERE).home(tmp_path))
    assert ran.stdout == (
        f"{COPYING.format(*words)}+ demo/dev/api to demo/ops/log, tcp 514\n1 to add, 0 to remove. Nothing was sent.\n"
    )


def test_the_policies_of_an_app_that_is_gone(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """They stay until the policy server cleans up: by its GUID they can still be saved."""
    gone = "11111111-2222-3333-4444-555555555555"
    variables = founded(served, policy(gone, DB), policy(WEB, gone)).home(tmp_path)
    ran = cfnet("copy-network-policies", gone, "api", variables=variables)
    assert ran.stdout == (
        f"{COPYING.format(gone, 'api')}+ demo/dev/api to demo/dev/db, tcp 8080\n"
        "+ demo/dev/web to demo/dev/api, tcp 8080\nApplied 2 of 2 changes: 2 added, 0 removed.\n"
    )


@pytest.mark.parametrize(
    ("words", "stderr"),
    [
        (("nope", "api"), "App 'nope' not found.\n"),
        (("web", "nope"), "App 'nope' not found.\n"),
        (("web", "demo/dev/nope"), "App 'demo/dev/nope' not found.\n"),
        (("web", "11111111-2222-3333-4444-555555555555"), "App '11111111-2222-3333-4444-555555555555' not found.\n"),
        (("web", "demo/dev/web"), "FROM_APP and TO_APP are the same app.\n"),
        (("web", "log"), "App 'log' not found.\n"),
    ],
    ids=["no source", "no target", "no such path", "no such GUID", "one app", "an app of another space"],
)
def test_wrong_names_are_said(
    words: tuple[str, str], stderr: str, served: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """Exit 2, nothing sent."""
    ran = cfnet("copy-network-policies", *words, variables=founded(served, *THERE).home(tmp_path))
    assert ran == Ran(2, COPYING.format(*words), stderr)


def test_the_quota_is_checked_first(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Of users without network.admin; nothing is sent."""
    variables = founded(served, *(policy(WEB, DB, str(port)) for port in range(1, 5))).home(tmp_path, "dev")
    served.foundation.settings = Settings(policies_per_source=3)
    ran = cfnet("copy-network-policies", "web", "api", "--quota", "3", variables=variables)
    assert ran.exit == 3
    assert "demo/dev/api has 0, and would get 4 more. Nothing was sent." in ran.stderr
    served.foundation.settings = Settings()
    assert cfnet("copy-network-policies", "web", "api", variables=variables).exit == 0
