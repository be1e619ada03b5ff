"""A foundation as this session sees it: live, a snapshot or the sandbox; opened once, each part read at most once."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from cfnet.errors import CommandLineFault
from cfnet.policy import ends

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from cfnet.cell.change.tag_changes import TagStep
    from cfnet.cell.model.state import State
    from cfnet.operations.environment import Environment
    from cfnet.policy import App, Policy, Space


DEVELOPED: Final = "Without network.admin, only policies between apps of spaces where you are a developer."


class Inventory(Protocol):
    """A foundation, as far as policies and names are concerned.

    Attributes:
        api: the address of its API; empty for a snapshot.
        complete: whether `policies` are all there are; if not, others are unknown, not absent.
        notes: what is to be known of its policies, where these are not all there are: sentences.
    """

    api: str
    complete: bool
    notes: Sequence[str]

    @property
    def target(self) -> Space | None:
        """The space that bare names mean; None where none is targeted."""

    def spaces(self, names: Collection[str] | None = None) -> Sequence[Space]:
        """The spaces with one of `names`, in whatever org and without regard to case; None: all."""

    def every_app(self) -> Mapping[str, App]:
        """All apps that are visible, by GUID."""

    def apps_in(self, spaces: Collection[Space]) -> Sequence[App]:
        """The apps of `spaces`."""

    def apps(self, guids: Collection[str]) -> Sequence[App]:
        """The apps of these GUIDs, without those that are gone or not to be seen."""

    def policies(self, sources: Collection[str] | None = None) -> Sequence[Policy]:
        """The policies of `sources`; None: of all."""

    def visible(self, apps: Iterable[App]) -> frozenset[str] | None:
        """The GUIDs of those of `apps` between which all policies are known; None where all there are are."""

    def seen_spaces(self) -> frozenset[str] | None:
        """The GUIDs of spaces of which the user sees all apps, as far as that is known; None for all spaces."""

    def unplaced(self) -> State:
        """All that rules depend on, as far as no cell has to be asked for."""

    def placed(self, state: State, about: Collection[str] | None) -> State:
        """`state`, which `unplaced` or `after` gave, with its cells.

        If there are apps (GUIDs) that it is `about`, the containers of others may be missing.
        """


class Selectable(NamedTuple):
    """What there is to choose a part of: apps by GUID, policies, and the space that is targeted, if any."""

    apps: Mapping[str, App]
    policies: Sequence[Policy]
    target: Space | None

    @property
    def guids(self) -> frozenset[str]:
        """The apps that policies are between, known or not."""
        return frozenset(ends(self.policies))


class InventorySource(NamedTuple):
    """Where a foundation's state comes from.

    Attributes:
        snapshot: the directory of the snapshot to read; None: the sandbox, or the foundation of the session.
        agent: the file with the agents' settings, where they are not to be those of the snapshot.
        lrps: the file with what `cfdot actual-lrps` prints, `-` for stdin.
        stores: cells' stores, each as `CELL=FILE`.
    """

    snapshot: Path | None = None
    agent: Path | None = None
    lrps: str | None = None
    stores: Sequence[str] = ()


@contextmanager
def open_inventory(environment: Environment, origin: InventorySource) -> Iterator[Inventory]:
    """Open the snapshot of `origin`; without one, the foundation that `environment` points at.

    Raises:
        CfnetError: it cannot be used.
    """
    from cfnet.operations.placement_files import read_settings, read_sources

    if origin.snapshot is not None and environment.sandbox:
        raise CommandLineFault("--from cannot be combined with --sandbox")
    settings = read_settings(origin.agent)
    if origin.snapshot is not None:
        from cfnet.operations.snapshot_inventory import SnapshotInventory

        yield SnapshotInventory(origin.snapshot, environment, settings, read_sources(origin, environment))
        return
    from cfnet.operations.connect import connect
    from cfnet.operations.live_inventory import LiveInventory, SandboxInventory

    if environment.uses_sandbox and not origin.lrps and not origin.stores:
        from cfnet.operations.embedded_sandbox import use_sandbox

        with use_sandbox(environment) as sandbox:
            inside = environment._replace(sandbox=True, embedded=sandbox)
            with connect(inside, targeted=False) as foundation:
                yield SandboxInventory(foundation, sandbox, settings)
        return
    sources = read_sources(origin, environment)
    with connect(environment, targeted=False) as foundation:
        yield LiveInventory(foundation, environment, settings, sources)
        foundation.tell_warnings(environment)


@contextmanager
def open_state(
    environment: Environment,
    origin: InventorySource,
    choose: Callable[[Selectable], Collection[str]] | None = None,
) -> Iterator[State]:
    """What is known of the foundation that the command is about.

    With `choose`: only what is about the apps (GUIDs) that it chooses of the known apps and of the policies' ends.

    Raises:
        CfnetError: it cannot be read.
    """
    with open_inventory(environment, origin) as inventory:
        yield state_of(inventory, choose)


def state_of(
    inventory: Inventory,
    choose: Callable[[Selectable], Collection[str]] | None = None,
    steps: Sequence[TagStep] = (),
    more: Mapping[str, App] | None = None,
) -> State:
    """All that the rules of the cells depend on, as it would be after requests that add or remove policies (`steps`).

    With `choose`, only what is about the apps (GUIDs) that it chooses; `more` are apps that the steps are about.

    Raises:
        CfnetError: it cannot be read.
    """
    from cfnet.cell.change.what_if import with_policies
    from cfnet.cell.model.narrowing import narrowed, neighbourhood

    state = with_policies(inventory.unplaced(), steps, more or {})[0] if steps else inventory.unplaced()
    if choose is None:
        return inventory.placed(state, None)
    chosen = choose(Selectable(state.read_apps(), state.policies, state.target))
    return narrowed(inventory.placed(state, neighbourhood(chosen, state.policies)), chosen)


def elsewhere(inventory: Inventory, policies: Iterable[Policy], known: Collection[str]) -> Sequence[App]:
    """The apps of `policies` whose GUIDs are not `known`, as far as the user may see them."""
    return inventory.apps([guid for guid in dict.fromkeys(ends(policies)) if guid not in known])
