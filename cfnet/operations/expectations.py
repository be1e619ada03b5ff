"""Check the expectations of documents against the current state of a foundation, or the state after a change."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from cfnet.change.requirements import PolicyView, RequirementOutcome
from cfnet.document import FaultReport, SpaceName
from cfnet.document.expectations import VisibleApps, refuse_bare_names
from cfnet.errors import Refused
from cfnet.operations.compare import compare, expectations_of, load_targeted
from cfnet.operations.documents import refuse_faults
from cfnet.policy import ends
from cfnet.policy.requirement import RequirementKind
from cfnet.show.expectations import CheckedExpectation, ExpectationResults
from cfnet.show.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from cfnet.cell.packet.rule_requirements import RuleJudgement
    from cfnet.document import Loaded, Place
    from cfnet.document.document import Expectation
    from cfnet.operations.compare import Compared
    from cfnet.operations.documents import Documents
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import Inventory
    from cfnet.policy import App, Policy
    from cfnet.policy.requirement import Requirement


class CheckOptions(NamedTuple):
    """What expectations are checked against.

    Attributes:
        as_is: check the current state; otherwise the state after applying the documents.
        prune: assume `apply --prune`.
        allow_unknown: whether unknown expectations are acceptable.
        as_annotations: whether faults are shown as annotations of a GitHub workflow.
        rules: whether they are also checked against the rules of all cells.
    """

    as_is: bool = False
    prune: bool = False
    allow_unknown: bool = False
    as_annotations: bool = False
    rules: bool = False


def check_documents(
    documents: Documents,
    loaded: Loaded,
    inventory: Inventory,
    environment: Environment,
    options: CheckOptions,
) -> ExpectationResults:
    """Check the expectations of `documents`.

    Raises:
        DocumentFault: the documents have faults or name missing apps; the faults are shown.
        CfnetError: the foundation cannot be queried.
    """
    read_everything(inventory)
    as_annotations = options.as_annotations
    if not options.as_is:
        compared = compare(documents, loaded, inventory, environment, as_annotations=as_annotations)
        return check_compared(compared, inventory, options)
    loaded = load_targeted(documents, loaded, inventory, environment, as_annotations=as_annotations)
    report = FaultReport(documents.files)
    refuse_bare_names(loaded.documents, report)
    refuse_faults(report.faults, documents, environment, as_annotations=as_annotations)
    return check_policies(expectations_of(loaded), Outlook(), inventory, options)


def read_everything(inventory: Inventory) -> None:
    """Read all policies and apps first, so that nothing is requested twice."""
    inventory.policies()
    inventory.every_app()


def check_compared(compared: Compared, inventory: Inventory, options: CheckOptions) -> ExpectationResults:
    """Check the expectations of documents against the foundation after applying them."""
    removed = compared.difference.removed if options.prune else ()
    outlook = Outlook(compared.difference.added, removed, compared.apps, compared.places)
    return check_policies(compared.expectations, outlook, inventory, options)


def compare_and_check(
    documents: Documents, loaded: Loaded, inventory: Inventory, environment: Environment, options: CheckOptions
) -> tuple[Compared, ExpectationResults | None]:
    """Compare `documents` with a foundation, and check their expectations; None if they have none.

    Raises:
        DocumentFault: the documents name missing apps, or declare a policy twice; the faults are shown.
        CfnetError: the foundation cannot be queried.
    """
    expected = expectations_of(loaded)
    if expected:
        read_everything(inventory)
    compared = compare(documents, loaded, inventory, environment, as_annotations=options.as_annotations)
    return compared, check_compared(compared, inventory, options) if expected else None


class Outlook(NamedTuple):
    """What becomes of the policies of a foundation.

    Attributes:
        added: policies that are added.
        removed: policies that are removed.
        apps: apps that the inventory may not know, by GUID.
        places: where policies are declared.
    """

    added: Sequence[Policy] = ()
    removed: Sequence[Policy] = ()
    apps: Mapping[str, App] = MappingProxyType({})
    places: Mapping[Policy, Place] = MappingProxyType({})


def check_policies(
    expectations: Sequence[Expectation], outlook: Outlook, inventory: Inventory, options: CheckOptions
) -> ExpectationResults:
    """Check `expectations` against a foundation after the changes of `outlook`.

    Raises:
        CfnetError: the foundation cannot be queried; with `rules`, also if a cell's agent would fail.
    """
    apps = {**inventory.every_app(), **outlook.apps}
    policies = {*inventory.policies(), *outlook.added} - {*outlook.removed}
    required = _required(expectations, apps, policies, inventory)
    view = PolicyView(policies, apps, inventory.visible(apps.values()))
    rules, notes = _judge_rules(required, outlook, inventory) if options.rules else ([None] * len(required), ())
    checked = [
        CheckedExpectation(expectation, view.judge(requirement), judged)
        for expectation, requirement, judged in zip(expectations, required, rules, strict=True)
    ]
    return ExpectationResults(checked, apps, outlook.places, options.allow_unknown, notes)


def expected_denied(
    expectations: Sequence[Expectation], candidates: Collection[Policy], apps: Mapping[str, App], inventory: Inventory
) -> set[Policy]:
    """Return those of `candidates` that allow calls that are expected to be denied; `apps` are known besides others."""
    apps = {**inventory.every_app(), **apps}
    required = _required(expectations, apps, candidates, inventory)
    views = {policy: PolicyView({policy}, apps) for policy in candidates}
    denied = [each for each in required if each.kind is RequirementKind.DENIED]
    return {
        policy
        for policy, view in views.items()
        if any(view.judge(each).outcome is RequirementOutcome.FAILED for each in denied)
    }


def _required(
    expectations: Sequence[Expectation], apps: Mapping[str, App], policies: Collection[Policy], inventory: Inventory
) -> list[Requirement]:
    """Resolve expectations to requirements of these apps."""
    seen = inventory.seen_spaces()
    spaces = {app.space for app in apps.values()} if seen else ()
    names = [SpaceName(space.org.name, space.name) for space in spaces if space.guid in (seen or ())]
    nameless = set(ends(policies)) - apps.keys()
    visible = VisibleApps(apps.values(), complete=seen is None, spaces=names, nameless=nameless)
    return [visible.requirement(each) for each in expectations]


def _judge_rules(
    required: Sequence[Requirement], outlook: Outlook, inventory: Inventory
) -> tuple[Sequence[RuleJudgement | None], Sequence[str]]:
    """Judge requirements by the rules of all cells; with what must be known about these."""
    from cfnet.cell.change.tag_changes import TagStep
    from cfnet.cell.change.what_if import with_policies
    from cfnet.cell.packet.rule_requirements import RuleView

    about = {guid for each in required for guid in (*each.sources, *each.destinations)}
    state = inventory.placed(inventory.unplaced(), about)
    steps = [TagStep(outlook.added, adds=True), TagStep(outlook.removed, adds=False)]
    after, _ = with_policies(state, steps, outlook.apps)
    view = RuleView(after)
    return [view.judge(each) for each in required], after.notes


def refuse_failures(results: ExpectationResults | None) -> None:
    """Refuse a change after which expectations fail.

    Raises:
        Refused: at least one fails.
    """
    failed = len(results.having(RequirementOutcome.FAILED)) if results else 0
    if failed:
        raise Refused(
            f"{counted(failed, 'expectation')} would fail.",
            hint="Fix the documents, or use --force if this is intended.",
        )
