"""A plan sent to a foundation, with a bar on a terminal, lines in a log, and an end that says how far it got."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cfnet.change import BATCH, BATCH_APPS, apply, exceeded
from cfnet.cli.interruption import noted_interruption
from cfnet.errors import Refused
from cfnet.exits import Exit
from cfnet.show.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cfnet.change import Plan, Progress
    from cfnet.cli.environment import Environment
    from cfnet.cli.live import Live
    from cfnet.policy import Policy

_NAMED: Final = 10


def check_quota(plan: Plan, live: Iterable[Policy], limit: int, name: Callable[[str], str]) -> None:
    """Check that the server will not refuse `plan` for its quota: for users without `network.admin`.

    Args:
        plan: what is to be sent.
        live: all policies that the user sees.
        limit: how many policies the server grants each app.
        name: from an app's GUID to its name.

    Raises:
        Refused: it will; the apps are named.
    """
    over = exceeded(plan.add, live, limit)
    if not over:
        return
    told = [f"{name(each.app)} has {each.existing}, and would get {each.added} more" for each in over[:_NAMED]]
    more = [f"{len(over) - _NAMED} more apps"] if len(over) > _NAMED else []
    raise Refused(
        f"The quota of {limit} policies for each source would be exceeded: {'; '.join([*told, *more])}."
        " Nothing was sent.",
        hint="A range of ports is one policy; network.admin has no quota; --quota N where this foundation grants more.",
    )


def send(plan: Plan, live: Live, environment: Environment) -> Exit:
    """Send `plan`; Ctrl-C ends it between two requests.

    Raises:
        CfnetError: what went wrong; PartlyApplied where some of it is done.
    """
    # The server asks the Cloud Controller about all apps of such a user's request in one URL.
    batches = list(plan.batches(apps=None if live.sees_all else BATCH_APPS))
    in_a_log = len(plan) > BATCH and not environment.stderr.isatty()

    with noted_interruption() as interrupted, progress("Applying", len(batches), environment.stderr) as step:

        def after_batch(done: Progress) -> None:
            step()
            if in_a_log:
                environment.say(f"{done.done:,} of {done.total:,} changes applied")

        try:
            outcome = apply(batches, live.policy_server, progress=after_batch, stop=interrupted)
        except KeyboardInterrupt:
            environment.say("It is not known whether the last request was carried out. Run the same again to finish.")
            raise
    outcome.require_success()
    environment.stdout.write(f"{outcome.summary()}\n")
    if outcome.rest:
        environment.say("Interrupted. Run the same again to finish: it sends only what is missing.")
        return Exit.INTERRUPTED
    return Exit.DONE
