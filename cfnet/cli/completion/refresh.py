"""What is known for completion, made anew: asks the foundation, in a process that nobody waits for."""

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
"""How long an answer is good enough at least."""

SHARE: Final = 20
"""How many times longer than it took to ask nobody asks again: a twentieth of the time at most."""

REJECTED_SECONDS: Final = 900
"""How long nobody tries again where a password was rejected: a UAA locks a user out after a few attempts."""

OLD_SECONDS: Final = 90 * 24 * 3600


def refresh(environment: Environment) -> None:
    """Ask the foundation that `environment` points at, and remember what it says.

    Where the tokens are in the keyring, the access token comes over stdin, from a command that `hand_on` was called by.

    Raises:
        CfnetError: there is no session, or the foundation does not answer as it should.
        OSError: nothing can be remembered.
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
        if environment.variables.get("CF_API_URL"):  # by a password, not by tokens
            cache.be_quiet(began + REJECTED_SECONDS)
        raise
    if completion_cache(environment) == cache:  # nobody has logged in as somebody else meanwhile
        cache.keep(known)
    now = environment.now()
    cache.be_quiet(now + min(max(FRESH_SECONDS, SHARE * (now - began)), REJECTED_SECONDS))
    cache.forget_old(now - OLD_SECONDS)


@contextmanager
def _quietly(environment: Environment, handed: Tokens | None) -> Iterator[tuple[LiveFoundation, Sequence[str]]]:
    """The foundation, and the names of its cells.

    Without traces, without a keyring, and without making a sandbox that is not there.
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
