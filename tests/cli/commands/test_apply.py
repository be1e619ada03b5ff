"""`cfnet apply`: apply documents or a plan to a foundation."""

import json
from pathlib import Path

import pytest

from cfnet.policy import Policy
from cfnet.sandbox import Settings, WorldApp
from tests.cli.document_world import API, DB, DOCUMENT, LOG, WEB, WORLD, large_document, sent, with_policies, write
from tests.conftest import Cfnet, Ran, Served
from tests.policies import policy
from tests.processes import HEAVY, modules_of

pytestmark = pytest.mark.usefixtures("folder")

LINES = "+ demo/dev/api to demo/dev/db, tcp 5432\n+ demo/dev/web to demo/dev/api, tcp 8080\n"
NO_TERMINAL = "Cannot prompt: not a terminal. Nothing was sent.\nUse --yes to apply without confirmation.\n"


def test_sends_missing_policies_once(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """In a single request; a second run changes nothing."""
    variables = with_policies(served).home(tmp_path)
    applied = f"{LINES}2 to add, 0 to remove, 0 as declared.\nApplied 2 of 2 changes: 2 added, 0 removed.\n"
    assert cfnet("apply", "policies.yml", "--yes", variables=variables) == Ran(0, applied, "")
    assert sent(served) == ["add"]
    again = cfnet("apply", "policies.yml", "--yes", variables=variables)
    assert again == Ran(0, "0 to add, 0 to remove, 2 as declared.\n", "")
    assert sent(served) == ["add"]


def test_sends_nothing_without_confirmation(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Without a terminal the changes are shown, and the message asks for --yes."""
    variables = with_policies(served).home(tmp_path)
    shown = f"{LINES}2 to add, 0 to remove, 0 as declared.\n"
    assert cfnet("apply", "policies.yml", variables=variables, stdin="y\n") == Ran(3, shown, NO_TERMINAL)
    assert sent(served) == []


def test_dry_run_sends_nothing(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Not even with --yes; exit 0, because nothing was refused."""
    variables = with_policies(served).home(tmp_path)
    shown = f"{LINES}2 to add, 0 to remove, 0 as declared.\nNothing was sent.\n"
    assert cfnet("apply", "policies.yml", "--dry-run", "--yes", variables=variables) == Ran(0, shown, "")
    assert sent(served) == []


def test_adds_before_it_removes(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Only with --prune, and only owned policies."""
    variables = with_policies(served, policy(WEB, DB), policy(LOG, WEB)).home(tmp_path)
    assert cfnet("apply", "policies.yml", "--yes", variables=variables).exit == 0
    assert sent(served) == ["add"]
    served.foundation.load(WORLD._replace(policies=(policy(WEB, DB), policy(LOG, WEB))))
    served.foundation.requests.clear()
    variables = served.home(tmp_path)
    ran = cfnet("apply", "policies.yml", "--yes", "--prune", variables=variables)
    assert ran.stdout.endswith("2 to add, 1 to remove, 0 as declared.\nApplied 3 of 3 changes: 2 added, 1 removed.\n")
    assert sent(served) == ["add", "/delete"]
    listed = cfnet("export", "--all", variables=variables).stdout
    assert listed.count("source") == 3
    assert "source: demo/ops/log" in listed


@pytest.mark.parametrize(
    ("text", "there", "reason"),
    [
        (DOCUMENT, [policy(DB, WEB, str(port)) for port in range(1, 11)], "10 of 10 policies, more than a third"),
        (
            "version: 1\nspace: demo/dev\npolicies: []\n",
            [policy(DB, WEB)],
            "1 of 1 policies, and no policies are declared",
        ),
    ],
    ids=["more than a third of ten", "an empty document"],
)
def test_a_suspicious_change_is_refused(
    *,
    text: str,
    there: list[Policy],
    reason: str,
    served: Served,
    cfnet: Cfnet,
    tmp_path: Path,
) -> None:
    """Exit 3, and nothing is sent, unless forced."""
    write(tmp_path, text)
    variables = with_policies(served, *there).home(tmp_path)
    ran = cfnet("apply", "policies.yml", "--yes", "--prune", variables=variables)
    assert ran.stderr == (f"Pruning would remove {reason}. Nothing was sent.\nUse --force if this is intended.\n")
    assert (ran.exit, sent(served)) == (3, [])
    assert cfnet("apply", "policies.yml", "--yes", "--prune", "--force", variables=variables).exit == 0
    assert sent(served)[-1] == "/delete"


def test_a_plan_is_applied_as_reviewed(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Whatever the document declares by then; the second time there is nothing to do."""
    variables = with_policies(served, policy(WEB, DB)).home(tmp_path)
    cfnet("diff", "policies.yml", "--prune", "--out", "plan.json", variables=variables)
    write(tmp_path, "version: 1\nspace: demo/dev\npolicies: []\n")
    ran = cfnet("apply", "plan.json", "--yes", variables=variables)
    assert ran == Ran(
        0,
        (
            f"{LINES}- demo/dev/web to demo/dev/db, tcp 8080\n2 to add, 1 to remove.\n"
            "Applied 3 of 3 changes: 2 added, 1 removed.\n"
        ),
        "",
    )
    assert cfnet("apply", "plan.json", "--yes", variables=variables) == Ran(
        0, "0 to add, 0 to remove, 3 already done.\n", ""
    )


def test_a_plan_can_be_read_from_stdin(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    variables = with_policies(served).home(tmp_path)
    cfnet("diff", "policies.yml", "--out", "plan.json", variables=variables)
    plan = (tmp_path / "plan.json").read_text(encoding="utf-8")
    assert cfnet("apply", "-", "--yes", variables=variables, stdin=plan).exit == 0


def test_a_stale_plan_is_refused(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Changed policies, a replaced app or a different foundation: exit 3, nothing sent."""
    variables = with_policies(served).home(tmp_path)
    cfnet("diff", "policies.yml", "--out", "plan.json", variables=variables)
    changed = with_policies(served, policy(WEB, DB)).home(tmp_path)
    ran = cfnet("apply", "plan.json", "--yes", variables=changed)
    assert ran == Ran(
        3,
        "",
        "The policies of the foundation have changed since the plan was made. Nothing was sent.\n"
        "Make a new plan with 'cfnet diff --out' and review it.\n",
    )
    pushed_anew = tuple(app._replace(guid="new") if app.guid == DB else app for app in WORLD.apps)
    variables = with_policies(served, world=WORLD._replace(apps=pushed_anew)).home(tmp_path)
    ran = cfnet("apply", "plan.json", "--yes", variables=variables)
    assert (ran.exit, ran.stderr.splitlines()[0]) == (
        3, "The app demo/dev/db has changed since the plan was made. Nothing was sent."
    )  # fmt: skip
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8")) | {"foundation": "https://other"}
    write(tmp_path, json.dumps(plan), "plan.json")
    ran = cfnet("apply", "plan.json", "--yes", variables=with_policies(served).home(tmp_path))
    assert ran.exit == 3
    assert ran.stderr.startswith(
        f"The plan was made for https://other, but the target is {served.url}. Nothing was sent.\n"
    )
    assert sent(served) == []


@pytest.mark.parametrize(
    ("words", "stderr"),
    [
        (["policies.yml", "plan.json"], ("plan.json is a plan: it cannot be combined with other files.\n"
                                         "See 'cfnet help apply'.\n")),
        (["plan.json", "--prune"], "plan.json is a plan: it already lists what to remove.\nOmit --prune.\n"),
        (["half.json"], ("half.json: Not a plan file: it is not JSON\n"
                         "Make one with 'cfnet diff FILE --out PLAN.json'.\n")),
        (["latin.json"], "latin.json: Not a plan file: it is not UTF-8\n"),
        (["policies.yml", "--force"], ("--force requires --prune, or expectations in the documents\n"
                                       "See 'cfnet help apply'.\n")),
        (["no.yml"], ("no.yml:1:1: E101 file cannot be read: No such file or directory\n"
                      "1 fault in the documents. Nothing was sent.\n")),
    ],
)  # fmt: skip
def test_wrong_usage(words: list[str], stderr: str, cfnet: Cfnet, tmp_path: Path) -> None:
    """Exit 2, nothing on stdout, and no requests."""
    for name in ("plan.json", "half.json"):
        write(tmp_path, '{"format_version": 1,', name)
    (tmp_path / "latin.json").write_bytes(b'{"format_version": "\xe9"}')
    assert cfnet("apply", *words, "--yes") == Ran(2, "", stderr)


def test_the_quota_is_checked_before_anything_is_sent(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Calculated as the server does; the error names the app. A higher quota can be given."""
    write(tmp_path, DOCUMENT.replace("ports: 5432", f"ports: {list(range(1, 151))}"))
    variables = with_policies(served, policy(API, DB, "999"), policy(API, WEB)).home(tmp_path, "dev")
    ran = cfnet("apply", "policies.yml", "--yes", variables=variables)
    assert (ran.exit, ran.stderr) == (
        3,
        (
            "The quota of 150 policies for each source would be exceeded: demo/dev/api has 2 and would get 150 more."
            " Nothing was sent.\nA port range counts as one policy; network.admin has no quota."
            " Use --quota N if the foundation allows more.\n"
        ),
    )
    assert sent(served) == []
    served.foundation.settings = Settings(policies_per_source=152)
    assert cfnet("apply", "policies.yml", "--yes", "--quota", "152", variables=variables).exit == 0


def test_an_administrator_has_no_quota(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    write(tmp_path, DOCUMENT.replace("ports: 5432", f"ports: {list(range(1, 200))}"))
    assert cfnet("apply", "policies.yml", "--yes", variables=with_policies(served).home(tmp_path)).exit == 0


def test_a_lower_quota_than_expected_is_reported_by_the_server(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """If it refuses the first request nothing is done, exit 4; a later one, exit 5. The message has the next step."""
    variables = with_policies(served).home(tmp_path, "dev")
    hint = (
        "This foundation allows fewer than {} policies per source, or counts some that you cannot see."
        " With a smaller --quota N, the affected apps are listed before anything is sent.\n"
    )
    served.foundation.settings = Settings(policies_per_source=0)
    ran = cfnet("apply", "policies.yml", "--yes", variables=variables)
    output = "Applied 0 of 2 changes: 0 added, 0 removed. Then: policy quota exceeded\n"
    assert (ran.exit, ran.stderr) == (4, f"{output}{hint.format(150)}")
    text, apps = large_document(1, 250)
    write(tmp_path, text)
    with_policies(served, world=WORLD._replace(apps=apps))
    served.foundation.settings = Settings(policies_per_source=200)
    ran = cfnet("apply", "policies.yml", "--yes", "--quota", "500", variables=served.home(tmp_path, "dev"))
    output = "Applied 200 of 250 changes: 200 added, 0 removed. Then: policy quota exceeded\n"
    assert (ran.exit, ran.stderr) == (5, f"{output}{hint.format(500)}")


def test_a_failure_halfway_is_partly_applied(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Exit 5 with what was done, the cause, and how to continue; continuing sends the rest."""
    apps = tuple(WorldApp(f"app{number}", "demo/dev", f"app-{number}", instances=0) for number in range(40))
    world = WORLD._replace(apps=(*WORLD.apps, *apps))
    entries = f"  - source: {[app.name for app in apps]}\n    destination: {[app.name for app in apps]}\n"
    write(tmp_path, f"version: 1\nspace: demo/dev\npolicies:\n{entries}")
    variables = with_policies(served, world=world).home(tmp_path)
    served.foundation.settings = Settings(tags=30)
    ran = cfnet("apply", "policies.yml", "--yes", variables=variables)
    assert ran.exit == 7, "the first batch has more apps than there are tags"
    served.foundation.settings = Settings(tags=41)
    write(tmp_path, f"version: 1\nspace: demo/dev\npolicies:\n{entries}  - source: db\n    destination: app0\n")
    ran = cfnet("apply", "policies.yml", "--yes", variables=variables)
    assert ran.exit == 5
    assert ran.stderr.startswith("750 of 1,601 changes applied\n1,500 of 1,601 changes applied\n")
    assert "Applied 1,500 of 1,601 changes: 1,500 added, 0 removed. Then: Unexpected Response\n" in ran.stderr
    assert ran.stderr.endswith("Run the same command again to finish: it sends only missing changes.\n")
    served.foundation.settings = Settings()
    ran = cfnet("apply", "policies.yml", "--yes", variables=variables)
    assert ran.stdout.endswith("Applied 101 of 101 changes: 101 added, 0 removed.\n")


def test_ten_thousand_policies_take_at_most_twenty_requests(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Including the login and reading; the log has a line for each."""
    text, apps = large_document(100, 100)
    write(tmp_path, text)
    with_policies(served, world=WORLD._replace(apps=apps))
    variables = served.ci("admin")
    ran = cfnet("apply", "policies.yml", "--yes", variables=variables)
    assert ran.stdout.endswith("Applied 10,000 of 10,000 changes: 10,000 added, 0 removed.\n")
    assert ran.stderr.splitlines()[0] == "750 of 10,000 changes applied"
    assert len(ran.stderr.splitlines()) == 14
    assert len(served.asked) <= 20
    served.foundation.requests.clear()
    assert cfnet("apply", "policies.yml", "--yes", variables=variables).exit == 0
    assert sent(served) == []


def test_users_without_network_admin_send_few_apps_per_request(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """At most 200: the server looks all of them up in one URL."""
    text, apps = large_document(1, 450)
    write(tmp_path, text)
    with_policies(served, world=WORLD._replace(apps=apps))
    ran = cfnet("apply", "policies.yml", "--yes", "--quota", "500", variables=served.home(tmp_path, "dev"))
    assert ran.exit == 4, "the sandbox grants no more than 150"
    served.foundation.settings = Settings(policies_per_source=500)
    ran = cfnet("apply", "policies.yml", "--yes", "--quota", "500", variables=served.home(tmp_path, "dev"))
    assert (ran.exit, len(sent(served))) == (0, 1 + 3)


def test_a_plan_can_be_applied_by_another_user(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The plan has the changes, the session has the user."""
    with_policies(served)
    assert cfnet("diff", "policies.yml", "--out", "plan.json", variables=served.home(tmp_path)).exit == 1
    variables = served.home(tmp_path, "dev")
    assert cfnet("apply", "plan.json", "--yes", variables=variables).exit == 0


def test_loads_only_what_it_needs(served: Served, tmp_path: Path) -> None:
    """YAML and HTTP; the progress bar only on a terminal, keyring never."""
    variables = with_policies(served).home(tmp_path)
    assert modules_of(["apply", "policies.yml", "--yes"], variables) & HEAVY == {"httpx", "yaml"}
    assert modules_of(["diff", "policies.yml"], variables) & HEAVY == {"httpx", "yaml"}
    assert modules_of(["export"], variables) & HEAVY == {"httpx"}
    assert modules_of(["copy-network-policies", "web", "db", "--dry-run"], variables) & HEAVY == {"httpx"}


def test_invisible_policies_are_shown_and_not_sent(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """As in `diff`: a line with a question mark."""
    variables = with_policies(served).home(tmp_path, "dev")
    write(tmp_path, f"{DOCUMENT}  - source: api\n    destination: demo/ops/log\n")
    assert cfnet("apply", "policies.yml", "--yes", variables=variables).stdout == (
        f"{LINES}? demo/dev/api to demo/ops/log, tcp 8080\n"
        "2 to add, 0 to remove, 0 as declared, 1 unknown: not visible to this user.\n"
        "Applied 2 of 2 changes: 2 added, 0 removed.\n"
    )
