"""`cfnet copy-network-policies`: copy the policies of one app to another."""

from pathlib import Path

import pytest

from cfnet.sandbox import Role, Settings, User
from tests.cli.document_world import API, DB, LOG, WEB, WORLD, sent, with_policies
from tests.conftest import Cfnet, Ran, Served
from tests.policies import policy

THERE = (policy(WEB, API), policy(WEB, LOG, "514"), policy(DB, WEB), policy(API, API), policy(DB, API))
COPYING = "Copying network policies of app {} to app {} in org demo / space dev as admin...\n"


def test_adds_missing_policies_in_both_directions(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """One request to read, one to write; a second time there is nothing to do."""
    variables = with_policies(served, *THERE[:4]).home(tmp_path)
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


def test_dry_run_sends_nothing(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """It shows what would be sent."""
    variables = with_policies(served, *THERE).home(tmp_path)
    ran = cfnet("copy-network-policies", "web", "api", "--dry-run", "--remove-old", variables=variables)
    assert ran.stdout == (
        f"{COPYING.format('web', 'api')}+ demo/dev/api to demo/ops/log, tcp 514\n"
        "- demo/dev/db to demo/dev/web, tcp 8080\n"
        "- demo/dev/web to demo/dev/api, tcp 8080\n"
        "- demo/dev/web to demo/ops/log, tcp 514\n"
        "1 to add, 3 to remove. Nothing was sent.\n"
    )
    assert sent(served) == []


def test_old_policies_are_removed_after_the_new_ones_exist(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """With --remove-old."""
    variables = with_policies(served, *THERE).home(tmp_path)
    ran = cfnet("copy-network-policies", "web", "api", "--remove-old", variables=variables)
    assert ran.stdout.endswith("Applied 4 of 4 changes: 1 added, 3 removed.\n")
    assert sent(served) == ["add", "/delete"]


@pytest.mark.parametrize(
    "words",
    [("WEB", "api"), ("demo/dev/web", "Demo/Dev/API"), ("web", "demo/dev/api")],
    ids=["in any case", "paths", "a name and a path"],
)
def test_apps_can_be_named_in_every_form(words: tuple[str, str], served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """As in cf, or with org and space."""
    ran = cfnet("copy-network-policies", *words, "--dry-run", variables=with_policies(served, *THERE).home(tmp_path))
    assert ran.stdout == (
        f"{COPYING.format(*words)}+ demo/dev/api to demo/ops/log, tcp 514\n1 to add, 0 to remove. Nothing was sent.\n"
    )


def test_the_policies_of_a_deleted_app(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """They stay until the policy server's clean-up, and can be copied by the app's GUID until then."""
    gone = "11111111-2222-3333-4444-555555555555"
    variables = with_policies(served, policy(gone, DB), policy(WEB, gone)).home(tmp_path)
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
        (("web", "demo/dev/web"), "FROM_APP and TO_APP are the same app.\nSee 'cfnet help copy-network-policies'.\n"),
        (("webb", "api"), "App 'webb' not found.\nDid you mean 'web'?\n"),
    ],
    ids=["no source", "no target", "no such path", "no such GUID", "one app", "a near miss"],
)
def test_unknown_names(words: tuple[str, str], stderr: str, served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Exit 2, nothing sent."""
    ran = cfnet("copy-network-policies", *words, variables=with_policies(served, *THERE).home(tmp_path))
    assert ran == Ran(2, COPYING.format(*words), stderr)


def test_the_quota_is_checked_first(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """For users without network.admin; nothing is sent."""
    variables = with_policies(served, *(policy(WEB, DB, str(port)) for port in range(1, 5))).home(tmp_path, "dev")
    served.foundation.settings = Settings(policies_per_source=3)
    ran = cfnet("copy-network-policies", "web", "api", "--quota", "3", variables=variables)
    assert ran.exit == 3
    assert "demo/dev/api has 0 and would get 4 more. Nothing was sent." in ran.stderr
    served.foundation.settings = Settings()
    assert cfnet("copy-network-policies", "web", "api", variables=variables).exit == 0


GONE = "11111111-2222-3333-4444-555555555555"
DEVELOPED = "Without network.admin, only policies between apps in spaces where you are a developer are listed.\n"
UNSEEN = (
    "without network.admin, demo/dev/web may have policies that you cannot see. Nothing was sent.\n"
    "Ask an administrator (network.admin) to run this, or to send you 'cfnet network-policies --all'."
    " Use --force to proceed with what you can see.\n"
)


def test_a_developer_is_warned_of_invisible_policies(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """These are not copied; `-q` omits the note."""
    variables = with_policies(served, policy(WEB, API), policy(WEB, LOG)).home(tmp_path, "dev")
    rehearsed = cfnet("copy-network-policies", "web", "db", "--dry-run", "-q", variables=variables)
    assert (rehearsed.exit, rehearsed.stderr) == (0, "")
    ran = cfnet("copy-network-policies", "web", "db", variables=variables)
    assert (ran.exit, ran.stderr) == (0, DEVELOPED)
    assert ran.stdout.splitlines()[1:] == [
        "+ demo/dev/db to demo/dev/api, tcp 8080",
        "Applied 1 of 1 change: 1 added, 0 removed.",
    ]


@pytest.mark.parametrize("words", [["--remove-old"], ["--remove-old", "--dry-run"]], ids=" ".join)
def test_a_developer_cannot_remove_old_policies_by_accident(
    words: list[str], served: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """Exit 3 before anything is sent; `--force` uses the visible ones."""
    variables = with_policies(served, *THERE).home(tmp_path, "dev")
    ran = cfnet("copy-network-policies", "web", "api", *words, variables=variables)
    assert (ran.exit, ran.stderr, sent(served)) == (
        3,
        f"--remove-old requires a complete view: {UNSEEN}",
        [],
    )
    assert cfnet("copy-network-policies", "web", "api", "--force", *words, variables=variables).exit == 0


def test_a_developer_without_visible_policies_gets_an_error(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Exit 3: there may be invisible ones."""
    variables = with_policies(served, policy(WEB, LOG)).home(tmp_path, "dev")
    ran = cfnet("copy-network-policies", "web", "api", variables=variables)
    assert (ran.exit, ran.stderr) == (
        3,
        f"Nothing to copy is visible to you: {UNSEEN}",
    )
    forced = cfnet("copy-network-policies", "web", "api", "--force", variables=variables)
    assert (forced.exit, forced.stdout.endswith("There is nothing to copy.\n"), forced.stderr) == (0, True, DEVELOPED)


def test_the_policies_of_a_deleted_app_can_be_removed_without_copying(
    served: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """With --remove-old; the target app does not matter."""
    variables = with_policies(served, policy(GONE, DB), policy(WEB, GONE)).home(tmp_path)
    ran = cfnet("copy-network-policies", GONE, "api", "--remove-old", variables=variables)
    assert ran == Ran(
        0,
        f"{COPYING.format(GONE, 'api')}- {GONE} to demo/dev/db, tcp 8080\n- demo/dev/web to {GONE}, tcp 8080\n"
        "Applied 2 of 2 changes: 0 added, 2 removed.\n",
        f"{GONE} no longer exists: its policies are only removed, not copied.\n",
    )
    assert sent(served) == ["/delete"]


def test_an_invisible_app_is_not_considered_deleted(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """A user who sees all policies may not see all apps."""
    seer = User("seer", "seer", ("cloud_controller.read", "network.admin"), (Role("space_developer", "demo/dev"),))
    world = WORLD._replace(users=(*WORLD.users, seer))
    unseen = "22222222-2222-3333-4444-555555555555"
    variables = with_policies(served, policy(unseen, DB), world=world).home(tmp_path, "seer")
    ran = cfnet("copy-network-policies", unseen, "api", "--remove-old", variables=variables)
    assert (ran.exit, ran.stderr) == (
        3,
        (
            f"{unseen} is not visible to you: it may still exist. Nothing was sent.\n"
            "Ask an administrator (cloud_controller.admin) whether it does. Use --force if it was deleted.\n"
        ),
    )
