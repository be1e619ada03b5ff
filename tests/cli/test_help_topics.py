"""`cfnet help TOPIC` prints a page of the documentation, or a section of one."""

import pytest

from cfnet.cli.command_table import COMMANDS
from cfnet.show.topics import TOPICS
from tests.conftest import Cfnet


@pytest.mark.parametrize("name", TOPICS)
def test_every_topic_is_printed(name: str, cfnet: Cfnet) -> None:
    """Without marks of Markdown and addresses of other pages, and wrapped where possible."""
    ran = cfnet("help", name)
    assert (ran.exit, ran.stderr) == (0, "")
    assert len(ran.stdout.splitlines()) > 5
    text = [line for line in ran.stdout.splitlines() if not line.startswith("      ")]
    assert [line for line in text for mark in ("](", "**", "```") if mark in line] == []
    assert [line for line in text if len(line) > 80 and len(line.split()) > 1] == []


def test_a_topic_can_be_a_section_of_a_page(cfnet: Cfnet) -> None:
    assert cfnet("help", "exit-codes").stdout.startswith(
        "EXIT CODES:\n"
        "   The three commands of cf, and the session commands, exit 0 on success and 1\n"
        "   on any failure, as cf does. All other commands:\n"
        "\n"
        "   0     done; nothing found\n"
    )
    assert "\nENVIRONMENT:\n" not in cfnet("help", "exit-codes").stdout
    assert "\nENVIRONMENT:\n" in cfnet("help", "reference").stdout


def test_the_help_lists_all_topics(cfnet: Cfnet) -> None:
    listed = cfnet("help").stdout.partition("\nHELP TOPICS:\n")[2].partition("\n\n")[0]
    assert " ".join(listed.split()) == ", ".join(TOPICS)


def test_the_topics_are_listed_with_summaries(cfnet: Cfnet) -> None:
    listed = cfnet("help", "topics").stdout
    assert listed.startswith("HELP TOPICS:\n   developers        The commands of cf, login, completion, the sandbox\n")
    assert [line.split()[0] for line in listed.splitlines()[1:]] == list(TOPICS)


def test_the_case_of_a_topic_does_not_matter(cfnet: Cfnet) -> None:
    assert cfnet("help", "Exit-Codes") == cfnet("help", "exit-codes")


def test_no_topic_has_the_name_of_a_command() -> None:
    assert set(TOPICS) & set(COMMANDS) == set()


def test_similar_topics_are_suggested(cfnet: Cfnet) -> None:
    ran = cfnet("help", "troubleshoot")
    assert ran.exit == 2
    assert "troubleshooting" in ran.stderr
