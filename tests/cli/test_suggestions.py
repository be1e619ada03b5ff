"""Arguments that make no sense: bytes that are not text, and stdin requested twice."""

from pathlib import Path

import pytest

from cfnet.cli.command_table import COMMANDS, OF_CF, SHORT, SYNONYMS
from tests.cli.document_world import DECLARED, DOCUMENT, with_policies, write
from tests.conftest import Cfnet, Ran, Served

BYTES = "\udcff"
"""The byte 0xff, as Python reads it from a command line in UTF-8."""
NO_TEXT = "'\\xff' is not text in this terminal's encoding.\n"

MIRRORED = {
    "add-network-policy": [BYTES, "appA"],
    "remove-network-policy": ["appA", BYTES, "--protocol", "tcp", "--port", "1"],
    "network-policies": ["--source", BYTES],
    "target": ["-s", BYTES],
}
OWN = {
    "copy-network-policies": [BYTES, "appA"],
    "export": ["--space", BYTES],
    "graph": ["--app", BYTES],
    "render": ["--cell", BYTES],
    "trace": [BYTES, "appA"],
    "snapshot": ["folder", "--space", BYTES],
}


@pytest.mark.parametrize(("command", "words"), MIRRORED.items(), ids=MIRRORED)
def test_invalid_text_fails_as_in_cf(
    command: str, words: list[str], served: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """Exit 1 with FAILED, before any request."""
    ran = cfnet(command, *words, variables=served.home(tmp_path))
    assert ran == Ran(1, "FAILED\n", NO_TEXT)
    assert served.asked == []


@pytest.mark.parametrize(("command", "words"), OWN.items(), ids=OWN)
def test_invalid_text_is_wrong_usage(
    command: str, words: list[str], served: Served, cfnet: Cfnet, tmp_path: Path
) -> None:
    """Exit 2, before any request."""
    output = f"{NO_TEXT}See 'cfnet help {command}'.\n"
    assert cfnet(command, *words, variables=served.home(tmp_path)) == Ran(2, "", output)
    assert served.asked == []


@pytest.mark.parametrize("words", [["scale", BYTES, "-i", "2"], ["push", BYTES], ["delete", BYTES]], ids=" ".join)
def test_invalid_text_is_not_an_app_of_the_sandbox(words: list[str], cfnet: Cfnet) -> None:
    """Exit 2."""
    assert cfnet("sandbox", *words) == Ran(2, "", f"{NO_TEXT}See 'cfnet help sandbox {words[0]}'.\n")


def test_a_variable_with_invalid_text(cfnet: Cfnet, tmp_path: Path) -> None:
    """It would be inserted into the document."""
    file = write(tmp_path)
    ran = cfnet("validate", file, variables={"CFNET_VAR_name": BYTES})
    assert ran == Ran(2, "", "CFNET_VAR_name is not text in this terminal's encoding.\n")
    assert cfnet("validate", file, "--var", f"name={BYTES}").exit == 2


def test_a_path_may_have_any_bytes(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The file system accepts them; they are shown escaped."""
    file = write(tmp_path, name=f"{BYTES}.yml")
    variables = with_policies(served, *DECLARED).home(tmp_path)
    assert cfnet("validate", file).exit == 0
    assert cfnet("diff", file, "--out", f"{tmp_path}/{BYTES}.json", variables=variables).exit == 0
    assert cfnet("apply", f"{tmp_path}/{BYTES}.json", "--yes", variables=variables).exit == 0
    assert cfnet("capacity", "--what-if", f"add={file}", variables=variables).exit == 0
    snapshot = f"{tmp_path}/{BYTES}"
    assert cfnet("snapshot", snapshot, variables=variables).exit == 0
    assert cfnet("render", "--from", snapshot).exit == 0
    assert cfnet("explain", f"{tmp_path}/{BYTES}").stderr.startswith(f"{tmp_path}/\\xff: cannot be read")


TWICE = {
    "a document and values": ["validate", "-", "--vars-file", "-"],
    "a document and its base": ["diff", "--rules", "-", "--base", "-"],
    "a document and instances": ["graph", "--format", "html", "-f", "-", "--lrps", "-"],
    "a document and instances of a report": ["report", "-", "--lrps", "-"],
    "a document to apply and values": ["apply", "-", "--vars-file", "-"],
    "a document and instances of a trace": ["trace", "a", "b", "-f", "-", "--lrps", "-"],
    "two changes": ["capacity", "--what-if", "add=-", "--what-if", "remove=-"],
    "a change and instances": ["capacity", "--what-if", "add=-", "--lrps", "-"],
    "rules and instances": ["verify", "--cell", "cell-1", "-", "--lrps", "-"],
    "rules from stdin by default, and instances": ["verify", "--cell", "cell-1", "--lrps", "-"],
    "two files of values": ["validate", "x.yml", "--vars-file", "-", "--vars-file", "-"],
}


@pytest.mark.parametrize("words", TWICE.values(), ids=TWICE)
def test_stdin_is_read_once(words: list[str], cfnet: Cfnet) -> None:
    """A second read would find nothing."""
    output = f"stdin can be read only once: only one file can be '-'.\nSee 'cfnet help {words[0]}'.\n"
    assert cfnet(*words, stdin=DOCUMENT) == Ran(2, "", output)


def test_stdin_named_twice_for_the_same_purpose_is_read_once(cfnet: Cfnet) -> None:
    """Like any file of a desired state."""
    assert cfnet("validate", "-", "-", stdin=DOCUMENT).stderr == "1 file, 2 policies, no faults.\n"


def test_values_from_stdin_apply_to_both_documents(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """They are read once, whichever document has variables."""
    new = write(tmp_path, DOCUMENT.replace("5432", "((port))"), "new.yml")
    old = write(tmp_path, DOCUMENT.replace("5432", "((port))"), "old.yml")
    words = ["diff", "--rules", new, "--base", old, "--vars-file", "-"]
    ran = cfnet(*words, variables=with_policies(served).home(tmp_path), stdin="port: 5432\n")
    assert (ran.exit, ran.stdout.splitlines()[0]) == (
        0,
        "No rule changes. 2 cells are unchanged.",
    )


UNUSED = {
    "a graph": (["graph", "--var", "x=y"], "--var and --vars-file require FILE\nSee 'cfnet help graph'.\n"),
    "a trace": (
        ["trace", "a", "b", "--vars-file", "x"],
        "--var and --vars-file require FILE\nSee 'cfnet help trace'.\n",
    ),
    "more instances": (
        ["capacity", "--what-if", "scale=a:2", "--var", "x=y"],
        "--var and --vars-file require FILE, or --what-if add= or remove=\nSee 'cfnet help capacity'.\n",
    ),
    "a plan": (
        ["apply", "PLAN", "--var", "x=y"],
        "PLAN is a plan: it has no variables.\nOmit --var and --vars-file.\n",
    ),
}


@pytest.mark.parametrize(("words", "stderr"), UNUSED.values(), ids=UNUSED)
def test_unused_values_are_refused(words: list[str], stderr: str, cfnet: Cfnet, tmp_path: Path) -> None:
    """Their user expects them to have an effect."""
    plan = write(tmp_path, '{"format_version": 1}', "plan.json")
    ran = cfnet(*(word.replace("PLAN", plan) for word in words))
    assert ran == Ran(2, "", stderr.replace("PLAN", plan))


NEAR = {
    "GRAPH": "Did you mean 'graph'?",
    "Network-Policy": "Did you mean 'add-network-policy' or 'network-policies'?",
    "graf": "Did you mean 'graph'?",
    "plan": "Did you mean 'diff'?",
    "info": "Did you mean 'target'?",
    "describe": "Did you mean 'explain'?",
    "check": "Did you mean 'validate' or 'verify'?",
    "rm": "Did you mean 'remove-network-policy'?",
    "policies": "Did you mean 'network-policies' or 'copy-network-policies'?",
    "policy": "Did you mean 'add-network-policy' or 'remove-network-policy'?",
    "remove": "Did you mean 'remove-network-policy'?",
    "add": "Did you mean 'add-network-policy'?",
    "list": "Did you mean 'network-policies'?",
}


@pytest.mark.parametrize(("word", "question"), NEAR.items(), ids=NEAR)
def test_a_command_is_suggested(word: str, question: str, cfnet: Cfnet) -> None:
    """By similarity, by part of its name, or by purpose."""
    assert cfnet(word) == Ran(2, "", f"'{word}' is not a registered command. See 'cfnet help'\n{question}\n")


SLIPS = {
    "a subcommand": (["sandbox", "psuh"], "No such command 'psuh'. Did you mean 'push'?\n"),
    "unlike any command": (["sandbox", "zzz"], "No such command 'zzz'.\n"),
    "a manual page": (["man", "rendr"], " Did you mean 'render'?\n"),
    "a shell": (["completion", "bsh"], " Did you mean 'bash' or 'zsh'?\n"),
    "a format": (["graph", "--format", "svgg"], " Did you mean 'svg'?\n"),
}


@pytest.mark.parametrize(("words", "output"), SLIPS.values(), ids=SLIPS)
def test_a_choice_is_suggested(words: list[str], output: str, cfnet: Cfnet) -> None:
    """Wherever there are few choices; a line names the help."""
    ran = cfnet(*words)
    assert (ran.exit, ran.stdout) == (2, "")
    assert ran.stderr.endswith(f"{output}See 'cfnet help {words[0]}'.\n")


def test_synonyms_are_not_commands_and_lead_to_commands() -> None:
    """Otherwise a synonym would never be looked up, or would suggest a command that does not exist."""
    assert not {*SYNONYMS} & {*COMMANDS, *SHORT, *OF_CF}
    assert {name for names in SYNONYMS.values() for name in names} <= {*COMMANDS}
