"""Edit a policy document as logged calls suggest: add needed policies, comment out unused ones."""

from __future__ import annotations

import stat
from bisect import bisect_right
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.change.requirements import RequirementOutcome
from cfnet.document import DocumentSource, ignored
from cfnet.document.amending import amended
from cfnet.document.item_spans import CannotAmend
from cfnet.errors import CommandLineFault, InputFault
from cfnet.foundation.atomic_files import write_file
from cfnet.operations.compare import compare, load_sound
from cfnet.operations.documents import DocumentFiles
from cfnet.operations.expectations import CheckOptions, check_compared, expected_denied
from cfnet.show.advice import advised_entries
from cfnet.show.advice_phrases import unused_remark
from cfnet.show.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from cfnet.cell.calls.advice import Advice
    from cfnet.cell.calls.needed_policies import ProposedPolicy
    from cfnet.cell.calls.policy_usage import PolicyUse
    from cfnet.document import Loaded
    from cfnet.document.amending import AmendedDocument
    from cfnet.document.document import Document, PolicyEntry
    from cfnet.operations.compare import Compared
    from cfnet.operations.documents import Documents
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import Inventory
    from cfnet.policy import Policy, Ports, Protocol

_BY_HAND: Final = "Use --format yaml, and add the entries yourself."


class AmendedFile(NamedTuple):
    """A changed document, not written yet.

    Attributes:
        path: its file.
        before: its content.
        text: its new content.
        notes: what changed, and what was left unchanged.
    """

    path: Path
    before: str
    text: str
    notes: Sequence[str]

    def write(self) -> None:
        """Replace the file if it changes, with the same permissions.

        Raises:
            InputFault: it cannot be written; it is unchanged.
        """
        if self.text == self.before:
            return
        try:
            path = self.path.resolve()
            write_file(path, self.text, mode=stat.S_IMODE(path.stat().st_mode))
        except OSError as error:
            raise InputFault(f"cannot be written: {error.strerror or error}", where=str(self.path)) from error


class _DeclaredEntry(NamedTuple):
    """An entry of a document and the policies that it declares."""

    entry: PolicyEntry
    policies: Sequence[Policy]

    @property
    def line(self) -> int:
        return self.entry.place.line

    def uses(self, policies: Collection[Policy]) -> bool:
        """Whether it declares one of `policies`."""
        return any(policy in policies for policy in self.policies)

    def is_of(self, policies: Collection[Policy]) -> bool:
        """Whether it declares only `policies`; apps that do not exist yet may be in others."""
        pending = any(mention.pending for mention in (*self.entry.sources, *self.entry.destinations))
        return bool(self.policies) and not pending and all(policy in policies for policy in self.policies)


def amend_document(file: str, advice: Advice, inventory: Inventory, environment: Environment) -> AmendedFile:
    """Change a document: add the needed policies of its apps, and comment out entries of which no policy was used.

    Raises:
        CfnetError: it has faults, or cannot be changed line by line.
    """
    documents, loaded = _load(file, environment)
    compared = compare(documents, loaded, inventory, environment)
    (document,) = loaded.documents
    unused = {each.policy: each for each in advice.unused}
    entries = list(_entries(document, compared))
    remarks = _remarks(entries, unused, advice)
    denied = expected_denied(
        compared.expectations, [each.policy for each in advice.needed.proposed], compared.apps, inventory
    )
    added, notes = _additions(document, advice, compared, denied)
    text = documents.sources[0].data.decode()
    result = _amended(file, text, advised_entries(added, advice.context.apps), remarks)
    gone = [each for each in entries if each.line in remarks and each.line not in result.kept]
    after = compared.places.keys() - {policy for each in gone for policy in each.policies}
    changed = _effect(documents, result.text, inventory, environment, after | {each.policy for each in added})
    summary = (
        f"{file}: {counted(len(added), 'policy', 'policies')} added, "
        f"{counted(len(gone), 'entry', 'entries')} commented out."
    )
    kept = [f"{file}:{line}: unused, but kept: {reason}." for line, reason in result.kept.items()]
    notes = [*kept, *_mixed(entries, unused, file), *notes, *_failing(changed, inventory, file)]
    return AmendedFile(Path(file), text, result.text, [summary, *notes])


def _remarks(entries: Sequence[_DeclaredEntry], unused: Mapping[Policy, PolicyUse], advice: Advice) -> dict[int, str]:
    """Return the remarks on the entries of which no policy was used, by line."""
    return {
        each.line: unused_remark([unused[policy] for policy in each.policies], advice)
        for each in entries
        if each.is_of(unused)
    }


def _load(file: str, environment: Environment) -> tuple[Documents, Loaded]:
    if file == "-":
        raise CommandLineFault("--into requires a file, not stdin")
    if Path(file).is_dir():
        raise CommandLineFault("--into requires a file, not a directory")
    documents = DocumentFiles((file,), (), ()).read(environment)
    return documents, load_sound(documents, environment)


def _amended(file: str, text: str, entries: Sequence[str], remarks: Mapping[int, str]) -> AmendedDocument:
    try:
        return amended(text, entries, remarks)
    except CannotAmend as fault:
        raise InputFault(f"{fault}.", where=file, hint=_BY_HAND) from fault


def _entries(document: Document, compared: Compared) -> Iterator[_DeclaredEntry]:
    """Yield the entries with their policies: a policy's place is in its entry, which begins at or before it."""
    starts = [entry.place for entry in document.entries]
    by_entry: dict[int, list[Policy]] = {}
    for policy, place in compared.places.items():
        by_entry.setdefault(bisect_right(starts, place) - 1, []).append(policy)
    for number, entry in enumerate(document.entries):
        yield _DeclaredEntry(entry, by_entry.get(number, []))


def _mixed(entries: Sequence[_DeclaredEntry], unused: Collection[Policy], file: str) -> Iterator[str]:
    for each in entries:
        if each.uses(unused) and not each.is_of(unused):
            yield f"{file}:{each.line}: kept: only some of its policies are unused."


def _additions(
    document: Document, advice: Advice, compared: Compared, denied: Collection[Policy]
) -> tuple[Sequence[ProposedPolicy], Sequence[str]]:
    """Return the needed policies that belong in a document, and notes about the others."""
    proposed = advice.needed.proposed
    spared = ignored([document], [each.policy for each in proposed], advice.context.apps.values())
    declared: dict[tuple[str, str, Protocol], list[Ports]] = {}
    for policy in compared.places:
        declared.setdefault(policy[:3], []).append(policy.ports)
    reasons: Counter[str] = Counter()
    added = []
    for each in proposed:
        if _is_declared(each.policy.ports, declared.get(each.policy[:3], ())):
            reasons["that the document already declares"] += 1
        elif each.policy in spared:
            reasons["that the document ignores"] += 1
        elif each.policy in denied:
            reasons["for calls that the document expects to be denied"] += 1
        elif _may_declare(document, each.policy, compared):
            added.append(each)
        else:
            reasons["of apps that the document does not own"] += 1
    return added, [f"Not added: {counted(number, 'policy', 'policies')} {why}." for why, number in reasons.items()]


def _is_declared(ports: Ports, declared: Iterable[Ports]) -> bool:
    return any(known.start <= ports.start and ports.end <= known.end for known in declared)


def _may_declare(document: Document, policy: Policy, compared: Compared) -> bool:
    """Whether the source of a policy is an app of the document; one that owns nothing may declare anything."""
    return document.owns == () or policy.source in compared.scope


def _failing(changed: Compared, inventory: Inventory, file: str) -> Iterator[str]:
    """Say how many expectations fail after a change, if any: an unused policy may be expected nevertheless."""
    results = check_compared(changed, inventory, CheckOptions(prune=True))
    if failed := len(results.having(RequirementOutcome.FAILED)):
        yield f"{file}: {counted(failed, 'expectation')} would fail: 'cfnet test --prune {file}' shows why."


def _effect(
    documents: Documents, text: str, inventory: Inventory, environment: Environment, expected: Collection[Policy]
) -> Compared:
    """Compare a changed document, which must be valid and declare the `expected` policies.

    Raises:
        InputFault: it does not.
    """
    (file,) = documents.files
    changed = documents._replace(sources=[DocumentSource(file, text.encode())])
    compared = compare(changed, load_sound(changed, environment), inventory, environment)
    if compared.places.keys() != set(expected):
        raise InputFault("it cannot be changed line by line.", where=file, hint=_BY_HAND)
    return compared
