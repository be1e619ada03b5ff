"""`cfnet export`: existing policies as a document in which `diff` finds no changes."""

from pathlib import Path

import pytest

from cfnet.foundation.snapshot.reader import read_places
from cfnet.operations.split_export import file_names
from cfnet.policy import Org, Space
from cfnet.sandbox import WorldApp, WorldOrg, WorldSpace
from tests.cli.document_world import API, DB, DECLARED, LOG, WEB, WORLD, with_policies
from tests.conftest import Cfnet, Ran, Served
from tests.policies import policy

HEAD = "# yaml-language-server: $schema=cfnet.schema.json\nversion: 1\n"
THERE = (*DECLARED, policy(WEB, API, "9000-9010"), policy(DB, "gone", "1"), policy(LOG, WEB))
OF_DEV = """\
policies:
  - source: api
    destination: db
    protocol: tcp
    ports: 5432
  - source: db
    destination: {guid: gone}  # no visible app has this GUID
    protocol: tcp
    ports: 1
  - source: web
    destination: api
    protocol: tcp
    ports: [8080, 9000-9010]
"""
OF_OPS = "policies:\n  - source: log\n    destination: demo/dev/web\n"


def of_both(owns: str) -> str:
    """The policies of both spaces, by full names."""
    qualified = OF_DEV
    for name in ("api", "db", "web"):
        qualified = qualified.replace(f"source: {name}\n", f"source: demo/dev/{name}\n")
        qualified = qualified.replace(f"destination: {name}\n", f"destination: demo/dev/{name}\n")
    return f"{HEAD}owns: {owns}\n{qualified}  - source: demo/ops/log\n    destination: demo/dev/web\n"


@pytest.mark.parametrize(
    ("words", "document"),
    [
        ([], f"{HEAD}space: demo/dev\n{OF_DEV}"),
        (["--space", "ops"], f"{HEAD}space: demo/ops\n{OF_OPS}"),
        (["--space", "demo/ops"], f"{HEAD}space: demo/ops\n{OF_OPS}"),
        (["--org", "demo"], of_both("[demo/dev, demo/ops]")),
        (["--all"], of_both("[demo/dev, demo/ops]")),
    ],
    ids=["the targeted space", "a space of the targeted org", "a space", "an org", "everything"],
)
def test_an_export_has_no_differences(
    words: list[str], document: str, served: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """Sorted by name; ports of two apps together; a deleted app by its GUID."""
    variables = with_policies(served, *THERE).home(tmp_path)
    assert cfnet("export", *words, variables=variables) == Ran(0, document, "")
    compared = cfnet("diff", "-", "--prune", variables=variables, stdin=document)
    assert (compared.exit, compared.stdout.startswith("0 to add, 0 to remove, ")) == (0, True)


def test_the_targeted_space_takes_three_requests(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Its apps, their policies, and the names of other apps."""
    assert cfnet("export", variables=with_policies(served, *THERE).home(tmp_path)).exit == 0
    assert [line.partition("?")[0] for line in served.asked] == [
        "GET /v3/apps",
        "GET /networking/v1/external/policies",
        "GET /v3/apps",
    ]


def test_a_developer_is_warned_of_invisible_policies(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Developers see only policies between apps of their spaces; within those `diff` finds no changes."""
    variables = with_policies(served, *THERE, policy(WEB, LOG)).home(tmp_path, "dev")
    ran = cfnet("export", variables=variables)
    assert "guid" not in ran.stdout
    assert "ops" not in ran.stdout
    assert (
        ran.stderr
        == "Without network.admin, only policies between apps in spaces where you are a developer are listed.\n"
    )
    assert cfnet("diff", "-", "--prune", variables=variables, stdin=ran.stdout).exit == 0


def test_what_a_document_cannot_express_is_reported(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Invalid ports; the name of a space that would be read as something else."""
    odd = policy(DB, WEB)._replace(ports=policy(DB, WEB).ports._replace(start=99_999, end=99_999))
    world = WORLD._replace(spaces=(*WORLD.spaces, WorldSpace("((x))", "demo", "space-x")))
    world = world._replace(apps=(*world.apps, WorldApp("app", "demo/((x))", "app-x", instances=0)))
    variables = with_policies(served, odd, policy("app-x", WEB), world=world).home(tmp_path)
    ran = cfnet("export", "--org", "demo", variables=variables)
    assert ran.stderr == (
        "Omitted: guid-db to guid-web: invalid ports 99999.\n"
        "Not owned by the document: demo/((x)): its name cannot be written in a document.\n"
    )
    assert ran.stdout == (
        f"{HEAD}owns: [demo/dev, demo/ops]\npolicies:\n"
        "  - source: {guid: app-x}  # name not allowed in documents: demo/((x))/app\n    destination: demo/dev/web\n"
    )
    assert cfnet("diff", "-", "--prune", variables=variables, stdin=ran.stdout).exit == 0


@pytest.mark.parametrize(
    ("words", "stderr"),
    [
        (["--space", "opps"], "Space 'opps' not found, or not visible to you.\nDid you mean 'ops'?\n"),
        (["--org", "dmo"], "Org 'dmo' not found or empty, or you cannot see it.\nDid you mean 'demo'?\n"),
        (["--space", "ops", "--all"], "Only one of --space, --org and --all can be used.\nSee 'cfnet help export'.\n"),
    ],
)
def test_wrong_usage(words: list[str], stderr: str, served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Exit 2, nothing on stdout."""
    assert cfnet("export", *words, variables=with_policies(served).home(tmp_path)) == Ran(2, "", stderr)


@pytest.mark.parametrize("command", [["export"], ["graph"], ["snapshot", "SNAP"]], ids=lambda command: command[0])
def test_a_space_is_named_the_same_way_everywhere(
    command: list[str], served: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """A bare name is in the targeted org; in another one it needs the org, or the GUID."""
    world = WORLD._replace(
        orgs=(*WORLD.orgs, WorldOrg("pay")),
        spaces=(*WORLD.spaces, WorldSpace("dev", "pay", "space-pay")),
        apps=(*WORLD.apps, WorldApp("cash", "pay/dev", "guid-cash")),
    )
    variables = with_policies(served, *DECLARED, policy("guid-cash", "guid-cash"), world=world).home(tmp_path)
    output = {}
    for number, space in enumerate(("dev", "demo/dev", "pay/dev", "space-pay")):
        words = [word.replace("SNAP", f"{tmp_path}/{number}") for word in command]
        ran = cfnet(*words, "--space", space, variables=variables)
        assert ran.exit == 0
        output[space] = ran.stdout or str(sorted(app.name for app in read_places(tmp_path / str(number))[0].values()))
    assert output["dev"] == output["demo/dev"]
    assert output["pay/dev"] == output["space-pay"]
    assert ("cash" in output["dev"], "cash" in output["pay/dev"]) == (False, True)
    untargeted = served.home(tmp_path, OrganizationFields={}, SpaceFields={})
    words = [word.replace("SNAP", f"{tmp_path}/none") for word in command]
    ran = cfnet(*words, "--space", "dev", variables=untargeted)
    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr == "'dev' could be any of:\n  demo/dev\n  pay/dev\nUse ORG/SPACE.\n"


@pytest.mark.parametrize(
    "words",
    [
        ["--space", "dev", "--space", "ops"],
        ["--space", "ops", "--space", "demo/dev", "--space=ops"],
        ["--org", "demo"],
    ],
    ids=" ".join,
)
def test_several_spaces_are_all_exported(words: list[str], served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """None is silently omitted or duplicated."""
    variables = with_policies(served, *THERE).home(tmp_path)
    assert cfnet("export", *words, variables=variables) == Ran(0, of_both("[demo/dev, demo/ops]"), "")


def test_a_split_export_has_a_document_per_space(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Files are overwritten only on request; together they contain everything."""
    variables = with_policies(served, *THERE).home(tmp_path)
    folder = tmp_path / "split"
    words = ("export", "--all", "--split", str(folder))
    assert cfnet(*words, variables=variables) == Ran(0, "", f"Wrote 2 documents to {folder}.\n")
    assert {path.name: path.read_text("utf-8") for path in folder.iterdir()} == {
        "demo.dev.yml": f"{HEAD}space: demo/dev\n{OF_DEV}",
        "demo.ops.yml": f"{HEAD}space: demo/ops\n{OF_OPS}",
    }
    again = cfnet(*words, variables=variables)
    assert (again.exit, again.stderr.splitlines()[0]) == (2, f"{folder}/demo.dev.yml: already exists")
    assert cfnet(*words, "--replace", variables=variables).exit == 0
    assert cfnet("diff", str(folder), "--prune", variables=variables).exit == 0


def test_files_of_a_split_export_have_safe_names() -> None:
    """No name leaves the directory, and no two are the same file on a case-insensitive file system."""
    org = Org("o", "../a")
    spaces = [Space(f"g{number}", name, org) for number, name in enumerate(("x", "X", ".", "a/b", "é", "s" * 250, ""))]
    names = file_names(spaces)
    assert len({name.lower() for name in names.values()}) == len(spaces)
    assert all("/" not in name and not name.startswith(".") and len(name) < 255 for name in names.values())
    assert names[spaces[3]] == "%2E%2E%2Fa.a%2Fb.yml"


def test_names_with_slashes_are_exported_by_name(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Only what no document can express is exported by its GUID, with the name in a comment."""
    world = WORLD._replace(
        spaces=(*WORLD.spaces, WorldSpace("a/b", "demo", "space-slash")),
        apps=(*WORLD.apps, WorldApp("c/d", "demo/dev", "guid-cd"), WorldApp("e/f", "demo/a/b", "guid-ef")),
    )
    there = (policy(WEB, "guid-cd"), policy(WEB, "guid-ef"))
    variables = with_policies(served, *there, world=world).home(tmp_path)
    ran = cfnet("export", variables=variables)
    assert [line.strip() for line in ran.stdout.splitlines() if "destination" in line] == [
        "destination: {app: e/f, space: a/b, org: demo}",
        "destination: {app: c/d}",
    ]
    assert cfnet("diff", "-", "--prune", variables=variables, stdin=ran.stdout).exit == 0
