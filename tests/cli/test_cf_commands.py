"""The three commands of `cf` beyond the golden cases: command line → stdout, stderr, exit code."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import Cfnet, Ran, Served

LISTING = "Listing network policies in org demo / space dev as admin...\n"
ADDING = "Adding network policy from app {} to app {} in org demo / space dev as admin...\n"
REMOVING = "Removing network policy from app {} to app {} in org demo / space dev as admin...\n"
DONE = "OK\n\n"
NONE = "source   destination   protocol   ports   destination space   destination org\n"


class Case(NamedTuple):
    """A command line and its result; `HELP` in `stdout` stands for the command's help."""

    title: str
    words: tuple[str, ...]
    stdout: str
    stderr: str = ""
    exit: int = 0


def misread(title: str, words: str, stderr: str) -> Case:
    """A command line that cf's parser rejects."""
    return Case(title, tuple(words.split(" ")), "HELP", f"Incorrect Usage: {stderr}\n\n", 1)


def misused(title: str, words: str, stderr: str) -> Case:
    """A command line that cf parses and then rejects."""
    return Case(title, tuple(words.split(" ")), "FAILED\n\nHELP", f"Incorrect Usage: {stderr}\n", 1)


ADD, REMOVE, LIST = "add-network-policy", "remove-network-policy", "network-policies"
ADD_TCP = f"{ADD} appA appB --protocol tcp"

CASES = [
    Case("an empty space lists only the header", (LIST,), f"{LISTING}\n{NONE}"),
    Case("names ignore case", (ADD, "APPA", "appb"), ADDING.format("APPA", "appb") + DONE),
    Case(
        "flags may be before and between arguments",
        (ADD, "--port", "9", "appA", "--protocol=UDP", "appB"),
        ADDING.format("appA", "appB") + DONE,
    ),
    Case(
        "an empty -s is ignored",
        (ADD, "appA", "appB", "-s", ""),
        ADDING.format("appA", "appB") + DONE,
    ),
    Case(
        "a short flag takes its value attached",
        (ADD, "appA", "appB", "-sdev", "-o=demo"),
        "Adding network policy from app appA in org demo / space dev"
        " to app appB in org demo / space dev as admin...\nOK\n\n",
    ),
    Case(
        "the last of repeated flags applies",
        (REMOVE, "appA", "appB", "--protocol", "udp", "--protocol", "tcp", "--port", "1", "--port", "2"),
        REMOVING.format("appA", "appB") + "Policy does not exist.\n" + DONE,
    ),
    Case(
        "a plus sign is a sign",
        (ADD, "appA", "appB", "--protocol", "tcp", "--port", "+80"),
        ADDING.format("appA", "appB") + DONE,
    ),
    Case(
        "two dashes are an argument",
        (ADD, "--", "appB"),
        ADDING.format("--", "appB") + "FAILED\n",
        "App '--' not found.\n",
        1,
    ),
    Case(
        "two dashes end the options where cf would refuse the line",
        (ADD, "--", "appA", "-x"),
        ADDING.format("appA", "-x") + "FAILED\n",
        "App '-x' not found.\n",
        1,
    ),
    Case(
        "an empty name matches no app",
        (ADD, "", "appB"),
        ADDING.format("", "appB") + "FAILED\n",
        "Application not found\n",
        1,
    ),
    Case(
        "an empty second name matches no app",
        (ADD, "appA", ""),
        ADDING.format("appA", "") + "FAILED\n",
        "Application not found\n",
        1,
    ),
    Case(
        "an empty --source means the whole space",
        (LIST, "--source", "", "--destination="),
        f"{LISTING}\n{NONE}",
    ),
    Case(
        "a name with a comma is one name",
        (ADD, "appA,appB", "appB"),
        ADDING.format("appA,appB", "appB") + "FAILED\n",
        "App 'appA,appB' not found.\nDid you mean 'appB' or 'appA'?\n",
        1,
    ),
    Case(
        "a name of excessive length is unknown",
        (ADD, "x" * 9000, "appB"),
        ADDING.format("x" * 9000, "appB") + "FAILED\n",
        f"App '{'x' * 9000}' not found.\n",
        1,
    ),
    Case(
        "an escape sequence in a name is escaped",
        (ADD, "a\x1b[31mb", "appB"),
        ADDING.format("a\\x1b[31mb", "appB") + "FAILED\n",
        "App 'a\\x1b[31mb' not found.\n",
        1,
    ),
    Case(
        "an unknown space",
        (REMOVE, "appA", "appB", "-s", "nope", "--protocol", "tcp", "--port", "1"),
        "FAILED\n",
        "Space 'nope' not found.\n",
        1,
    ),
    Case(
        "an unknown org",
        (ADD, "appA", "appB", "-s", "dev", "-o", "nope"),
        "FAILED\n",
        "Organization 'nope' not found.\n",
        1,
    ),
    Case("help takes precedence over what follows it", (ADD, "--help", "--bogus"), "HELP"),
    Case("-h is help", (LIST, "-h"), "HELP"),
    Case("-help is help", (LIST, "-help"), "HELP"),
    Case(
        "help does not take precedence over what precedes it",
        (LIST, "--bogus", "--help"),
        "HELP",
        "Incorrect Usage: unknown flag `bogus'\n\n",
        1,
    ),
    misread("no argument", ADD, "the required arguments `SOURCE_APP` and `DESTINATION_APP` were not provided"),
    misread(
        "missing flags are reported before missing arguments",
        f"{REMOVE} --port 1",
        "the required flag `--protocol' was not specified",
    ),
    misread(
        "missing arguments are reported if no flag is missing",
        f"{REMOVE} --port 1 --protocol tcp",
        "the required arguments `SOURCE_APP` and `DESTINATION_APP` were not provided",
    ),
    misread("an unknown flag", f"{ADD} a b --bogus", "unknown flag `bogus'"),
    misread("a long flag with one dash", f"{LIST} -source a", "unknown flag `s'"),
    misread("the flag of cf 6", f"{ADD} a --destination-app b", "unknown flag `destination-app'"),
    misread("a flag without its value", f"{ADD} a b --port", "expected argument for flag `--port'"),
    misread(
        "a flag instead of a value", f"{ADD} a b -s -o org", "expected argument for flag `-s', but got option `-o'"
    ),
    misread(
        "a negative port as a separate argument",
        f"{ADD} a b --port -5",
        "expected argument for flag `--port', but got option `-5'",
    ),
    misread("a value for a boolean flag", f"{LIST} --json=yes", "bool flag `--json' cannot have an argument"),
    misread("a word as port", f"{ADD_TCP} --port x", "PORT must be a positive integer"),
    misread("an attached negative port", f"{ADD_TCP} --port=-5", "PORT must be a positive integer"),
    misread("an empty port", f"{ADD_TCP} --port=", "PORT must be a positive integer"),
    misread("a hexadecimal port", f"{ADD_TCP} --port 0x50", "PORT must be a positive integer"),
    misread("a port with an underscore", f"{ADD_TCP} --port 8_0", "PORT must be a positive integer"),
    misread("an open range", f"{ADD_TCP} --port 8080-", "PORT must be a positive integer"),
    misread("a port of twenty digits", f"{ADD_TCP} --port 99999999999999999999", "PORT must be a positive integer"),
    misread("three ports", f"{ADD_TCP} --port 1-2-3", "PORT syntax must match integer[-integer]"),
    misread("two dashes in a range", f"{ADD_TCP} --port 80--90", "PORT syntax must match integer[-integer]"),
    misread("port 0, which cf ignores", f"{ADD} appA appB --port 0", "PORT must be between 1 and 65535, not 0"),
    misread("a range from 0", f"{ADD_TCP} --port 0-80", "PORT must be between 1 and 65535, not 0"),
    misread("port 65536", f"{ADD_TCP} --port 65536", "PORT must be between 1 and 65535, not 65536"),
    misread("port 70000, which cf sends", f"{ADD_TCP} --port 70000", "PORT must be between 1 and 65535, not 70000"),
    misread("a reversed range", f"{ADD_TCP} --port 9-8", "PORT range must start with the lower port, as in 8-9"),
    misread("the protocol icmp", f"{ADD} appA appB --protocol icmp --port 1", 'PROTOCOL must be "tcp" or "udp"'),
    misread("an empty protocol", f"{ADD} appA appB --protocol= --port 1", 'PROTOCOL must be "tcp" or "udp"'),
    misused("too many arguments", f"{ADD} a b c d", 'unexpected argument "c d"'),
    misused("an argument to list", f"{LIST} appA", 'unexpected argument "appA"'),
    misused(
        "a port without a protocol", f"{ADD} a b --port 1", "--protocol and --port flags must be specified together"
    ),
    misused(
        "an org without a space",
        f"{REMOVE} a b -o other --protocol tcp --port 1",
        "A space must be provided when an org is provided, but the '-s' flag was not specified.",
    ),
    misused(
        "all policies of one app",
        f"{LIST} --all --source appA",
        "--all cannot be combined with --source or --destination",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_the_result_of_a_command_line(case: Case, served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Whole stdout, whole stderr, exit code."""
    variables = served.home(tmp_path)
    help_text = cfnet(case.words[0], "--help", variables=variables).stdout
    ran = cfnet(*case.words, variables=variables)
    assert ran == Ran(case.exit, case.stdout.replace("HELP", help_text), case.stderr)


BEFORE_ANY_REQUEST = [case for case in CASES if case.stderr.startswith("Incorrect Usage")]


@pytest.mark.parametrize("case", BEFORE_ANY_REQUEST, ids=lambda case: case.title)
def test_wrong_usage_is_detected_before_any_request(case: Case, served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    cfnet(*case.words, variables=served.home(tmp_path))
    assert served.asked == []


@pytest.mark.parametrize("command", [LIST, ADD, REMOVE])
def test_help_is_the_same_for_all_ways_to_request_it(command: str, cfnet: Cfnet) -> None:
    """`CMD --help`, `CMD -h` and `help CMD` print one text, and exit 0."""
    ran = {cfnet(command, "--help"), cfnet(command, "-h"), cfnet("help", command)}
    assert len(ran) == 1
    assert next(iter(ran)).exit == 0


def test_added_policies_are_listed_and_removed_ones_are_not(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """One policy through all three commands."""
    variables = served.home(tmp_path)
    cfnet(ADD, "appA", "appB", "--protocol", "udp", "--port", "53-60", variables=variables)
    assert cfnet(LIST, variables=variables).stdout == (
        f"{LISTING}\n"
        "source   destination   protocol   ports   destination space   destination org\n"
        "appA     appB          udp        53-60   dev                 demo\n"
    )
    part = cfnet(REMOVE, "appA", "appB", "--protocol", "udp", "--port", "53", variables=variables)
    assert part.stdout == REMOVING.format("appA", "appB") + "Policy does not exist.\n" + DONE
    whole = cfnet(REMOVE, "appA", "appB", "--protocol", "udp", "--port", "53-60", variables=variables)
    assert whole.stdout == REMOVING.format("appA", "appB") + DONE
    assert cfnet(LIST, variables=variables).stdout == f"{LISTING}\n{NONE}"
