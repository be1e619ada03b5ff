"""Formats the difference between declared and live policies: as text, JSON, Markdown, and GitHub annotations."""

from __future__ import annotations

from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING, Final, NamedTuple, assert_never

from cfnet.show.annotations import Level, annotation
from cfnet.show.expectation_rows import expectation_rows
from cfnet.show.expectations import (
    expectations_github,
    expectations_markdown,
    expectations_text,
)
from cfnet.show.html_escaping import LONGEST_COMMENT, fenced
from cfnet.show.indented_json import indented_json
from cfnet.show.line_styles import styled_by_sign
from cfnet.show.machine import FORMAT_VERSION, named_policy_json
from cfnet.show.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from cfnet.change import Difference, Plan
    from cfnet.document import Named, Place
    from cfnet.policy import App, Policy
    from cfnet.show.expectations import ExpectationResults


class DifferenceFormat(StrEnum):
    """The output formats of a difference."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"


class Shown(NamedTuple):
    """A difference, with the names of its apps and the positions of its entries.

    Attributes:
        difference: the difference to format.
        prune: whether undeclared policies are removed.
        apps: the apps with known names, by GUID.
        places: where each declared policy is declared.
        verbose: whether undeclared policies that stay are listed even without `prune`, not only counted.
        refusal: why `apply` will refuse to prune, in a sentence; empty if it will not.
        complete: whether the user can see all policies; if not, more may be undeclared.
        pending: policies that are skipped because one of their apps does not exist yet.
        expectations: which expectations hold after the change; None if the documents have none.
    """

    difference: Difference
    prune: bool
    apps: Mapping[str, App]
    places: Mapping[Policy, Place]
    verbose: bool = False
    refusal: str = ""
    complete: bool = True
    pending: Sequence[Named] = ()
    expectations: ExpectationResults | None = None

    @property
    def removed(self) -> Sequence[Policy]:
        """The policies to remove, sorted by name."""
        return self.ordered(self.difference.removed if self.prune else ())

    @property
    def left(self) -> Sequence[Policy]:
        """The undeclared policies that stay, sorted by name."""
        spared = () if self.prune else self.difference.removed
        return self.ordered((*self.difference.left, *spared))

    def ordered(self, policies: Iterable[Policy]) -> Sequence[Policy]:
        """Sort `policies` by the names of their apps."""
        return _ordered(policies, self.name)

    def name(self, guid: str) -> str:
        """Return `ORG/SPACE/APP`, or the GUID of an unknown app."""
        app = self.apps.get(guid)
        return app.known_path if app else guid

    def sentence(self, policy: Policy) -> str:
        """Format a policy as `shop/web/a to shop/web/b, tcp 8080`."""
        return _sentence(policy, self.name)

    @property
    def has_finding(self) -> bool:
        """Whether anything would change, or an expectation would fail."""
        failing = self.expectations is not None and not self.expectations.passed
        return failing or self.difference.changes(prune=self.prune)

    @property
    def summary(self) -> str:
        """All counts, in a sentence."""
        parts = [f"{len(self.difference.added):,} to add", f"{len(self.removed):,} to remove"]
        parts.append(f"{len(self.difference.kept):,} as declared")
        if self.left:
            prunable = 0 if self.prune else len(self.difference.removed)
            hint = f" (--prune would remove {prunable:,})" if prunable else ""
            parts.append(f"{len(self.left):,} not declared{hint}")
        if self.difference.unknown:
            parts.append(f"{len(self.difference.unknown):,} unknown: not visible to this user")
        if self.pending:
            parts.append(f"{len(self.pending):,} pending")
        return ", ".join(parts) + "."


def difference_as(form: DifferenceFormat, shown: Shown, *, colour: bool = False) -> str:
    """Format a difference as `form`; every line ends with a newline; `colour` applies to text only."""
    match form:
        case DifferenceFormat.TEXT:
            return _text(shown, colour=colour)
        case DifferenceFormat.JSON:
            return difference_json(shown)
        case DifferenceFormat.MARKDOWN:
            return _markdown(shown)
        case DifferenceFormat.GITHUB:
            return _github(shown)
        case _ as never:
            assert_never(never)


def changes_text(
    plan: Plan, name: Callable[[str], str], *, unknown: Sequence[Policy] = (), colour: bool = False
) -> str:
    """Format the changes of `plan` and the `unknown` policies, one per line, sorted by name.

    `name` returns the name of an app, given its GUID.
    """
    lines = [
        f"{sign} {printable(_sentence(policy, name))}"
        for sign, policies in (("+", plan.add), ("-", plan.remove), ("?", unknown))
        for policy in _ordered(policies, name)
    ]
    return "".join(f"{styled_by_sign(line, colour=colour)}\n" for line in lines)


def _ordered(policies: Iterable[Policy], name: Callable[[str], str]) -> Sequence[Policy]:
    return sorted(policies, key=lambda policy: (name(policy.source), name(policy.destination), policy))


def _sentence(policy: Policy, name: Callable[[str], str]) -> str:
    return f"{name(policy.source)} to {name(policy.destination)}, {policy.protocol} {policy.ports}"


def _lines(shown: Shown) -> Mapping[str, Sequence[str]]:
    """Format every policy that needs attention, grouped by sign: + - . ? and ~, as the help of `diff` explains."""
    difference = shown.difference
    parts = {
        "+": shown.ordered(difference.added),
        "-": shown.removed,
        ".": shown.left if shown.prune or shown.verbose else (),
        "?": shown.ordered(difference.unknown),
    }
    told = {
        sign: [f"{sign} {printable(shown.sentence(policy))}" for policy in policies] for sign, policies in parts.items()
    }
    return {**told, "~": [f"~ {printable(str(policy))}" for policy in shown.pending]}


def _refused(shown: Shown) -> str:
    """Return the message with which `apply` will refuse; empty if it will not."""
    return f"'apply --prune' will refuse this without --force: {shown.refusal}" if shown.refusal else ""


def _text(shown: Shown, *, colour: bool) -> str:
    lines = [styled_by_sign(line, colour=colour) for lines in _lines(shown).values() for line in lines]
    refused = _refused(shown)
    text = "".join(f"{line}\n" for line in (*lines, shown.summary, *((refused,) if refused else ())))
    if shown.expectations:
        text += expectations_text(shown.expectations, colour=colour, passed=False) + f"{shown.expectations.summary}\n"
    return text


def difference_json(shown: Shown) -> str:
    """Format the output of `diff --json`.

        {"format_version": 1, "prune": true, "added": [POLICY, …], "removed": [POLICY, …], "kept": [POLICY, …],
         "left": [POLICY, …], "unknown": [POLICY, …], "pending": [PENDING, …], "refused": "…", "complete": true,
         "expectations": [EXPECTATION, …]}

    POLICY is as in `network-policies --json`, plus `declared`: the file, line and column of its entry, null if it is
    not declared; and `owned`: whether `--prune` removes it, false if it is declared. `left` lists undeclared policies
    that stay; `unknown` lists declared policies of apps that are not visible to the user. `refused` is the reason why
    `apply --prune` will refuse this without `--force`, null if it will not. `complete` is false if the user cannot see
    all policies. PENDING is a policy that is skipped because one of its apps does not exist yet:
    `{"source": "shop/web/a", "destination": "shop/web/new", "protocol": "tcp", "ports": {"start": 8080, "end": 8080}}`.
    EXPECTATION is as in `test --json`.
    """
    difference = shown.difference
    parts = {
        "added": difference.added,
        "removed": shown.removed,
        "kept": difference.kept,
        "left": shown.left,
        "unknown": difference.unknown,
    }
    prunable = frozenset(difference.removed)
    lists = {
        name: [_row(policy, shown, owned=policy in prunable) for policy in shown.ordered(policies)]
        for name, policies in parts.items()
    }
    pending = [
        {
            "source": str(policy.source),
            "destination": str(policy.destination),
            "protocol": policy.protocol,
            "ports": {"start": policy.ports.start, "end": policy.ports.end},
        }
        for policy in shown.pending
    ]
    told = {"format_version": FORMAT_VERSION, "prune": shown.prune, **lists, "pending": pending}
    told["refused"] = shown.refusal or None
    told["complete"] = shown.complete
    told["expectations"] = expectation_rows(shown.expectations) if shown.expectations else []
    return indented_json(told) + "\n"


def _row(policy: Policy, shown: Shown, *, owned: bool) -> dict[str, object]:
    place = shown.places.get(policy)
    return {
        **named_policy_json(policy, shown.apps),
        "declared": {"file": place.file, "line": place.line, "column": place.column} if place else None,
        "owned": owned,
    }


_PARTIAL: Final = "This user cannot see all policies (no `network.admin`): there may be more to remove."


def _markdown(shown: Shown) -> str:
    """Format a comment for a pull request, in which names of apps cannot act as markup."""
    heading = _markdown_heading(shown)
    ending = f"\n{expectations_markdown(shown.expectations, LONGEST_COMMENT // 2)}" if shown.expectations else ""
    lines = _lines(shown)
    if not any(lines.values()):
        return heading + ending
    kept = _fitting({sign: lines[sign] for sign in _NAMED}, LONGEST_COMMENT - len(ending))
    block = "".join(f"{line}\n" for lines in kept.values() for line in lines)
    omitted = [
        f"{len(lines[sign]) - len(kept[sign]):,} of {len(lines[sign]):,} {what}"
        for sign, what in _NAMED.items()
        if len(kept[sign]) < len(lines[sign])
    ]
    more = f"\n… not shown: {', '.join(omitted)}.\n" if omitted else ""
    return f"{heading}\n{fenced(block, 'diff')}{more}{ending}"


def _markdown_heading(shown: Shown) -> str:
    changes = shown.difference.changes(prune=shown.prune)
    heading = "### Network policies\n\n" + ("" if changes else "Nothing would change. ") + shown.summary + "\n"
    if shown.refusal:
        heading += f"\n> **Warning:** {_refused(shown)}\n"
    if shown.prune and not shown.complete:
        heading += f"\n> **Note:** {_PARTIAL}\n"
    return heading


_NAMED: Final = {"-": "removals", "+": "additions", "?": "unknown", "~": "pending", ".": "not declared"}
"""The signs in the order of a comment, removals first, with their names for the line about omitted policies."""


def _fitting(parts: Mapping[str, Sequence[str]], room: int) -> dict[str, Sequence[str]]:
    """Select the lines of each part that fit into `room` characters; each part gets at least an equal share."""
    sizes = {sign: sum(len(line) + 1 for line in lines) for sign, lines in parts.items()}
    kept: dict[str, Sequence[str]] = {}
    for left, sign in enumerate(sorted(sizes, key=sizes.__getitem__)):
        share = room // (len(sizes) - left)
        ends = accumulate(len(line) + 1 for line in parts[sign])
        kept[sign] = [line for line, end in zip(parts[sign], ends, strict=True) if end <= share]
        room -= sum(len(line) + 1 for line in kept[sign])
    return {sign: kept[sign] for sign in parts}


def _github(shown: Shown) -> str:
    def told(level: Level, title: str, policies: Iterable[Policy]) -> Iterator[str]:
        for policy in shown.ordered(policies):
            yield annotation(level, title, shown.sentence(policy), shown.places.get(policy))

    refused = annotation(Level.WARNING, "Refused by apply", _refused(shown), None) if shown.refusal else ""
    return "".join(
        (
            refused,
            *told(Level.NOTICE, "Policy to add", shown.difference.added),
            *told(Level.WARNING, "Policy to remove", shown.removed),
            *told(Level.WARNING, "Policy not visible to this user", shown.difference.unknown),
            expectations_github(shown.expectations) if shown.expectations else "",
        )
    )
