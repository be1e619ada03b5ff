"""Options of `network-policies` that only cfnet has: by destination, all spaces, JSON, incomplete lists."""

import json
from pathlib import Path

from tests.conftest import Cfnet, Served

WIDE = "source   destination   protocol   ports   destination space   destination org   source space   source org\n"


def test_a_destination_is_listed_with_sources_of_all_spaces(
    served_cf_world: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """Here an app of another org may call appA."""
    ran = cfnet("network-policies", "--destination", "appA", variables=served_cf_world.home(tmp_path))
    assert ran.stdout == (
        "Listing network policies to app appA in org demo / space dev as admin...\n\n"
        + WIDE
        + "appB     appA          tcp        8080    dev                 demo              dev            other\n"
    )


def test_source_and_destination_together_have_the_table_of_cf(
    served_cf_world: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """Both apps are in the targeted space, so the columns of `cf` suffice."""
    ran = cfnet(
        "network-policies", "--source", "appA", "--destination", "APPB", variables=served_cf_world.home(tmp_path)
    )
    assert ran.stdout == (
        "Listing network policies of app appA to app APPB in org demo / space dev as admin...\n\n"
        "source   destination   protocol   ports   destination space   destination org\n"
        "appA     appB          tcp        8080    dev                 demo\n"
    )


def test_all_lists_every_space_and_deleted_apps_by_guid(served_cf_world: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """A deleted destination has no name."""
    ran = cfnet("network-policies", "--all", variables=served_cf_world.home(tmp_path))
    gone = "d4d4d4d4-0000-4000-8000-000000000000"
    assert ran.stdout.startswith("Listing network policies of every org and space as admin...\n\n")
    assert f"appB     {gone}   tcp        1-65535" in ran.stdout
    assert len(ran.stdout.splitlines()) == 3 + 5
    assert ran.stderr == ""


def test_all_warns_a_developer_of_invisible_policies(served_cf_world: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Policies that the server leaves out may still exist."""
    ran = cfnet("network-policies", "--all", variables=served_cf_world.home(tmp_path, "dev"))
    assert len(ran.stdout.splitlines()) == 3 + 3
    assert (
        ran.stderr
        == "Without network.admin, only policies between apps in spaces where you are a developer are listed.\n"
    )


def test_json_prints_only_the_policies_on_stdout(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The whole document, for one policy."""
    variables = served.home(tmp_path)
    cfnet("add-network-policy", "appA", "appB", variables=variables)
    ran = cfnet("network-policies", "--json", variables=variables)
    place = {"space": "dev", "org": "demo"}
    assert ran.stderr == ""
    assert json.loads(ran.stdout) == {
        "format_version": 1,
        "complete": True,
        "policies": [
            {
                "source": {"guid": "2f978b7f-b3d2-4f50-b08f-776634a6e411", "name": "appA", **place},
                "destination": {"guid": "c7de6123-d906-4c65-9717-c5d040568c76", "name": "appB", **place},
                "protocol": "tcp",
                "ports": {"start": 8080, "end": 8080},
            }
        ],
    }


def test_json_has_null_for_invisible_values(served_cf_world: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """A deleted destination has only a GUID; a developer's list is incomplete."""
    admin = json.loads(cfnet("network-policies", "--json", variables=served_cf_world.home(tmp_path)).stdout)
    gone = {"guid": "d4d4d4d4-0000-4000-8000-000000000000", "name": None, "space": None, "org": None}
    assert [policy["destination"] for policy in admin["policies"]][-1] == gone
    developer = cfnet("network-policies", "--json", variables=served_cf_world.home(tmp_path, "dev"))
    assert json.loads(developer.stdout)["complete"] is False


def test_a_snapshot_is_listed_whole_and_offline(served_cf_world: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The same policies and names as from the foundation, without a session."""
    variables = served_cf_world.home(tmp_path)
    folder = str(tmp_path / "snapshot")
    assert cfnet("snapshot", folder, variables=variables).exit == 0
    live = cfnet("network-policies", "--all", variables=variables)
    ran = cfnet("network-policies", "--from", folder)
    assert (ran.exit, ran.stdout.partition("\n\n")[0]) == (0, f"Listing network policies of snapshot {folder}...")
    assert sorted(ran.stdout.splitlines()[2:]) == sorted(
        line.replace("(deleted)", "         ").rstrip() for line in live.stdout.splitlines()[2:]
    )
    live = cfnet("network-policies", "--all", "--json", variables=variables)
    assert cfnet("network-policies", "--from", folder, "--format", "json").stdout == live.stdout
    words = ("--source", "demo/dev/appA", "--destination", "demo/dev/appB", "--json")
    some = json.loads(cfnet("network-policies", f"--from={folder}", *words).stdout)["policies"]
    assert [(each["source"]["name"], each["destination"]["name"]) for each in some] == [("appA", "appB")]


def test_a_snapshot_that_cannot_be_listed(cfnet: Cfnet, tmp_path: Path) -> None:
    """As the commands of cf fail, with the reason."""
    ran = cfnet("network-policies", "--from", str(tmp_path / "none"))
    assert (ran.exit, ran.stderr.partition(":")[0]) == (1, str(tmp_path / "none"))
    ran = cfnet("network-policies", "--format", "yaml")
    assert (ran.exit, ran.stderr) == (1, "Incorrect Usage: --format must be text or json\n\n")
