"""`cfnet diff`: what applying documents would change, with the minimal number of requests."""

import json
from pathlib import Path

import pytest

from cfnet.sandbox import WorldApp, WorldSpace
from tests.cli.document_world import API, DB, DECLARED, DOCUMENT, LOG, WEB, WORLD, sent, with_policies, write
from tests.conftest import Cfnet, Ran, Served
from tests.foundation.snapshots import write as write_snapshot
from tests.policies import policy
from tests.resources import apps_of_a_space

pytestmark = pytest.mark.usefixtures("folder")

INCLUDE = "include=space.organization&per_page=5000"
DEV = "49dae64f-8231-4294-9882-1490c120f839"


def test_changes_are_a_finding(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """One line per difference; exit 1, or 0 on request; nothing is sent."""
    variables = with_policies(served, DECLARED[0], policy(WEB, DB), policy(LOG, WEB)).home(tmp_path)
    expected = (
        "+ demo/dev/api to demo/dev/db, tcp 5432\n"
        "1 to add, 0 to remove, 1 as declared, 1 not declared (--prune would remove 1).\n"
    )
    assert cfnet("diff", "policies.yml", variables=variables) == Ran(1, expected, "")
    assert cfnet("diff", "policies.yml", "--exit-zero", variables=variables) == Ran(0, expected, "")
    pruned = cfnet("diff", "policies.yml", "--prune", variables=variables)
    assert "- demo/dev/web to demo/dev/db, tcp 8080\n1 to add, 1 to remove, 1 as declared.\n" in pruned.stdout
    assert sent(served) == []


def test_no_changes_are_not_a_finding(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    variables = with_policies(served, *DECLARED).home(tmp_path)
    assert cfnet("diff", "policies.yml", variables=variables) == Ran(0, "0 to add, 0 to remove, 2 as declared.\n", "")


@pytest.mark.parametrize(
    ("apps", "removed"), [("[web]", ["web"]), ('["*b"]', ["db", "web"]), ("[api]", []), ('[db, "W*"]', ["db", "web"])]
)
def test_pruning_affects_owned_apps_only(
    apps: str, removed: list[str], served: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """Other apps in their space are left to other documents."""
    write(tmp_path, f"version: 1\nowns: [{{space: demo/dev, apps: {apps}}}]\npolicies: []\n")
    variables = with_policies(served, policy(WEB, API), policy(DB, API), policy(LOG, API)).home(tmp_path)
    ran = cfnet("diff", "policies.yml", "--prune", variables=variables)
    assert [line for line in ran.stdout.splitlines() if line.startswith("- ")] == [
        f"- demo/dev/{name} to demo/dev/api, tcp 8080" for name in removed
    ]
    assert f"{len(removed)} to remove" in ran.stdout


@pytest.mark.parametrize(
    ("words", "beginning"),
    [
        (["--json"], '{\n  "format_version": 1,\n  "prune": false,\n  "added": ['),
        (["--format", "json"], '{\n  "format_version": 1,\n'),
        (["--format", "markdown"], "### Network policies\n\n2 to add, 0 to remove, 0 as declared.\n\n```diff\n+ demo"),
        (["--format", "github"], "::notice file=policies.yml,line=6,col=5,title=Policy to add::demo/dev/api to"),
    ],
    ids=["--json", "json", "markdown", "github"],
)
def test_other_formats(words: list[str], beginning: str, served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """For programs and for reviewers."""
    ran = cfnet("diff", "policies.yml", *words, variables=with_policies(served).home(tmp_path))
    assert (ran.exit, ran.stdout[: len(beginning)]) == (1, beginning)


def test_the_targeted_space_takes_two_requests(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The apps of the space, and their policies; the session has the GUID of the space."""
    variables = with_policies(served, *DECLARED).home(tmp_path)
    assert cfnet("diff", "policies.yml", variables=variables).exit == 0
    assert served.asked == [
        f"GET /v3/apps?{INCLUDE}&space_guids={DEV}",
        f"GET /networking/v1/external/policies?source_id={API}%2C{DB}%2C{WEB}",
    ]


def test_many_spaces_take_four_requests(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Spaces by name, their apps, all policies, and the names of other apps in these."""
    many = 150
    spaces = tuple(WorldSpace(f"s{number}", "demo", f"space-{number}") for number in range(many))
    apps = tuple(
        WorldApp(f"app{which}", f"demo/s{number}", f"app-{number}-{which}", instances=0)
        for number in range(many)
        for which in range(2)
    )
    world = WORLD._replace(spaces=(*WORLD.spaces, *spaces), apps=(*WORLD.apps, *apps))
    with_policies(served, policy("app-0-0", LOG), world=world)
    entries = "".join(f"  - source: demo/s{number}/app0\n    destination: demo/s0/app1\n" for number in range(many))
    owns = "".join(f"  - demo/s{number}\n" for number in range(many))
    write(tmp_path, f"version: 1\nowns:\n{owns}policies:\n{entries}", "many.yml")
    ran = cfnet("diff", "many.yml", variables=served.home(tmp_path))
    assert ran.stdout.splitlines()[-1:] == [
        "150 to add, 0 to remove, 0 as declared, 1 not declared (--prune would remove 1).",
    ]
    assert [line.partition("?")[0] for line in served.asked] == [
        "GET /v3/spaces",
        "GET /v3/apps",
        "GET /networking/v1/external/policies",
        "GET /v3/apps",
    ]


def test_invisible_policies_are_unknown(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """An auditor sees apps but no policies; so theirs may exist, and are not changed."""
    variables = with_policies(served, policy(API, LOG)).home(tmp_path, "dev")
    write(tmp_path, f"{DOCUMENT}  - source: [api, web]\n    destination: demo/ops/log\n")
    expected = (
        "+ demo/dev/api to demo/dev/db, tcp 5432\n"
        "+ demo/dev/web to demo/dev/api, tcp 8080\n"
        "? demo/dev/api to demo/ops/log, tcp 8080\n"
        "? demo/dev/web to demo/ops/log, tcp 8080\n"
        "2 to add, 0 to remove, 0 as declared, 2 unknown: not visible to this user.\n"
    )
    assert cfnet("diff", "policies.yml", variables=variables) == Ran(1, expected, "")
    assert cfnet("apply", "policies.yml", "--yes", variables=variables).exit == 0
    assert cfnet("diff", "policies.yml", variables=variables).exit == 0


def test_bare_names_are_in_the_targeted_space(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """If the document does not name a space."""
    write(tmp_path, DOCUMENT.replace("space: demo/dev\n", ""))
    variables = with_policies(served, *DECLARED, policy(DB, WEB)).home(tmp_path)
    ran = cfnet("diff", "policies.yml", "--prune", variables=variables)
    assert ran.stdout == "- demo/dev/db to demo/dev/web, tcp 8080\n0 to add, 1 to remove, 2 as declared.\n"


def test_no_targeted_space_is_needed(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """If the document names its spaces; otherwise this is a fault."""
    variables = with_policies(served, *DECLARED).home(tmp_path, OrganizationFields={}, SpaceFields={})
    assert cfnet("diff", "policies.yml", "--prune", variables=variables).exit == 0
    assert cfnet("export", "--all", variables=variables).exit == 0
    assert cfnet("export", variables=variables) == Ran(
        2, "", "No space is targeted.\nUse --space ORG/SPACE, --org ORG or --all.\n"
    )
    assert cfnet("export", "--space", "dev", variables=variables).exit == 0
    write(tmp_path, DOCUMENT.replace("space: demo/dev\n", ""))
    ran = cfnet("diff", "policies.yml", variables=variables)
    assert ran.exit == 2
    assert ran.stderr.startswith(
        'policies.yml:3:13: E403 no space for app: web; expected "space: ORG/SPACE" in the document,'
    )


@pytest.mark.parametrize("destination", ['"demo/ops/*"', f"{{guid: {LOG}}}"], ids=["by name", "by GUID"])
def test_ignored_policies_stay(destination: str, served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Even if they are owned, and the ignored apps are in a space that the document does not mention elsewhere."""
    write(tmp_path, f"{DOCUMENT}ignore:\n  - destination: {destination}\n")
    variables = with_policies(served, *DECLARED, policy(DB, LOG)).home(tmp_path)
    ran = cfnet("diff", "policies.yml", "--prune", variables=variables)
    expected = ". demo/dev/db to demo/ops/log, tcp 8080\n0 to add, 0 to remove, 2 as declared, 1 not declared.\n"
    assert ran == Ran(0, expected, "")
    assert cfnet("apply", "policies.yml", "--prune", "--yes", variables=variables).exit == 0
    assert sent(served) == []


def test_ports_that_a_document_cannot_express_stay(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """A version 0 client can create them, and version 1 of the API cannot remove them."""
    odd = policy(DB, WEB)._replace(ports=policy(DB, WEB).ports._replace(start=99_999, end=99_999))
    variables = with_policies(served, *DECLARED, odd).home(tmp_path)
    ran = cfnet("diff", "policies.yml", "--prune", variables=variables)
    assert (ran.exit, ran.stdout.splitlines()[0]) == (0, ". demo/dev/db to demo/dev/web, tcp 99999")


def test_faults_of_a_document_are_reported_before_any_request(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Exit 2: invalid input is not a finding."""
    write(tmp_path, DOCUMENT.replace("5432", "0x50"))
    variables = with_policies(served).home(tmp_path)
    fault = "invalid ports: 0x50; expected a port from 1 to 65535, or a range such as 9000-9010; did you mean 80?\n"
    assert cfnet("diff", "policies.yml", variables=variables) == Ran(
        2,
        "",
        f"policies.yml:9:12: E208 {fault}    9 |     ports: 0x50\n      |            ^^^^\n1 fault in the documents.\n",
    )
    assert served.asked == []
    annotated = cfnet("diff", "policies.yml", "--format", "github", variables=variables)
    assert annotated.stdout.startswith("::error file=policies.yml,line=9,col=12,title=E208 invalid ports::")
    assert annotated.exit == 2


def test_all_unknown_names_are_reported_at_once(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """With suggestions."""
    write(tmp_path, DOCUMENT.replace("source: api", "source: apy").replace("destination: api", "destination: x/y/z"))
    ran = cfnet("diff", "policies.yml", variables=with_policies(served).home(tmp_path))
    assert ran == Ran(
        2,
        "",
        (
            "policies.yml:5:18: E402 unknown space: x/y; expected a space visible to this user\n"
            "    5 |     destination: x/y/z\n"
            "      |                  ^^^\n"
            "policies.yml:6:13: E401 unknown app: demo/dev/apy; expected an app in demo/dev visible to this user;"
            " did you mean api?\n"
            "    6 |   - source: apy\n"
            "      |             ^^^\n"
            "2 faults in the documents.\n"
        ),
    )


def test_names_ignore_case(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Like `add-network-policy` and the Cloud Controller; for apps, spaces and orgs, live and in a snapshot."""
    variables = with_policies(served, *DECLARED).home(tmp_path)
    cfnet("snapshot", "snap", variables=variables)
    expected = Ran(0, "0 to add, 0 to remove, 2 as declared.\n", "")
    for other in (DOCUMENT.replace("demo/dev", "Demo/DEV"), DOCUMENT.replace("web", "WEB")):
        write(tmp_path, other)
        assert cfnet("diff", "policies.yml", "--prune", variables=variables) == expected
        assert cfnet("diff", "policies.yml", "--prune", "--from", "snap") == expected
    write(tmp_path, f"{DOCUMENT}ignore:\n  - destination: DEMO/ops/*\n")
    served.foundation.load(WORLD._replace(policies=(*DECLARED, policy(DB, LOG))))
    ran = cfnet("diff", "policies.yml", "--prune", variables=served.home(tmp_path))
    assert ran.stdout.endswith("0 to remove, 2 as declared, 1 not declared.\n"), "nothing is lost for a capital"


def test_a_document_can_be_read_from_stdin(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Even if it depends on the targeted space."""
    variables = with_policies(served, *DECLARED).home(tmp_path)
    text = DOCUMENT.replace("space: demo/dev\n", "")
    assert cfnet("diff", "-", variables=variables, stdin=text) == Ran(0, "0 to add, 0 to remove, 2 as declared.\n", "")


def test_a_snapshot_replaces_a_foundation(cfnet: Cfnet, tmp_path: Path) -> None:
    """No login is needed; names come from the snapshot's files."""
    apps = apps_of_a_space({"front": "front", "back": "back"}, "web")
    write_snapshot(tmp_path / "snap", {"apps.json": apps})
    write(tmp_path, "version: 1\nspace: shop/web\npolicies:\n  - source: back\n    destination: front\n")
    expected = (
        "+ shop/web/back to shop/web/front, tcp 8080\n"
        "- shop/web/front to shop/web/back, tcp 8080\n"
        "1 to add, 1 to remove, 0 as declared.\n"
    )
    assert cfnet("diff", "policies.yml", "--from", "snap", "--prune") == Ran(1, expected, "")
    exported = cfnet("export", "--from", "snap", "--space", "shop/web")
    assert cfnet("diff", "-", "--from", "snap", "--prune", stdin=exported.stdout).exit == 0


@pytest.mark.parametrize(
    ("words", "stderr"),
    [
        (["--json", "--format", "github"], "--json cannot be combined with --format github\nSee 'cfnet help diff'.\n"),
        (["--from", "snap", "--out", "p"],
         "--out cannot be combined with --from\nA plan is for a foundation, not for a snapshot.\n"),
        (["--from", "snap", "--sandbox"], "--from cannot be combined with --sandbox\nSee 'cfnet help diff'.\n"),
        (["--force"], "--force requires --out\nSee 'cfnet help diff'.\n"),
        (["--from", "snap"], ("snap: directory not found\n"
         "A snapshot has policies.json and cells/NAME/store.json (see 'cfnet help render').\n")),
    ],
)  # fmt: skip
def test_wrong_usage(words: list[str], stderr: str, cfnet: Cfnet) -> None:
    """Exit 2, nothing on stdout."""
    assert cfnet("diff", "policies.yml", *words) == Ran(2, "", stderr)


@pytest.mark.parametrize(
    ("changes", "exit_code", "stderr"),
    [
        ({"AccessToken": "", "RefreshToken": ""}, 4, "Not logged in."),
        ({"AccessToken": "bearer x", "RefreshToken": "x"}, 4, "The token expired, was revoked,"),
        ({"Target": ""}, 2, "No API endpoint set."),
        ({"Target": "http://NOBODY"}, 7, "Request error: cannot connect to NOBODY: Connection refused"),
    ],
    ids=["not logged in", "an expired session", "no address", "an unreachable server"],
)
@pytest.mark.parametrize("command", ["diff", "apply"])
def test_session_errors_have_their_own_exit_codes(
    *,
    command: str,
    changes: dict[str, str],
    exit_code: int,
    stderr: str,
    served: Served,
    closed_port: str,
    cfnet: Cfnet,
    tmp_path: Path,
) -> None:
    """Not 1, which would be a finding; and not FAILED, which is cf's wording."""
    stderr = stderr.replace("NOBODY", closed_port)
    output = {name: value.replace("NOBODY", closed_port) for name, value in changes.items()}
    ran = cfnet(command, "policies.yml", variables=with_policies(served).home(tmp_path, **output))
    assert (ran.exit, ran.stdout, ran.stderr[: len(stderr)]) == (exit_code, "", stderr)


def test_a_user_without_permission_gets_exit_4(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Without network.write the policy server refuses."""
    users = (WORLD.users[0]._replace(scopes=("cloud_controller.admin",)),)
    variables = with_policies(served, world=WORLD._replace(users=users)).home(tmp_path)
    ran = cfnet("diff", "policies.yml", variables=variables)
    assert (ran.exit, ran.stdout) == (4, "")
    assert ran.stderr.startswith("provided scopes [cloud_controller.admin] do not include")


def test_control_characters_in_names_are_escaped(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    world = WORLD._replace(apps=(*WORLD.apps, WorldApp("evil\x1b[2J", "demo/dev", "evil", instances=0)))
    variables = with_policies(served, policy("evil", WEB), world=world).home(tmp_path)
    ran = cfnet("diff", "policies.yml", "--prune", variables=variables)
    assert "- demo/dev/evil\\x1b[2J to demo/dev/web, tcp 8080\n" in ran.stdout


def test_a_plan_is_saved(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """As JSON that names its foundation; it is not a document, and the error says so."""
    variables = with_policies(served, DECLARED[0]).home(tmp_path)
    ran = cfnet("diff", "policies.yml", "--out", "plan.json", variables=variables)
    assert ran.stderr == (
        "'cfnet apply plan.json' applies exactly these changes, or nothing if the foundation has changed by then.\n"
    )
    kept = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert kept["foundation"] == served.url
    assert kept["add"] == [{"source": API, "destination": DB, "protocol": "tcp", "ports": "5432"}]
    assert kept["names"] == {API: "demo/dev/api", DB: "demo/dev/db"}
    assert cfnet("diff", "plan.json", variables=variables) == Ran(
        2, "", "plan.json is a plan, not a policy document.\nUse 'cfnet apply plan.json' to apply it.\n"
    )
    ran = cfnet("diff", "policies.yml", "--out", "no/plan.json", variables=variables)
    assert (ran.exit, ran.stderr) == (2, "no/plan.json: The plan cannot be written: No such file or directory\n")


def test_a_plan_that_removes_much_is_saved_only_with_force(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The guard applies when the plan is made, and not again when it is applied."""
    many = [policy(DB, WEB, str(port)) for port in range(1, 11)]
    variables = with_policies(served, *DECLARED, *many).home(tmp_path)
    words = ["diff", "policies.yml", "--prune", "--out", "plan.json"]
    ran = cfnet(*words, variables=variables)
    assert ran.exit == 3
    assert ran.stderr.startswith("Pruning would remove 10 of 12 policies, more than a third.\n")
    assert not (tmp_path / "plan.json").exists()
    assert cfnet(*words, "--force", variables=variables).exit == 1
    assert cfnet("apply", "plan.json", "--yes", variables=variables).stdout.endswith("0 added, 10 removed.\n")


@pytest.mark.parametrize("words", [["diff"], ["graph", "-f"], ["trace", "a", "b", "-f"], ["report"]], ids=" ".join)
def test_commands_that_never_send_do_not_say_nothing_was_sent(words: list[str], cfnet: Cfnet) -> None:
    """Only `apply` says that."""
    assert cfnet(*words, "no.yml").stderr == (
        "no.yml:1:1: E101 file cannot be read: No such file or directory\n1 fault in the documents.\n"
    )


@pytest.mark.parametrize("words", [[], ["--json"], ["--format", "markdown"], ["--out", "plan.json"]], ids=" ".join)
def test_shows_what_apply_would_refuse(words: list[str], served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """More than a third of ten or more; with `--out` no plan is written, and the exit code is that of `apply`."""
    extra = [policy(WEB, DB, str(port)) for port in range(1, 11)]
    variables = with_policies(served, *DECLARED, *extra).home(tmp_path)
    ran = cfnet("diff", "policies.yml", "--prune", *words, variables=variables)
    assert "Pruning would remove 10 of 12 policies, more than a third." in ran.stdout
    assert ran.exit == (3 if "--out" in words else 1)
    assert "Pruning would" not in cfnet("diff", "policies.yml", *words[:0], variables=variables).stdout
    assert cfnet("apply", "policies.yml", "--prune", "--yes", variables=variables).exit == 3
