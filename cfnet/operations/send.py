"""Send a plan to a foundation, with a progress bar on a terminal, or lines in a log, and a summary."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from cfnet.change import BATCH, BATCH_APPS, apply, exceeded
from cfnet.errors import CfnetError, Refused
from cfnet.exits import Exit
from cfnet.operations.confirm import INACCESSIBLE, inaccessible
from cfnet.operations.interruption import noted_interruption
from cfnet.policy import ends
from cfnet.show.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from cfnet.change import Outcome, Plan, PolicyStore, Progress
    from cfnet.operations.connect import LiveFoundation
    from cfnet.operations.environment import Environment
    from cfnet.policy import Policy

_NAMED: Final = 10
_STOPPING: Final = "Stopping after this request; press Ctrl-C again to stop now"
_OVER_QUOTA: Final = "quota exceeded"
"""The policy server's message (`QuotaGuard`)."""


def check_quota(plan: Plan, live: Iterable[Policy], limit: int, name: Callable[[str], str]) -> None:
    """Check that `plan` does not exceed the quota of users without `network.admin`.

    Args:
        plan: the plan to send.
        live: all policies visible to the user.
        limit: the number of policies that the server allows per app.
        name: returns the name of an app by GUID.

    Raises:
        Refused: the quota would be exceeded; the message names the apps.
    """
    over = exceeded(plan.add, live, limit)
    if not over:
        return
    told = [f"{name(each.app)} has {each.existing} and would get {each.added} more" for each in over[:_NAMED]]
    more = [f"{len(over) - _NAMED} more apps"] if len(over) > _NAMED else []
    quota = f"The quota of {counted(limit, 'policy', 'policies')} for each source"
    raise Refused(
        f"{quota} would be exceeded: {'; '.join([*told, *more])}. Nothing was sent.",
        hint="A port range counts as one policy; network.admin has no quota. Use --quota N if the foundation allows"
        " more.",
    )


def send_to(live: LiveFoundation, plan: Plan, environment: Environment, *, quota: int) -> Exit:
    """Send `plan` to a live foundation; `quota` applies to users without `network.admin`.

    Raises:
        CfnetError: as `send`.
    """
    limit = None if live.sees_all else quota
    return send(plan, live.policy_server, environment, quota=limit, inaccessible=partial(inaccessible, live))


def send(
    plan: Plan,
    store: PolicyStore,
    environment: Environment,
    *,
    quota: int | None,
    inaccessible: Callable[[Collection[str]], str] = lambda _guids: "",
) -> Exit:
    """Send `plan`; Ctrl-C stops between two requests.

    Args:
        plan: the plan to send.
        store: where to send it.
        environment: where to show progress.
        quota: the assumed limit of policies per source; None for users with `network.admin`, who have no limit.
        inaccessible: explains for which of some apps (GUIDs) the user may not change policies.

    Raises:
        CfnetError: sending failed; PartlyApplied if it was partly applied.
    """
    # For users with a quota, the server queries the Cloud Controller for all apps of a request in one URL.
    batches = list(plan.batches(apps=None if quota is None else BATCH_APPS))
    in_a_log = len(plan) > BATCH and not environment.stderr.isatty()
    applied = 0

    with (
        noted_interruption(lambda: environment.say(_STOPPING)) as interrupted,
        environment.status.bar("Applying", len(batches)) as step,
    ):

        def after_batch(done: Progress) -> None:
            nonlocal applied
            applied = done.done
            step()
            if in_a_log:
                environment.say(f"{done.done:,} of {done.total:,} changes applied")

        try:
            outcome = apply(batches, store, progress=after_batch, stop=interrupted)
        except KeyboardInterrupt:
            environment.say(
                f"Applied {applied:,} of {len(plan):,} changes."
                " The outcome of the last request is unknown. Run the same command again to finish."
            )
            raise
    _require_success(outcome, quota, inaccessible)
    environment.stdout.write(f"{outcome.summary()}\n")
    if outcome.rest:
        environment.say("Interrupted. Run the same command again to finish: it sends only missing changes.")
        return Exit.INTERRUPTED
    return Exit.DONE


def _require_success(outcome: Outcome, quota: int | None, inaccessible: Callable[[Collection[str]], str]) -> None:
    """Check that nothing failed.

    Raises:
        CfnetError: something failed; for quotas and inaccessible apps, with a hint.
    """
    try:
        outcome.require_success()
    except CfnetError as error:
        if INACCESSIBLE in str(outcome.cause):
            failed = next(iter(outcome.rest.batches(apps=BATCH_APPS))).policies
            hint = inaccessible(dict.fromkeys(ends(failed))) or error.hint
            raise type(error)(str(error), hint=hint) from error
        if quota is None or _OVER_QUOTA not in str(outcome.cause):
            raise
        told = str(error) if outcome.done else f"{outcome.summary()} Then: {error}"
        hint = (
            f"This foundation allows fewer than {quota:,} policies per source, or counts some that you cannot see."
            " With a smaller --quota N, the affected apps are listed before anything is sent."
        )
        raise type(error)(told, hint=hint) from error
