"""What documents are compared with and made of: a live foundation as its user sees it, or a snapshot of one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

from cfnet.errors import UsageFault
from cfnet.foundation.batches import MOST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from cfnet.cli.environment import Environment
    from cfnet.cli.live import Live
    from cfnet.policy import App, Policy, Space


DEVELOPED: Final = "Without network.admin, only policies between apps of spaces where you are a developer."


class Ground(Protocol):
    """A foundation, as far as policies and names are concerned.

    Attributes:
        api: the address of its API; empty for a snapshot.
        target: the space that is meant where none is named; None where none is targeted.
        notes: what is to be known of its policies, where these are not all there are: sentences.
    """

    api: str
    target: Space | None
    notes: Sequence[str]

    def spaces(self, names: Collection[str] | None = None) -> Sequence[Space]:
        """The spaces with one of `names`, in whatever org and without regard to case; None: all."""

    def apps_in(self, spaces: Collection[Space]) -> Sequence[App]:
        """The apps of `spaces`."""

    def apps(self, guids: Collection[str]) -> Sequence[App]:
        """The apps of these GUIDs, without those that are gone or not to be seen."""

    def policies(self, sources: Collection[str] | None = None) -> Sequence[Policy]:
        """The policies of `sources`; None: of all."""

    def visible(self, apps: Iterable[App]) -> frozenset[str] | None:
        """The GUIDs of those of `apps` between which all policies are known; None where all there are are."""


class LiveGround:
    """A live foundation, asked as seldom as its servers allow."""

    def __init__(self, live: Live) -> None:
        """The foundation that `live` talks to."""
        self.api = live.connection.session.api
        self.target: Space | None = live.target.space if live.target.space.guid else None
        self.notes: Sequence[str] = () if live.sees_all else (DEVELOPED,)
        self._live = live
        self._everything: Sequence[Policy] | None = None

    def spaces(self, names: Collection[str] | None = None) -> Sequence[Space]:
        """The spaces with one of `names`; one request for each 200 names."""
        return self._live.cloud_controller.spaces(names=names)

    def apps_in(self, spaces: Collection[Space]) -> Sequence[App]:
        """The apps of `spaces`; one request for each 200 spaces."""
        return self._live.cloud_controller.apps(spaces=[space.guid for space in spaces])

    def apps(self, guids: Collection[str]) -> Sequence[App]:
        """The apps of these GUIDs; one request for each 200."""
        return self._live.cloud_controller.apps(guids=guids)

    def policies(self, sources: Collection[str] | None = None) -> Sequence[Policy]:
        """The policies of `sources`, in at most one request.

        Of more sources than fit into one request, all policies are asked for; and so they are in the name of users
        without `network.admin`, who have few, and whose quota is reckoned from them.
        """
        if sources is not None and not sources:
            return []
        if self._everything is None and self._live.sees_all and sources is not None and len(sources) <= MOST:
            return self._live.policy_server.policies(sources=sorted(sources))
        if self._everything is None:
            self._everything = self._live.policy_server.policies()
        if sources is None:
            return self._everything
        return [policy for policy in self._everything if policy.source in sources]

    def visible(self, apps: Iterable[App]) -> frozenset[str] | None:
        """Those in spaces where the user is a developer, as the policy server has it (its `PolicyFilter`)."""
        if self._live.sees_all:
            return None
        spaces = frozenset(self._live.cloud_controller.developed_spaces(self._live.connection.bearer.guid))
        return frozenset(app.guid for app in apps if app.space.guid in spaces)


class SnapshotGround:
    """A folder with the answers of a foundation."""

    def __init__(self, folder: Path, policies: Sequence[Policy] | None = None) -> None:
        """The snapshot in `folder`: policies.json, and apps.json, spaces.json and organizations.json for names.

        `policies` are those of policies.json, where they were read already. What snapshot.json says of them counts.
        """
        from cfnet.foundation.snapshot import read_places, read_policies, read_record

        self.api = ""
        self.target: Space | None = None
        self._policies = read_policies(folder) if policies is None else policies
        self._apps, self._spaces = read_places(folder)
        told = read_record(folder)
        self._visible = told.visible
        self.notes = () if told.visible is None else told.notes

    def spaces(self, names: Collection[str] | None = None) -> Sequence[Space]:
        """Those of spaces.json, and those of apps."""
        every = self._spaces | {app.space.guid: app.space for app in self._apps.values()}
        wanted = None if names is None else {name.lower() for name in names}
        return [space for space in every.values() if wanted is None or space.name.lower() in wanted]

    def apps_in(self, spaces: Collection[Space]) -> Sequence[App]:
        """Those of apps.json."""
        guids = {space.guid for space in spaces}
        return [app for app in self._apps.values() if app.space.guid in guids]

    def apps(self, guids: Collection[str]) -> Sequence[App]:
        """Those of apps.json."""
        return [self._apps[guid] for guid in guids if guid in self._apps]

    def policies(self, sources: Collection[str] | None = None) -> Sequence[Policy]:
        """Those of policies.json."""
        return [policy for policy in self._policies if sources is None or policy.source in sources]

    def visible(self, apps: Iterable[App]) -> frozenset[str] | None:
        """Those that snapshot.json names: whoever took the snapshot may not have seen, or wanted, all policies."""
        del apps
        return self._visible


@contextmanager
def open_ground(environment: Environment, folder: Path | None) -> Iterator[Ground]:
    """The snapshot in `folder`, else the foundation that `environment` points at.

    Raises:
        CfnetError: neither can be used.
    """
    if folder is not None:
        if environment.sandbox:
            raise UsageFault("--from cannot be combined with --sandbox")
        yield SnapshotGround(folder)
        return
    from cfnet.cli.live import live

    with live(environment, check=lambda: None, talk=environment.stderr, targeted=False) as foundation:
        yield LiveGround(foundation)
        foundation.tell_warnings(environment)


def elsewhere(ground: Ground, policies: Iterable[Policy], known: Collection[str]) -> Sequence[App]:
    """The apps of `policies` whose GUIDs are not `known`, as far as the user may see them."""
    ends = dict.fromkeys(guid for policy in policies for guid in (policy.source, policy.destination))
    return ground.apps([guid for guid in ends if guid not in known])
