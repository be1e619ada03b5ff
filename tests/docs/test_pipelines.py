"""The page on pipelines: each of its files works in a pipeline."""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml  # noqa: TID253 - GitHub parses this as YAML, too

from cfnet.sandbox import DEFAULT, WorldApp
from tests.conftest import Served
from tests.docs import API, ROOT, files, of
from tests.pipelines import ACTION, Checkout, act, checkout_of
from tests.skipping import skip_or_fail

CALL_OF_CF = re.compile(r"(?:^|&& )cf (.*?)(?= &&|$)", re.MULTILINE)
FILES = files("pipelines")


@pytest.fixture
def checkout(tmp_path: Path, served: Served) -> Checkout:
    """A pipeline's checkout of the page's files."""
    return checkout_of(FILES, tmp_path, served)


def shop(served: Served, checkout: Checkout) -> None:
    """The apps of a blue-green deployment, with the policies of the old one."""
    served.foundation.load(
        DEFAULT._replace(apps=(*DEFAULT.apps, WorldApp("shop", "demo/dev"), WorldApp("shop-green", "demo/dev")))
    )
    for words in ("add-network-policy appA shop", "add-network-policy shop appB --protocol udp --port 53"):
        checkout.sh(f"cfnet {words}")


def listed(checkout: Checkout) -> list[list[str]]:
    """The policies of the space: source, destination, protocol, ports."""
    return [line.split()[:4] for line in checkout.sh("cfnet network-policies").splitlines()[3:]]


ADMIN = {"CF_USERNAME": "admin", "CF_PASSWORD": "admin"}


def test_a_blue_green_deployment(checkout: Checkout, served: Served) -> None:
    """The new app has the policies before it gets the route, and only it has them at the end; cf is a stub."""
    shop(served, checkout)
    checkout.sh("sh blue-green.sh", **ADMIN)
    assert listed(checkout) == [["appA", "shop-green", "tcp", "8080"], ["shop-green", "appB", "udp", "53"]]
    assert checkout.kept("cf-calls").splitlines() == CALL_OF_CF.findall(FILES["blue-green.sh"])


def test_a_blue_green_deployment_stops_if_policies_may_be_invisible(checkout: Checkout, served: Served) -> None:
    """Nothing but the new app exists then; with --force in two places, a developer can deploy."""
    shop(served, checkout)
    before = listed(checkout)
    assert checkout.ended("sh blue-green.sh").returncode == 3
    assert checkout.kept("cf-calls") == "push shop-green --no-route\n"
    assert listed(checkout) == before
    forced = FILES["blue-green.sh"].replace("--remove-old", "--remove-old --force")
    assert checkout.ended(forced).returncode == 0
    assert listed(checkout) == [["appA", "shop-green", "tcp", "8080"], ["shop-green", "appB", "udp", "53"]]


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


def test_the_script_can_be_copied(checkout: Checkout) -> None:
    """It reviews, and applies the reviewed plan."""
    assert "3 to add, 0 to remove, 0 as declared." in checkout.sh("sh network-policies.sh review")
    assert checkout.sh("sh network-policies.sh apply").endswith("Applied 3 of 3 changes: 3 added, 0 removed.\n")
    assert "Nothing would change." in checkout.sh("sh network-policies.sh review")


INSTALLED = "install --quiet cfnet-cli\n"
"""What the stub of pip records."""
SESSION = {"CF_API_URL", "CF_ORG", "CF_SPACE"}
ADDED = 3
"""Policies of the page's document, none of which exists at first."""


def require(*programs: str) -> None:
    """Skip a test without programs that every machine of that CI system has."""
    for program in programs:
        if shutil.which(program) is None:
            skip_or_fail(f"the script uses {program}")


def test_the_workflow_with_an_identity_token(checkout: Checkout, served: Served) -> None:
    """The job needs no secret; the issuer is asked with the job's own token, for the right audience."""
    require("curl", "jq")
    job = yaml.safe_load(FILES[".github/workflows/apply-policies.yml"])["jobs"]["apply"]
    token = served.foundation.sign_in("dev", base=served.url).access
    asked: list[tuple[str, str]] = []

    class Issuer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Authorization"]))
            answer = json.dumps({"value": token}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Issuer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        variables = {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"http://127.0.0.1:{server.server_port}/token?version=2",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "secret",
            "CF_ASSERTION_FILE": str(checkout.folder / "assertion"),
            "CF_USERNAME": "",
            "CF_PASSWORD": "",
        }
        printed = [checkout.sh(step["run"], **variables) for step in job["steps"] if "run" in step]
        server.shutdown()
    assert set(job["env"]) == {*SESSION, "CF_ASSERTION_FILE"}
    assert asked == [(f"/token?version=2&audience={served.url}", "bearer secret")]
    assert printed[-1].endswith(f"Applied {ADDED} of {ADDED} changes: {ADDED} added, 0 removed.\n")
    assert [path.stat().st_mode & 0o077 for path in checkout.folder.glob("assertion*")] == [0, 0]


class Notes(NamedTuple):
    """GitLab's notes on a merge request, by id."""

    url: str
    texts: dict[int, str]


@contextmanager
def gitlab() -> Iterator[Notes]:
    """Serve the part of GitLab's API that is about the notes on merge request 7 of project 5."""
    texts = {100: "Looks good."}

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode())
            path = urlsplit(self.path).path.removeprefix("/projects/5/merge_requests/7/notes")
            assert self.headers["PRIVATE-TOKEN"] == "secret"
            if self.command != "GET":
                texts[int(path[1:] or len(texts) + 100)] = form["body"][0]
            told = json.dumps([{"id": each, "body": text} for each, text in texts.items()]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = do_POST = do_PUT = answer  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield Notes(f"http://127.0.0.1:{server.server_port}", texts)
        server.shutdown()


def test_the_pipeline_of_gitlab(checkout: Checkout) -> None:
    """A review writes a note, and the next one replaces it; its reports are those that GitLab reads."""
    require("curl")
    jobs = yaml.safe_load(FILES[".gitlab-ci.yml"])
    assert set(jobs["variables"]) == SESSION
    review, apply = (
        "\n".join([*jobs["default"]["before_script"], *jobs[f"network-policies-{job}"]["script"]])
        for job in ("review", "apply")
    )
    with gitlab() as notes:
        of_merge_request = {
            "CI_API_V4_URL": notes.url,
            "CI_PROJECT_ID": "5",
            "CI_MERGE_REQUEST_IID": "7",
            "GITLAB_TOKEN": "secret",
        }
        checkout.sh(review, **of_merge_request)
        assert f"{ADDED} to add, 0 to remove" in notes.texts[101]
        assert checkout.sh(apply).endswith(f"Applied {ADDED} of {ADDED} changes: {ADDED} added, 0 removed.\n")
        checkout.sh(review, **of_merge_request)
        assert set(notes.texts) == {100, 101}
        assert notes.texts[100] == "Looks good."
        assert notes.texts[101].startswith(
            "<!-- cfnet network-policies -->\n\n### Network policies\n\nNothing would change."
        )
    assert checkout.kept("installed") == INSTALLED * 3
    reports = jobs["network-policies-review"]["artifacts"]["reports"]
    assert json.loads(checkout.kept(reports["codequality"])) == []
    assert "<testsuite" in checkout.kept(reports["junit"])


def test_the_pipeline_of_jenkins(checkout: Checkout) -> None:
    """All its shell lines, in order; the last one applies the reviewed plan."""
    lines = re.findall(r"^ *sh '(.*)'$", FILES["Jenkinsfile"], re.MULTILINE)
    assert len(lines) == FILES["Jenkinsfile"].count(" sh '")
    assert set(re.findall(r"^ *(CF_\w+) = ", FILES["Jenkinsfile"], re.MULTILINE)) == SESSION
    *_, applied = [checkout.sh(line) for line in lines]
    assert applied.endswith(f"Applied {ADDED} of {ADDED} changes: {ADDED} added, 0 removed.\n")
    assert checkout.kept("installed") == INSTALLED
    assert f"{ADDED} to add" in checkout.kept("review.md")
    assert "<testsuite" in checkout.kept("expectations.xml")


def test_the_pipeline_of_concourse(checkout: Checkout) -> None:
    """Its tasks get the outputs of earlier ones; the last job fails when policies were changed manually."""
    pipeline, task = (yaml.safe_load(FILES[f"ci/{name}.yml"]) for name in ("pipeline", "network-policies"))
    artifacts = checkout.folder / "artifacts"
    shutil.copytree(checkout.folder, artifacts / "policies", ignore=lambda *_: ["artifacts", "bin"])

    def ran(step: dict[str, Any]) -> int:
        """Run a task in a new directory, with its inputs and outputs."""
        assert step["file"] == "policies/ci/network-policies.yml"
        assert (
            set(step["params"]) - {"JOB"} == {*SESSION, "CF_USERNAME", "CF_PASSWORD"} == set(task["params"]) - {"JOB"}
        )
        folder = checkout.folder / step["task"]
        for name in (each["name"] for each in task["inputs"]):
            source = artifacts / step.get("input_mapping", {}).get(name, name)
            if source.is_dir():
                shutil.copytree(source, folder / name)
        for output in task["outputs"]:
            (folder / output["name"]).mkdir()
        words = shlex.join([task["run"]["path"], *task["run"]["args"]])
        job = step["params"].get("JOB", task["params"]["JOB"])
        code = checkout._replace(folder=folder).ended(words, JOB=job).returncode
        for output in task["outputs"]:
            shutil.copytree(folder / output["name"], artifacts / output["name"], dirs_exist_ok=True)
        return code

    change, drift = ([step for step in job["plan"] if "task" in step] for job in pipeline["jobs"])
    assert [ran(step) for step in change] == [0, 0]
    assert len(listed(checkout)) == ADDED
    assert [ran(step) for step in drift] == [0]
    checkout.sh("cfnet add-network-policy appA appB --protocol udp --port 53")
    shutil.rmtree(checkout.folder / "drift")
    assert [ran(step) for step in drift] == [1]


def test_the_pipeline_of_azure(checkout: Checkout) -> None:
    """Steps with a script, in order; only they have the password."""
    pipeline = yaml.safe_load(FILES["azure-pipelines.yml"])
    install, *steps = [step for step in pipeline["steps"] if "script" in step]
    assert "env" not in install
    assert [set(step["env"]) for step in steps] == [{"CF_PASSWORD"}, {"CF_PASSWORD"}]
    checkout.sh(install["script"])
    reviewed, applied = (checkout.sh(step["script"]) for step in steps)
    assert reviewed.endswith(f"##vso[task.uploadsummary]{checkout.folder}/review.md\n")
    assert f"{ADDED} to add" in checkout.kept("review.md")
    assert applied.endswith(f"Applied {ADDED} of {ADDED} changes: {ADDED} added, 0 removed.\n")
    assert "<testsuite" in checkout.kept("expectations.xml")
