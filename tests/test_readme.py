"""The README: its commands run, its files are valid and used, and the output shown is the real one."""

import doctest
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml  # noqa: TID253 - GitHub parses this as YAML, too

from cfnet.cli.completion.grammar import spell
from cfnet.cli.main import cfnet as root
from cfnet.sandbox import DEFAULT, Foundation, User, WorldApp, serve
from tests.certificates import certificate
from tests.conftest import Cfnet, Served
from tests.pipelines import ACTION, Checkout, act, checkout_of
from tests.terminal import Terminal

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCED = re.compile(r"^```(\S+)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^\$ cfnet (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
CALL_OF_CF = re.compile(r"(?:^|&& )cf (.*?)(?= &&|$)", re.MULTILINE)
API = "https://api.example.com"


class Block(NamedTuple):
    """A fenced block; `name` is the file name, empty if it is not a file."""

    language: str
    name: str
    text: str


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of `text`, in order."""
    return (Block(*found) for found in FENCED.findall(text))


BLOCKS = list(blocks(README))
FILES = {block.name: block.text for block in BLOCKS if block.name}
PARTS = [part for part in re.split(r"^(?=## )", README, flags=re.MULTILINE) if "```console" in part]


def of(language: str) -> list[str]:
    """The blocks of a language that are not files."""
    return [block.text for block in BLOCKS if block.language == language and not block.name]


def title(part: str) -> str:
    """The heading of a section."""
    return part.partition("\n")[0].removeprefix("## ")


def test_every_block_is_tested() -> None:
    """By the tests below; installation commands are run by `.ci/run` and by the tests of the packages."""
    assert {block.language for block in BLOCKS if not block.name} == {"console", "shell-session", "sh", "python"}
    assert len(BLOCKS) > 30


def test_commands_in_sentences_and_tables_exist() -> None:
    """With all the options mentioned."""
    spelled = {each.path[1:]: {name for option in each.options for name in option.names} for each in spell(root).walk()}
    named = re.findall(r"`cfnet ((?:sandbox |help )?[a-z-]+)([^`]*)`", FENCED.sub("", README))
    assert len(named) > 40
    for command, rest in named:
        options = spelled[tuple(command.split())]
        assert set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", rest.partition("|")[0])) <= options, f"cfnet {command}{rest}"


def test_console_blocks_have_only_commands_and_output() -> None:
    """Otherwise parts of them would not be run."""
    for block in of("console"):
        assert block == "".join(f"$ cfnet {words}\n{output}" for words, output in COMMAND.findall(block))


@pytest.mark.parametrize("part", PARTS, ids=title)
def test_every_command_prints_the_output_shown(
    part: str, cfnet: Cfnet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of the section, on a new sandbox, in a directory with its files; stdout and stderr together."""
    monkeypatch.chdir(tmp_path)
    with Foundation.open(None) as foundation:
        for block in blocks(part):
            if block.name:
                Path(block.name).parent.mkdir(parents=True, exist_ok=True)
                Path(block.name).write_text(block.text, encoding="utf-8")
            elif block.language == "console":
                for typed, output in COMMAND.findall(block.text):
                    command, _, file = typed.partition(" > ")
                    ran = cfnet(*shlex.split(command), variables={"CFNET_SANDBOX": "1"}, embedded=foundation)
                    if file:
                        Path(file).write_text(ran.stdout, encoding="utf-8")
                        ran = ran._replace(stdout="")
                    printed = ran.stdout + ran.stderr if ran.exit == 0 else ran.stderr + ran.stdout
                    assert printed.rstrip("\n") == output.rstrip("\n"), typed


@pytest.mark.parametrize("text", of("python"), ids=["a document", "a cell"])
def test_the_examples_of_library_use_print_the_output_shown(text: str) -> None:
    """Each separately, as typed in Python's interactive mode."""
    example = doctest.DocTestParser().get_doctest(text, {}, "README.md", "README.md", 0)
    shown_text: list[str] = []
    results = doctest.DocTestRunner().run(example, out=shown_text.append)
    assert (results.failed, shown_text) == (0, [])
    assert results.attempted > 5


def test_a_login_looks_as_shown(tmp_path: Path) -> None:
    """On a terminal, for a foundation with a trusted certificate, except for the URL."""
    (shown,) = of("shell-session")
    command, _, screen = shown.partition("\n")
    (user,) = re.findall(r"^Email: (.*)$", screen, re.MULTILINE)
    world = DEFAULT._replace(users=(User(user, "secret", DEFAULT.users[0].scopes),))
    with Foundation.open(None) as foundation, serve(foundation, context=certificate(tmp_path, "127.0.0.1")) as server:
        foundation.load(world)
        variables = {"HOME": str(tmp_path), "SSL_CERT_FILE": str(tmp_path / "cert.pem"), "CFNET_KEYRING": "off"}
        words = shlex.split(command.removeprefix("$ cfnet ").replace(API, server.url))
        with Terminal(*words, variables=variables) as terminal:
            terminal.answer("Email: ", user)
            terminal.answer("Password: ", "secret")
            ended = terminal.end()
        assert (ended.exit, without_blanks(ended.screen.replace(server.url, API))) == (0, without_blanks(screen))


def without_blanks(text: str) -> str:
    """`text` without trailing blanks."""
    return "".join(f"{line.rstrip()}\n" for line in text.splitlines()).rstrip("\n")


@pytest.fixture
def checkout(tmp_path: Path, served: Served) -> Checkout:
    """A pipeline's checkout of the README's files."""
    return checkout_of(FILES, tmp_path, served)


def test_a_blue_green_deployment(checkout: Checkout, served: Served) -> None:
    """The new app has the policies before it gets the route, and only it has them at the end; cf is a stub."""
    (script,) = (text for text in of("sh") if "cf push" in text)
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
    script = [text for text in of("sh") if "CF_PASSWORD" in text][nth]
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


def test_completion_is_set_up_as_described(checkout: Checkout) -> None:
    """The scripts of `completions/` in standard directories; bash loads its own immediately."""
    (script,) = (text for text in of("sh") if "cfnet completion" in text)
    for folder in (".zfunc", ".config/fish/completions"):
        (checkout.folder / folder).mkdir(parents=True)
    shown_text = checkout.sh(f"{script}\ncomplete -p cfnet", HOME=str(checkout.folder))
    assert shown_text == "complete -F _cfnet cfnet\n"
    for made, kept in ((".zfunc/_cfnet", "_cfnet"), (".config/fish/completions/cfnet.fish", "cfnet.fish")):
        assert checkout.kept(made) == (ROOT / "completions" / kept).read_text(encoding="utf-8")
