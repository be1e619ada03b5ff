"""The three commands of `cf`: names refer to the targeted space; other forms apply only if no app has that name."""

import json
from pathlib import Path

import pytest

from cfnet.policy import Policy
from cfnet.sandbox import WorldApp
from tests.conftest import Cfnet, Ran, Served
from tests.policies import policy
from tests.worlds import APP_A, APP_B, CF_WORLD

PAYMENTS = "aa4117a2-5e34-4648-9d42-8260380267cc"
OTHER_B = "f028b20b-7203-4743-ab96-da2bf05fae45"
GONE = "d4d4d4d4-0000-4000-8000-000000000000"
SLASH = "guid-of-a-slash"
TCP = ("--protocol", "tcp", "--port")


def there(served: Served, cfnet: Cfnet, folder: Path) -> set[Policy]:
    """The policies of the foundation."""
    listed = json.loads(cfnet("network-policies", "--all", "--json", variables=served.home(folder)).stdout)["policies"]
    return {
        policy(each["source"]["guid"], each["destination"]["guid"], f"{each['ports']['start']}-{each['ports']['end']}")
        for each in listed
    }


@pytest.fixture
def world(served_cf_world: Served) -> Served:
    """The world of the golden cases, and an app whose name looks like a path."""
    apps = (*CF_WORLD.apps, WorldApp("other/dev/appB", "demo/prod", SLASH), WorldApp("prod/payments", "demo/dev"))
    served_cf_world.foundation.load(CF_WORLD._replace(apps=apps))
    return served_cf_world


@pytest.mark.parametrize(
    ("typed", "destination"),
    [
        ("other/dev/appB", OTHER_B),
        ("PROD/other/dev/appb", None),
        ('demo/prod/"other/dev/appB"', SLASH),
        ("demo/prod/Payments", PAYMENTS),
        (PAYMENTS, PAYMENTS),
        (PAYMENTS[:9], PAYMENTS),
        ("payments", None),
        (GONE, None),
    ],
    ids=["a path", "too many parts", "a quoted name", "in any case", "a GUID", "a GUID prefix",
         "a name of another space is not enough", "no new policy with an app that does not exist"],
)  # fmt: skip
def test_adding_by_other_forms(
    typed: str, destination: str | None, world: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """To an app in another space, without -s and -o."""
    before = there(world, cfnet, tmp_path)
    ran = cfnet("add-network-policy", "appA", typed, *TCP, "4711", variables=world.home(tmp_path))
    added = there(world, cfnet, tmp_path) - before
    if destination is None:
        assert (ran.exit, ran.stderr.splitlines()[0], added) == (1, f"App '{typed}' not found.", set())
    else:
        assert (ran.exit, added) == (0, {policy(APP_A, destination, "4711")})


def test_a_name_takes_precedence_over_other_forms(world: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """An app of the targeted space may have a name that looks like a path."""
    cfnet("add-network-policy", "appA", "prod/payments", *TCP, "4711", variables=world.home(tmp_path))
    assert policy(APP_A, PAYMENTS, "4711") not in there(world, cfnet, tmp_path)


def test_policies_of_deleted_apps_are_removed_by_guid(world: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """`network-policies --all` marks them."""
    variables = world.home(tmp_path)
    listed = cfnet("network-policies", "--all", variables=variables).stdout
    marked = f"appB                                   {GONE}   tcp        1-65535   (deleted)"
    assert marked.split() == next(line for line in listed.splitlines() if GONE in line).split()[:5]
    ran = cfnet("remove-network-policy", "appB", GONE, *TCP, "1-65535", variables=variables)
    assert (ran.exit, ran.stderr, ran.stdout.splitlines()[1:]) == (0, "", ["OK", ""])
    assert policy(APP_B, GONE, "1-65535") not in there(world, cfnet, tmp_path)
    again = cfnet("remove-network-policy", GONE, GONE, *TCP, "1", variables=variables)
    assert (again.exit, again.stdout.splitlines()[1:]) == (0, ["Policy does not exist.", "OK", ""])


def test_an_invisible_app_is_not_called_deleted(world: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """A developer does not see all apps."""
    assert "deleted" not in cfnet("network-policies", "--all", variables=world.home(tmp_path, "dev")).stdout


def test_listing_by_other_forms(world: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Including apps that no longer exist."""
    variables = world.home(tmp_path)
    ran = cfnet("network-policies", "--destination", GONE, variables=variables)
    assert [line.split()[:2] for line in ran.stdout.splitlines()[3:]] == [["appB", GONE]]
    ran = cfnet("network-policies", "--source", "other/dev/appB", variables=variables)
    assert [line.split()[:2] for line in ran.stdout.splitlines()[3:]] == [["appB", "appA"]]


@pytest.mark.parametrize("command", ["add-network-policy", "remove-network-policy"])
def test_similar_names(command: str, world: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Names in the same space are suggested."""
    variables = world.home(tmp_path)
    ran = cfnet(command, "appA", "paymnets", "-s", "prod", *TCP, "1", variables=variables)
    assert (ran.exit, ran.stderr) == (1, "App 'paymnets' not found.\nDid you mean 'payments'?\n")
    assert isinstance(ran, Ran)
