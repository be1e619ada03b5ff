"""`network-policies` beyond `cf`: by destination, of every space and as JSON, and what a developer does not see."""

import json
from pathlib import Path

from tests.conftest import Cfnet, Served

WIDE = "source   destination   protocol   ports   destination space   destination org   source space   source org\n"


def test_a_destination_is_listed_with_its_callers_from_any_space(
    served_cf_world: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """Who may call appA: an app of another org."""
    ran = cfnet("network-policies", "--destination", "appA", variables=served_cf_world.home(tmp_path))
    assert ran.stdout == (
        "Listing network policies to app appA in org demo / space dev as admin...\n\n"
        + WIDE
        + "appB     appA          tcp        8080    dev                 demo              dev            other\n"
    )


def test_source_and_destination_together_keep_the_table_of_cf(
    served_cf_world: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """Both apps are of the targeted space: the columns of `cf` say everything."""
    ran = cfnet(
        "network-policies", "--source", "appA", "--destination", "APPB", variables=served_cf_world.home(tmp_path)
    )
    assert ran.stdout == (
        "Listing network policies of app appA to app APPB in org demo / space dev as admin...\n\n"
        "source   destination   protocol   ports   destination space   destination org\n"
        "appA     appB          tcp        8080    dev                 demo\n"
    )


def test_all_lists_every_space_and_shows_what_is_gone_by_its_guid(
    served_cf_world: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """A policy whose destination was deleted has its GUID where a name would be."""
    ran = cfnet("network-policies", "--all", variables=served_cf_world.home(tmp_path))
    gone = "d4d4d4d4-0000-4000-8000-000000000000"
    assert ran.stdout.startswith("Listing network policies of every org and space as admin...\n\n")
    assert f"appB     {gone}   tcp        1-65535" in ran.stdout
    assert len(ran.stdout.splitlines()) == 3 + 5
    assert ran.stderr == ""


def test_all_says_that_a_developer_does_not_see_everything(
    served_cf_world: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """What the policy server leaves out is not taken for what is not there."""
    ran = cfnet("network-policies", "--all", variables=served_cf_world.home(tmp_path, "dev"))
    assert len(ran.stdout.splitlines()) == 3 + 3
    assert ran.stderr == "Without network.admin, only policies between apps of spaces where you are a developer.\n"


def test_json_has_the_policies_and_nothing_else_on_stdout(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
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


def test_json_says_null_for_what_cannot_be_seen(served_cf_world: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """A deleted destination has a GUID and nothing more; a developer's listing is not complete."""
    admin = json.loads(cfnet("network-policies", "--json", variables=served_cf_world.home(tmp_path)).stdout)
    gone = {"guid": "d4d4d4d4-0000-4000-8000-000000000000", "name": None, "space": None, "org": None}
    assert [policy["destination"] for policy in admin["policies"]][-1] == gone
    developer = cfnet("network-policies", "--json", variables=served_cf_world.home(tmp_path, "dev"))
    assert json.loads(developer.stdout)["complete"] is False
