"""Names of apps inside containers: a DNS server at 169.254.0.2 of each cell, and the files that lead to it."""

from __future__ import annotations

import selectors
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cfnet.dataplane.app_names import NamedInstance, addresses
from cfnet.dataplane.dns_server import NSSWITCH_CONF, RESOLV_CONF, answer_waiting, listening_dns
from cfnet.dataplane.namespace import mount

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cfnet.dataplane.forked import ContainerProcess
    from cfnet.dataplane.namespace import Namespace
    from cfnet.policy import App

_BIND: Final = 0x1000
_FILES: Final = {"/etc/resolv.conf": RESOLV_CONF, "/etc/nsswitch.conf": NSSWITCH_CONF}


class NameService:
    """Answers questions about names from all cells, as events of a selector."""

    def __init__(self) -> None:
        self._known: Mapping[str, Sequence[str]] = {}

    def listen(self, cells: Iterable[Namespace], selector: selectors.BaseSelector) -> None:
        """Answer in these namespaces; the data of the selector's keys are functions to call.

        Raises:
            OSError: the address cannot be used.
        """
        for cell in cells:
            ear = cell.inside(listening_dns)
            selector.register(ear, selectors.EVENT_READ, partial(answer_waiting, ear, self._look_up))

    def update(self, containers: Iterable[ContainerProcess], apps: Mapping[str, App]) -> None:
        """Know these containers, and no others, from now on; of apps with one name, the first of `apps` has it."""
        by_app: dict[str, list[ContainerProcess]] = {guid: [] for guid in apps}
        for each in containers:
            by_app.setdefault(each.app, []).append(each)
        self._known = addresses(_named(each, apps) for found in by_app.values() for each in found)

    def _look_up(self, name: str) -> Sequence[str] | None:
        return self._known.get(name)


def _named(container: ContainerProcess, apps: Mapping[str, App]) -> NamedInstance:
    app = apps.get(container.app)
    space, org = (app.space.name, app.space.org.name) if app else ("", "")
    return NamedInstance(container.app, container.name, space, org, container.instance, container.ip)


def use_own_names(folder: Path) -> None:
    """Let programs in this mount namespace ask the cells' DNS servers; keep the files in `folder`.

    Raises:
        OSError: the kernel refuses.
    """
    for target, text in _FILES.items():
        own = folder / Path(target).name
        own.write_text(text, encoding="ascii")
        there = Path(target).resolve()
        if not there.exists() and there.is_relative_to("/run"):
            # What it links to belongs to the computer's resolver, and is hidden by this namespace's own /run.
            there.parent.mkdir(parents=True, exist_ok=True)
            there.touch()
        if there.exists():
            mount(str(own), str(there), "", _BIND)
