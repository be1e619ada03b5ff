"""A foundation as visible to this session: live, a snapshot or the sandbox; each part is read at most once."""

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
    from cfnet.policy.provenance import Provenance


DEVELOPED: Final = "Without network.admin, only policies between apps in spaces where you are a developer are listed."


class Inventory(Protocol):
    """The policies and names of a foundation.

    Attributes:
        api: the address of its API; empty for a snapshot.
        complete: whether `policies` are all policies; if not, others are unknown, not absent.
        notes: sentences about incomplete policies.
        made: what a snapshot was made from; None for a foundation, or if the snapshot does not say.
    """

    api: str
    complete: bool
    notes: Sequence[str]
    made: Provenance | None

    @property
    def user(self) -> str:
        """The name of the user of the session; empty for a snapshot."""

    @property
    def target(self) -> Space | None:
        """The space of bare names; None if no space is targeted."""

    def spaces(self, names: Collection[str] | None = None) -> Sequence[Space]:
        """Return the spaces with one of `names`, in any org, ignoring case; None: all."""

    def every_app(self) -> Mapping[str, App]:
        """Return all visible apps, by GUID."""

    def apps_in(self, spaces: Collection[Space]) -> Sequence[App]:
        """Return the apps in `spaces`."""

    def apps(self, guids: Collection[str]) -> Sequence[App]:
        """Return the apps with these GUIDs, without deleted or invisible ones."""

    def policies(self, sources: Collection[str] | None = None) -> Sequence[Policy]:
        """Return the policies of `sources`; None: of all."""

    def visible(self, apps: Iterable[App]) -> frozenset[str] | None:
        """Return the GUIDs of `apps` between which all policies are known; None means all."""

    def seen_spaces(self) -> frozenset[str] | None:
        """The GUIDs of spaces in which the user is known to see all apps; None for all spaces."""

    def unplaced(self) -> State:
        """Return the state that rules depend on, without the cells."""

    def placed(self, state: State, about: Collection[str] | None) -> State:
        """Return `state`, from `unplaced` or `after`, with its cells.

        With `about` (GUIDs of apps), the containers of other apps may be missing.
        """


class Selectable(NamedTuple):
    """The parts to choose from: apps by GUID, policies, and the targeted space, if any."""

    apps: Mapping[str, App]
    policies: Sequence[Policy]
    target: Space | None

    @property
    def guids(self) -> frozenset[str]:
        """The source and destination apps of policies, known or not."""
        return frozenset(ends(self.policies))


class InventorySource(NamedTuple):
    """The source of a foundation's state.

    Attributes:
        snapshot: the directory of the snapshot to read; None: the sandbox, or the foundation of the session.
        agent: the file with the agents' settings, which override those of the snapshot.
        lrps: the file with the output of `cfdot actual-lrps`, `-` for stdin.
        stores: cells' stores, each as `CELL=FILE`.
    """

    snapshot: Path | None = None
    agent: Path | None = None
    lrps: str | None = None
    stores: Sequence[str] = ()


@contextmanager
def open_inventory(environment: Environment, origin: InventorySource) -> Iterator[Inventory]:
    """Open the snapshot of `origin`; without one, the foundation of `environment`.

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
    """Return the state of the foundation of the command.

    With `choose`: only of the apps (GUIDs) that it selects from the known apps and the apps of policies.

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
    """Return the state that the rules of the cells depend on, after requests that add or remove policies (`steps`).

    With `choose`, only of the apps (GUIDs) that it selects; `more` are the apps of the steps.

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
    """Return the visible apps of `policies` whose GUIDs are not `known`."""
    return inventory.apps([guid for guid in dict.fromkeys(ends(policies)) if guid not in known])
