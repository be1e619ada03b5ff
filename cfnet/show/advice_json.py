"""Formats what follows from logged calls as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cfnet.cell.calls.call_ends import CallerBy
from cfnet.show.advice_phrases import date, limits
from cfnet.show.machine import FORMAT_VERSION, app_json, named_policy_json, policy_json, ports_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cfnet.cell.calls.advice import Advice
    from cfnet.cell.calls.call_log import Tally
    from cfnet.cell.calls.grouped_calls import GroupedCall
    from cfnet.cell.calls.needed_policies import ProposedPolicy, UnproposedCall
    from cfnet.cell.calls.policy_usage import PolicyUse
    from cfnet.policy import App


def advice_json(advice: Advice) -> str:
    """Format the document of `advise --json`.

        {"format_version": 1, "cells": [CELL, …], "calls": [CALL, …], "needed": [NEEDED, …], "rare": [NEEDED, …],
         "allowed_now": [NEEDED, …], "not_proposed": [CALL, …], "policies": [USE, …], "limits": ["…", …]}

    CELL, for each cell of the foundation (`seconds` is 0 without logs of it; dates are null if they are unknown):

        {"name": "cell-1", "seconds": 791000.0, "first": "2025-12-22T20:00:00Z", "last": "2026-01-01T00:00:00Z",
         "accepted_logged": true}

    CALL, grouped by source, destination, protocol and port; `policies` allow it now:

        {"source": APP, "destination": APP, "protocol": "tcp", "port": 8081, "accepted": false, "count": 3,
         "first": "…", "last": "…", "cells": ["cell-1"], "policies": [POLICY, …]}

    In `not_proposed`, it has `reason` ("unknown-caller", "mark-of-other", "unknown-mark", "no-mark", "ingress",
    "unknown-called", "unnamed-called", "other-container", "unknown-app", or "impossible") and the `source_ip`,
    `destination_ip` and `mark` of the line instead of `accepted` and `policies`.

    NEEDED (`age` is in seconds, from the last call to the end of the logs):

        {"policy": NAMED_POLICY, "count": 6, "first": "…", "last": "…", "age": 3420.0, "cells": ["cell-1"],
         "caller_by": ["mark and address"]}

    USE (`usage` is "used", "unused" or "unknown"; `reason` is null, or "no-container", "no-logs", "not-logged",
    "maybe-not-logged", "too-short", "unclear" or "too-many", and then `cells` are the cells that this is about;
    `packets` is null without --counters):

        {"policy": NAMED_POLICY, "usage": "used", "count": 2, "first": "…", "last": "…", "ports": [PORTS, …],
         "packets": null, "wide": true, "reason": null, "cells": ["cell-2"], "seconds": 791000.0}

    APP and NAMED_POLICY are as in `network-policies --json`, POLICY has GUIDs instead of apps. `accepted_logged` is
    null if that is unknown.
    """
    apps = advice.context.apps
    needed = advice.needed
    document = {
        "format_version": FORMAT_VERSION,
        "cells": [_cell(name, advice) for name in advice.context.cells.names],
        "calls": [_call(each, advice) for each in advice.calls],
        "needed": [_needed(each, advice) for each in needed.proposed],
        "rare": [_needed(each, advice) for each in needed.rare],
        "allowed_now": [_needed(each, advice) for each in needed.allowed_now],
        "not_proposed": [
            *(_unproposed(each, advice, each.call.ends.doubt) for each in needed.doubtful),
            *(_unproposed(each, advice, "impossible") for each in needed.impossible),
        ],
        "policies": [_use(each, apps) for each in advice.uses],
        "limits": list(limits(advice)),
    }
    return json.dumps(document, indent=2) + "\n"


def _cell(name: str, advice: Advice) -> dict[str, object]:
    coverage = advice.coverage.cells.get(name)
    return {
        "name": name,
        "seconds": coverage.seconds if coverage else 0.0,
        "first": _date(coverage.first if coverage else None),
        "last": _date(coverage.last if coverage else None),
        "accepted_logged": coverage.logged if coverage else advice.context.cells.logged,
    }


def _call(call: GroupedCall, advice: Advice) -> dict[str, object]:
    return {
        **_ends(call.source, call.destination, advice.context.apps),
        "protocol": call.protocol,
        "port": call.port,
        "accepted": call.accepted,
        **_seen(call.calls),
        "cells": _cells(call.calls, advice),
        "policies": [policy_json(policy) for policy in call.policies],
    }


def _unproposed(unproposed: UnproposedCall, advice: Advice, reason: str | None) -> dict[str, object]:
    call, tally = unproposed
    line = call.ends.line
    return {
        **_ends(call.ends.source, call.ends.destination, advice.context.apps),
        "protocol": call.protocol,
        "port": call.port,
        **_seen(tally),
        "cells": _cells(tally, advice),
        "reason": reason,
        "source_ip": line.source if line else None,
        "destination_ip": line.destination if line else None,
        "mark": f"{line.mark:#x}" if line and line.mark else None,
    }


def _needed(proposed: ProposedPolicy, advice: Advice) -> dict[str, object]:
    calls = proposed.calls
    return {
        "policy": named_policy_json(proposed.policy, advice.context.apps),
        **_seen(calls),
        "age": None if calls.last is None or advice.end is None else advice.end - calls.last,
        "cells": _cells(calls, advice),
        "caller_by": [each.value for each in CallerBy if each in proposed.by],
    }


def _use(use: PolicyUse, apps: Mapping[str, App]) -> dict[str, object]:
    return {
        "policy": named_policy_json(use.policy, apps),
        "usage": use.usage.value,
        **_seen(use.calls),
        "ports": [ports_json(each) for each in use.ports],
        "packets": use.packets,
        "wide": use.is_wide,
        "reason": use.why.value if use.why else None,
        "cells": list(use.cells),
        "seconds": use.seconds,
    }


def _ends(source: str | None, destination: str | None, apps: Mapping[str, App]) -> dict[str, object]:
    return {
        "source": source and app_json(source, apps.get(source)),
        "destination": destination and app_json(destination, apps.get(destination)),
    }


def _seen(calls: Tally) -> dict[str, object]:
    return {"count": calls.times, "first": _date(calls.first), "last": _date(calls.last)}


def _cells(calls: Tally, advice: Advice) -> Sequence[str]:
    return advice.coverage.cells_in(calls.streams)


def _date(at: float | None) -> str | None:
    return None if at is None else date(at)
