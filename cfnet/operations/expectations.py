"""The expectations of documents, checked against a foundation as it is or as it would be."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def check_documents(  # noqa: PLR0913 - what, where and how
    documents: Documents,
    loaded: Loaded,
    inventory: Inventory,
    environment: Environment,
    *,
    as_is: bool,
    prune: bool,
    as_annotations: bool,
) -> ExpectationResults:
    """Check the expectations of `documents` once they are applied, or before that (`as_is`).

    Raises:
        DocumentFault: the documents have faults, or name what is not there; these are told.
        CfnetError: the foundation cannot be asked.
    """
    read_everything(inventory)
    if not as_is:
        compared = compare(documents, loaded, inventory, environment, as_annotations=as_annotations)
        return check_compared(compared, inventory, prune=prune)
    loaded = load_targeted(documents, loaded, inventory, environment, as_annotations=as_annotations)
    report = FaultReport(documents.files)
    refuse_bare_names(loaded.documents, report)
    refuse_faults(report.faults, environment, as_annotations=as_annotations)
    return _check([each for document in loaded.documents for each in document.expectations], None, inventory)


def read_everything(inventory: Inventory) -> None:
    """Read all policies and apps, so that nothing is requested in part and then again."""
    inventory.policies()
    inventory.every_app()


def check_compared(compared: Compared, inventory: Inventory, *, prune: bool) -> ExpectationResults:
    """Check the expectations of documents once they are applied, with or without `prune`."""
    return _check(compared.expectations, compared, inventory, prune=prune)


def _check(
    expectations: Sequence[Expectation], compared: Compared | None, inventory: Inventory, *, prune: bool = False
) -> ExpectationResults:
    apps = dict(inventory.every_app())
    policies = set(inventory.policies())
    if compared is not None:
        apps |= compared.apps
        policies |= set(compared.difference.added)
        policies -= set(compared.difference.removed if prune else ())
    seen = inventory.seen_spaces()
    spaces = {app.space for app in apps.values()} if seen else ()
    names = [SpaceName(space.org.name, space.name) for space in spaces if space.guid in (seen or ())]
    visible = VisibleApps(apps.values(), complete=seen is None, spaces=names)
    view = PolicyView(policies, apps, inventory.visible(apps.values()))
    checked = [CheckedExpectation(each, view.judge(visible.requirement(each))) for each in expectations]
    return ExpectationResults(checked, apps, compared.places if compared is not None else {})
