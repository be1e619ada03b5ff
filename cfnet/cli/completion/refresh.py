"""Update of the completion cache, in a background process."""

from __future__ import annotations

import io
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from cfnet.errors import NotLoggedIn
from cfnet.foundation.session.session import Tokens
from cfnet.operations.completion_cache import completion_cache
from cfnet.operations.completion_names import KnownNames, Link
from cfnet.operations.connect import connect
from cfnet.policy import by_guid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cfnet.operations.connect import LiveFoundation
    from cfnet.operations.environment import Environment

FRESH_SECONDS: Final = 15
"""The minimum age of a cache entry before it is updated."""

SHARE: Final = 20
"""The minimum age as a multiple of the time that the update took: updates take at most a twentieth of the time."""

REJECTED_SECONDS: Final = 900
"""How long to wait after a rejected password: the UAA locks an account after a few attempts."""

OLD_SECONDS: Final = 90 * 24 * 3600


def refresh(environment: Environment) -> None:
    """Query the foundation of `environment`, and cache the answers.

    If the tokens are in the keyring, the access token comes from the command that called `hand_on`, over stdin.

    Raises:
        CfnetError: there is no session, or the foundation does not answer correctly.
        OSError: the cache cannot be written.
    """
    cache = completion_cache(environment)
    if cache is None:
        return
    handed = Tokens(environment.stdin.read(), "") if cache.keyring else None
    began = environment.now()
    try:
        with _quietly(environment, handed) as (foundation, cells):
            known = _ask(foundation, cells)
    except NotLoggedIn:
        if environment.variables.get("CF_API_URL"):  # with a password, not with tokens
            cache.be_quiet(began + REJECTED_SECONDS)
        raise
    if completion_cache(environment) == cache:  # still the same user
        cache.keep(known)
    now = environment.now()
    cache.be_quiet(now + min(max(FRESH_SECONDS, SHARE * (now - began)), REJECTED_SECONDS))
    cache.forget_old(now - OLD_SECONDS)


@contextmanager
def _quietly(environment: Environment, handed: Tokens | None) -> Iterator[tuple[LiveFoundation, Sequence[str]]]:
    """Return the foundation, and the names of its cells.

    Print no traces, do not use the keyring, and do not create a sandbox.
    """
    unseen = {"CF_TRACE": "false", "CFNET_KEYRING": "off"}
    environment = environment._replace(variables={**environment.variables, **unseen})
    if not environment.uses_sandbox:
        with connect(environment, check=lambda: None, talk=io.StringIO(), tokens=handed) as foundation:
            yield foundation, ()
        return
    from cfnet.operations.embedded_sandbox import use_sandbox
    from cfnet.sandbox import Foundation

    with ExitStack() as stack:
        if environment.embedded is None and not (environment.data_folder / "sandbox.db").exists():
            environment = environment._replace(embedded=stack.enter_context(Foundation.open(None)))
        sandbox = stack.enter_context(use_sandbox(environment))
        inside = environment._replace(sandbox=True, embedded=sandbox)
        with connect(inside, check=lambda: None, talk=io.StringIO()) as foundation:
            yield foundation, sandbox.cells()


def _ask(foundation: LiveFoundation, cells: Sequence[str]) -> KnownNames:
    cloud_controller, target = foundation.cloud_controller, foundation.target
    places: dict[str, dict[str, list[str]]] = {org.name: {} for org in cloud_controller.orgs()}
    for space in cloud_controller.spaces():
        places.setdefault(space.org.name, {})[space.name] = []
    apps = by_guid(cloud_controller.apps())
    for app in apps.values():
        places.setdefault(app.space.org.name, {}).setdefault(app.space.name, []).append(app.name)
    here = [app.guid for app in apps.values() if app.space.guid == target.guid]
    links = []
    for policy in foundation.policy_server.policies(sources=here):
        destination = apps.get(policy.destination)
        if destination is not None:
            space = destination.space
            source = apps[policy.source].name
            links.append(
                Link(source, space.org.name, space.name, destination.name, policy.protocol.value, str(policy.ports))
            )
    return KnownNames(target.org.name, target.name, places, links, cells)
