"""The page on pipelines: each of its files works in a pipeline."""

import re
from pathlib import Path

import pytest
import yaml  # noqa: TID253 - GitHub parses this as YAML, too

from cfnet.sandbox import DEFAULT, WorldApp
from tests.conftest import Served
from tests.docs import API, ROOT, files, of
from tests.pipelines import ACTION, Checkout, act, checkout_of

CALL_OF_CF = re.compile(r"(?:^|&& )cf (.*?)(?= &&|$)", re.MULTILINE)
FILES = files("pipelines")


@pytest.fixture
def checkout(tmp_path: Path, served: Served) -> Checkout:
    """A pipeline's checkout of the page's files."""
    return checkout_of(FILES, tmp_path, served)


def test_a_blue_green_deployment(checkout: Checkout, served: Served) -> None:
    """The new app has the policies before it gets the route, and only it has them at the end; cf is a stub."""
    (script,) = (text for text in of("pipelines", "sh") if "cf push" in text)
    served.foundation.load(
        DEFAULT._replace(apps=(*DEFAULT.apps, WorldApp("shop", "demo/dev"), WorldApp("shop-green", "demo/dev")))
    )
    for words in ("add-network-policy appA shop", "add-network-policy shop appB --protocol udp --port 53"):
        checkout.sh(f"cfnet {words}")
    checkout.sh(script)
    listed = [line.split()[:4] for line in checkout.sh("cfnet network-policies").splitlines()[3:]]
    assert listed == [["appA", "shop-green", "tcp", "8080"], ["shop-green", "appB", "udp", "53"]]
    assert checkout.kept("cf-calls").splitlines() == CALL_OF_CF.findall(script)


@pytest.mark.parametrize("nth", [0, 1], ids=["described by the environment", "logged in once"])
def test_the_session_of_a_pipeline(nth: int, served: Served, tmp_path: Path) -> None:
    """At the end the policy exists, and no token is stored."""
    script = [text for text in of("pipelines", "sh") if "CF_PASSWORD" in text][nth]
    checkout = checkout_of({}, tmp_path, served)
    user, password = re.findall(r"CF_USERNAME=(\S+) CF_PASSWORD=(\S+)", script)[0]
    served.foundation.load(DEFAULT._replace(users=(DEFAULT.users[0]._replace(name=user, password=password),)))
    outside = {name: "" for name in checkout.variables if name.startswith("CF_")} | {"HOME": str(tmp_path)}
    printed = checkout.sh(script.replace(API, served.url), **outside)
    assert f"from app appA to app appB in org demo / space dev as {user}...\nOK\n" in printed
    assert served.asked.count("POST /networking/v1/external/policies") == 1
    assert not list(tmp_path.rglob("tokens.json"))


def test_the_workflow_can_be_copied(checkout: Checkout) -> None:
    """Its last step is this repository's action; the second run has nothing to change."""
    workflow = yaml.safe_load(FILES[".github/workflows/network-policies.yml"])
    *_, step = workflow["jobs"]["network-policies"]["steps"]
    repository, _, path = step["uses"].partition("@")[0].partition("/.github/")
    assert repository == "OWNER/cfnet"
    assert ROOT / ".github" / path == ACTION
    secrets = {name: text for name, text in step["with"].items() if "${{" in text}
    inputs = {name.replace("-", "_"): text for name, text in step["with"].items() if name not in secrets}
    inputs |= {name: checkout.variables[f"CF_{name.upper()}"] for name in secrets}
    for event in ("pull_request", "push", "pull_request"):
        assert event in workflow[True]  # YAML 1.1 reads the key `on` as a boolean
        assert act(checkout, event, **inputs).exit == 0
    (comment,) = checkout.comments()
    assert comment == (
        "### Network policies\n\nNothing would change. 0 to add, 0 to remove, 3 as declared.\n\n"
        "> **Note:** This user cannot see all policies (no `network.admin`): there may be more to remove.\n"
    )


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".sh")])
def test_the_script_can_be_copied(name: str, checkout: Checkout) -> None:
    """It reviews, and applies the reviewed plan."""
    assert "3 to add, 0 to remove, 0 as declared." in checkout.sh(f"sh {name} review")
    assert checkout.sh(f"sh {name} apply").endswith("Applied 3 of 3 changes: 3 added, 0 removed.\n")
    assert "Nothing would change." in checkout.sh(f"sh {name} review")
