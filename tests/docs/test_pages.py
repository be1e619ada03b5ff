"""All pages: their commands run, the output shown is the real one, their links lead somewhere."""

import doctest
import re
import shlex
from pathlib import Path

import pytest

from cfnet.cli.command_table import COMMANDS
from cfnet.cli.completion.grammar import spell
from cfnet.cli.main import cfnet as root
from cfnet.document import Code
from cfnet.document.lint_section import LintId
from cfnet.sandbox import Foundation
from cfnet.show.markdown import section_of
from cfnet.show.topics import DOCUMENTATION, TOPICS
from tests.conftest import Cfnet
from tests.docs import EVERYTHING, FENCED, FOLDER, PAGES, README, ROOT, blocks, of

COMMAND = re.compile(r"^\$ cfnet (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
RAW = "https://raw.githubusercontent.com/OWNER/cfnet/main/"
BLOB = "https://github.com/OWNER/cfnet/blob/main/"
HOME = "https://github.com/OWNER/cfnet"
"""Shows the README."""
PARTS = {
    **{f"README {part.partition(chr(10))[0]}": part for part in re.split(r"^## ", README, flags=re.MULTILINE)[1:]},
    **PAGES,
}
"""What starts with a new sandbox: each part of the README, each other page."""
EXECUTED = {"console", "shell-session", "sh", "python"}


def test_there_is_a_page_for_each_topic() -> None:
    assert {topic.page for topic in TOPICS.values()} == set(PAGES) == {path.stem for path in FOLDER.iterdir()}


def test_the_readme_is_short() -> None:
    """One picture, and at most 300 lines."""
    assert len(README.splitlines()) <= 300
    assert len(re.findall(r"^!\[", README, re.MULTILINE)) == 1


@pytest.mark.parametrize("page", EVERYTHING)
def test_every_block_is_tested(page: str) -> None:
    """By a test in this package; installation commands are run by `.ci/run` and by the tests of the packages."""
    assert {block.language for block in blocks(EVERYTHING[page]) if not block.name} <= EXECUTED


def test_commands_in_sentences_and_tables_exist() -> None:
    """With all the options mentioned."""
    spelled = {each.path[1:]: {name for option in each.options for name in option.names} for each in spell(root).walk()}
    for page, text in EVERYTHING.items():
        named = re.findall(r"`cfnet ((?:sandbox )?[a-z][a-z-]+)([^`]*)`", FENCED.sub("", text))
        for command, rest in named:
            options = spelled[tuple(command.split())]
            assert set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", rest.partition("|")[0])) <= options, (page, command, rest)


def test_every_command_is_documented() -> None:
    """On some page, as code; all subcommands of the sandbox, too."""
    code = " ".join(re.findall(r"`([^`]+)`", " ".join(FENCED.sub("", text) for text in EVERYTHING.values())))
    words = set(re.findall(r"[a-z][a-z-]+", code))
    (sandbox,) = (each for each in spell(root).commands if each.path[1] == "sandbox")
    assert {*COMMANDS, *(each.path[2] for each in sandbox.commands)} - words == set()


def test_names_after_help_exist() -> None:
    """Commands, topics and ids."""
    known = {*COMMANDS, *TOPICS, *(each.id for each in (*Code, *LintId)), "COMMAND", "TOPIC", "NAME", "topics"}
    for text in EVERYTHING.values():
        assert set(re.findall(r"`cfnet help (\S+?)`", text)) - known == set()


def test_console_blocks_have_only_commands_and_output() -> None:
    """Otherwise parts of them would not be run."""
    for page in EVERYTHING:
        for block in of(page, "console"):
            assert block == "".join(f"$ cfnet {words}\n{output}" for words, output in COMMAND.findall(block))


@pytest.mark.parametrize("part", [part for part, text in PARTS.items() if "```console" in text])
def test_every_command_prints_the_output_shown(
    part: str, cfnet: Cfnet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In order, on a new sandbox, in a directory with the files of the page; stdout and stderr together."""
    monkeypatch.chdir(tmp_path)
    with Foundation.open(None) as foundation:
        for block in blocks(PARTS[part]):
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


@pytest.mark.parametrize(
    ("page", "text"), [(page, text) for page in EVERYTHING for text in of(page, "python")], ids=lambda text: text[:20]
)
def test_examples_of_library_use_print_the_output_shown(page: str, text: str) -> None:
    """Each separately, as typed in Python's interactive mode."""
    example = doctest.DocTestParser().get_doctest(text, {}, page, page, 0)
    shown_text: list[str] = []
    results = doctest.DocTestRunner().run(example, out=shown_text.append)
    assert (results.failed, shown_text) == (0, [])
    assert results.attempted > 5


def test_every_variable_is_documented() -> None:
    """Except for those of the system: home directory, PATH, SHELL."""
    source = " ".join(path.read_text("utf-8") for path in (ROOT / "cfnet").rglob("*.py"))
    read = set(re.findall(r'variables(?:\.get\(|\[)"(\w+)"|_folder\("(\w+)"', source))
    names = {name for pair in read for name in pair if name} - {"HOME", "HOMEDRIVE", "HOMEPATH", "USERPROFILE"}
    code = " ".join(re.findall(r"`([^`]+)`", section_of(PAGES["reference"], "Environment")))
    assert len(names) > 20
    assert names - {"PATH", "SHELL"} - set(re.findall(r"\w+", code)) == set()


def test_messages_in_troubleshooting_exist() -> None:
    """The messages of cfnet, and those of servers as the sandbox has them."""
    source = " ".join(path.read_text("utf-8") for path in (ROOT / "cfnet").rglob("*.py"))
    shown = " ".join(re.sub(r'"\s*\n\s*f?"', "", source).split())
    table = PAGES["troubleshooting"].partition("## Not allowed (403)\n")[2]
    messages = re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)
    named = [part for message in messages if " " in message for part in message.split(" […] ") if part.count(" ") > 1]
    assert len(named) > 5
    assert [part for part in named if part.rstrip(" …").split(" … ")[0].split(" [")[0] not in shown] == []


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", EVERYTHING)
def test_every_link_leads_to_a_file_and_a_heading(page: str) -> None:
    """Links to other sites are not followed."""
    folder = ROOT if page == "README" else FOLDER
    for link in LINK.findall(FENCED.sub("", EVERYTHING[page])):
        local = re.fullmatch(rf"(?:{re.escape(BLOB)}|{re.escape(RAW)}|{re.escape(HOME)}(?=#))(.*)", link)
        if "://" in link and not local:
            continue
        file, _, anchor = (local[1] if local else link).partition("#")
        target = (ROOT / file if local else folder / file) if file else None
        text = EVERYTHING[page] if target is None else target.read_bytes().decode("utf-8", "replace")
        assert not anchor or anchor in anchors(text), link


def test_links_of_the_readme_are_absolute() -> None:
    """So that they work on the package index."""
    links = LINK.findall(FENCED.sub("", README))
    assert [link for link in links if not link.startswith("https://")] == []
    assert DOCUMENTATION.startswith(BLOB)
