"""Lints policy documents, a foundation, or the foundation that would result from documents."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from cfnet.document import AppGuid, FaultReport
from cfnet.document.expectations import VisibleApps, refuse_bare_names
from cfnet.lint.linting import lint
from cfnet.lint.subject import LintSettings, LintSubject, MeantApps
from cfnet.operations.compare import compare, expectations_of
from cfnet.operations.documents import refuse_faults
from cfnet.operations.expectations import read_everything
from cfnet.policy import App, Org, Policy, Space
from cfnet.show.lint import LintResults

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfnet.cell.model.state import State
    from cfnet.document import Loaded, Named, Place
    from cfnet.document.document import AppRef
    from cfnet.document.lint_section import LintSection
    from cfnet.operations.documents import Documents
    from cfnet.operations.environment import Environment
    from cfnet.operations.inventory import Inventory


def lint_documents(loaded: Loaded) -> LintResults:
    """Lint documents alone: apps are known by the names in them."""
    apps: dict[str, App] = {}
    places: dict[Policy, Place] = {}
    for named, place in loaded.declared.items():
        places.setdefault(_by_name(named, apps), place)
    settings = LintSettings.of(sections_of(loaded))
    subject = LintSubject(policies=sorted(places), apps=apps, places=places, settings=settings)
    return LintResults(lint(subject, loaded.documents), apps)


def lint_foundation(
    documents: Documents,
    loaded: Loaded,
    inventory: Inventory,
    environment: Environment,
    *,
    as_annotations: bool = False,
) -> LintResults:
    """Lint a foundation with the policies of `documents` added to it; there may be no documents.

    Raises:
        DocumentFault: the documents name missing apps; the faults are shown.
        CfnetError: the foundation cannot be queried.
    """
    read_everything(inventory)
    apps = dict(inventory.every_app())
    policies = set(inventory.policies())
    places: Mapping[Policy, Place] = {}
    if loaded.documents:
        compared = compare(documents, loaded, inventory, environment, as_annotations=as_annotations)
        apps |= compared.apps
        places = compared.places
        policies |= places.keys()
        report = FaultReport(documents.files)
        refuse_bare_names(loaded.documents, report)
        refuse_faults(report.faults, documents, environment, as_annotations=as_annotations)
    all_apps = bool(apps) and inventory.seen_spaces() is None
    state = inventory.unplaced()
    groups = state.read_security_groups()
    subject = LintSubject(
        policies=sorted(policies),
        apps=apps,
        places=places,
        all_apps=all_apps,
        tags=len(state.tags.by_app),
        groups=groups or (),
        overlay=state.settings.overlay_networks,
        cells=_addresses(state),
        expectations=_meant(loaded, apps) if all_apps else (),
        settings=LintSettings.of(sections_of(loaded)),
        everything=inventory.complete and all_apps and groups is not None,
    )
    return LintResults(lint(subject, loaded.documents), apps, inventory.complete)


def sections_of(loaded: Loaded) -> Sequence[LintSection]:
    """What the documents say under `lint`."""
    return [document.lint for document in loaded.documents if document.lint]


def _meant(loaded: Loaded, apps: Mapping[str, App]) -> Sequence[MeantApps]:
    visible = VisibleApps(apps.values(), complete=True)
    return [MeantApps(each, visible.requirement(each)) for each in expectations_of(loaded)]


def _addresses(state: State) -> Sequence[str]:
    """The addresses of the cells that are named by address."""
    found = []
    for name in state.cell_names:
        with suppress(ValueError):
            found.append(str(IPv4Address(name)))
    return found


def _by_name(named: Named, apps: dict[str, App]) -> Policy:
    source, destination = (_key(each, apps) for each in (named.source, named.destination))
    return Policy(source, destination, named.protocol, named.ports)


def _key(app: AppRef, apps: dict[str, App]) -> str:
    """Return a key used instead of the GUID of an app, and record the app's name under it."""
    if isinstance(app, AppGuid):
        return app.guid
    key = str(app).lower()
    org, space, name = app
    apps.setdefault(key, App(key, name, Space("", space or "", Org("", org or ""))))
    return key
