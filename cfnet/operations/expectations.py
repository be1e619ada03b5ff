"""Checks the expectations of documents against a foundation as it is or as it would be."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cfnet.change.requirements import PolicyView
from cfnet.document import FaultReport, SpaceName
from cfnet.document.expectations import VisibleApps, refuse_bare_names
from cfnet.operations.compare import compare, load_targeted
from cfnet.operations.documents import refuse_faults
from cfnet.show.expectations import CheckedExpectation, ExpectationResults

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.document import Loaded
    from cfnet.document.document import Expectation
    from cfnet.operations.compare import Compared
    from cfnet.operations.documents import Documents
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import Inventory


class CheckOptions(NamedTuple):
    """What expectations are checked against.

    Attributes:
        as_is: the foundation as it is; otherwise as it would be after applying the documents.
        prune: as `apply --prune` would leave it.
        allow_unknown: whether unknown expectations are acceptable.
        as_annotations: whether faults are shown as annotations of a GitHub workflow.
    """

    as_is: bool = False
    prune: bool = False
    allow_unknown: bool = False
    as_annotations: bool = False


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
    refuse_faults(report.faults, environment, as_annotations=as_annotations)
    return _check([each for document in loaded.documents for each in document.expectations], None, inventory, options)


def read_everything(inventory: Inventory) -> None:
    """Read all policies and apps first, so that nothing is requested twice."""
    inventory.policies()
    inventory.every_app()


def check_compared(compared: Compared, inventory: Inventory, options: CheckOptions) -> ExpectationResults:
    """Check the expectations of documents against the foundation after applying them."""
    return _check(compared.expectations, compared, inventory, options)


def _check(
    expectations: Sequence[Expectation], compared: Compared | None, inventory: Inventory, options: CheckOptions
) -> ExpectationResults:
    apps = dict(inventory.every_app())
    policies = set(inventory.policies())
    if compared is not None:
        apps |= compared.apps
        policies |= set(compared.difference.added)
        policies -= set(compared.difference.removed if options.prune else ())
    seen = inventory.seen_spaces()
    spaces = {app.space for app in apps.values()} if seen else ()
    names = [SpaceName(space.org.name, space.name) for space in spaces if space.guid in (seen or ())]
    visible = VisibleApps(apps.values(), complete=seen is None, spaces=names)
    view = PolicyView(policies, apps, inventory.visible(apps.values()))
    checked = [CheckedExpectation(each, view.judge(visible.requirement(each))) for each in expectations]
    places = compared.places if compared is not None else {}
    return ExpectationResults(checked, apps, places, options.allow_unknown)
