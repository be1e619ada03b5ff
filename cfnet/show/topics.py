"""The topics of `cfnet help`: the pages of the documentation, and some of their sections."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cfnet.show.page import HelpSection

DOCUMENTATION: Final = "https://github.com/OWNER/cfnet/blob/main/.github/docs"
"""Where the pages are on the web."""
_PAGE: Final = re.compile(rf"(?:{re.escape(DOCUMENTATION)}/)?([a-z]+)\.md(?:#.*)?")


class Topic(NamedTuple):
    """A topic: a page, or the part of it under `heading`."""

    page: str
    summary: str
    heading: str = ""


TOPICS: Final = {
    "developers": Topic("developers", "The commands of cf, login, completion, the sandbox"),
    "pipelines": Topic("pipelines", "Policies in git, CI systems, blue-green deployments"),
    "operators": Topic("operators", "Rules, snapshots, changes, logs, packets, drift, capacity"),
    "document": Topic("document", "The policy document, expectations, lint rules"),
    "reference": Topic("reference", "Exit codes, options, environment, limits, output"),
    "troubleshooting": Topic("troubleshooting", "From symptoms to causes"),
    "security": Topic("security", "What is stored, what is sent, how to report a vulnerability"),
    "comparison": Topic("comparison", "cf, Terraform, scripts"),
    "library": Topic("library", "The Python packages"),
    "azure": Topic("pipelines", "Policies in Azure Pipelines", "Azure Pipelines"),
    "blue-green": Topic("pipelines", "Policies in blue-green deployments", "Blue-green deployments"),
    "concourse": Topic("pipelines", "Policies in Concourse", "Concourse"),
    "environment": Topic("reference", "Environment variables", "Environment"),
    "exit-codes": Topic("reference", "Exit codes", "Exit codes"),
    "expectations": Topic("document", "What must stay allowed, and what must never be", "Expectations"),
    "github": Topic("pipelines", "Policies in GitHub Actions", "GitHub Actions"),
    "gitlab": Topic("pipelines", "Policies in GitLab", "GitLab"),
    "jenkins": Topic("pipelines", "Policies in Jenkins", "Jenkins"),
    "limits": Topic("reference", "Limits", "Limits"),
    "options": Topic("reference", "Options that commands share", "Options that commands share"),
    "session": Topic("developers", "Where the session comes from", "Where the session comes from"),
}
"""By the name that `cfnet help` accepts; none of them is a command."""

LIST: Final = "topics"
"""The name that lists them."""


def list_of_topics() -> Iterator[HelpSection]:
    """All topics, with their summaries."""
    from cfnet.show.page import HelpSection, Terms  # noqa: PLC0415 - the table is also in 'cfnet --help'

    yield HelpSection("HELP TOPICS", [Terms(tuple((name, topic.summary) for name, topic in TOPICS.items()))])


def topic_sections(name: str) -> Iterator[HelpSection]:
    """The sections of a topic.

    Raises:
        OSError: the package was installed without its documentation.
    """
    from cfnet.show.markdown import section_of, sections_of  # noqa: PLC0415 - the table is also in 'cfnet --help'

    topic = TOPICS[name]
    text = page_text(topic.page)
    return sections_of(
        section_of(text, topic.heading) if topic.heading else text, lambda target: _reference(target, topic.page)
    )


def page_text(page: str) -> str:
    """The Markdown of a page: from the package, or from the checkout that it is run from.

    Raises:
        OSError: the package was installed without its documentation.
    """
    from pathlib import Path  # noqa: PLC0415 - takes time to import

    from cfnet.show.package_text import package_text  # noqa: PLC0415 - takes time to import

    try:
        return package_text(__name__, f"docs/{page}.md")
    except OSError:
        return (Path(__file__).parents[2] / ".github" / "docs" / f"{page}.md").read_text(encoding="utf-8")


def _reference(target: str, page: str) -> str:
    """How to find the target of a link on `page`: the command that prints it offline, or its address."""
    if found := _PAGE.fullmatch(target):
        return "" if found[1] == page else f"'cfnet help {found[1]}'"
    return target if "://" in target else ""
