"""Random foundations, calls in them, and the log lines that their cells would write."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st

from cfnet.cell.calls.advice import Advice, AdviceChoices, CallContext, advise
from cfnet.cell.calls.call_log import CallLog
from cfnet.cell.calls.log_coverage import CellFacts
from cfnet.cell.calls.log_reader import read_calls
from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.container import Container
from cfnet.cell.model.instances import Running, names_of, running
from cfnet.cell.model.state import Cell, State
from cfnet.cell.model.tags import Tags
from cfnet.cell.packet.packet_paths import Call, packet_paths
from cfnet.policy import App, Org, Policy, Ports, Protocol, Space

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

START = datetime(2025, 12, 25, tzinfo=UTC).timestamp()
END = datetime(2026, 1, 3, 4, tzinfo=UTC).timestamp()
"""Logs cover New Year."""

SETTINGS = AgentSettings(iptables_logging=True, iptables_c2c_logging=True)
CELLS = ("10.0.16.10", "10.0.16.11")
GUIDS = tuple(f"{letter * 8}-0000-4000-8000-{number:012}" for number, letter in enumerate("abcd"))
PORTS = (22, 53, 80, 8080, 8081, 8082, 8090)
_SPACE = Space("space-guid", "dev", Org("org-guid", "shop"))


class LoggedCall(NamedTuple):
    """A call between two containers, and how often it was made."""

    source: Running
    destination: Running
    protocol: Protocol
    port: int
    times: int

    @property
    def policy(self) -> Policy:
        """The policy that allows exactly this call."""
        ends = (self.source.container.app, self.destination.container.app)
        return Policy(*ends, self.protocol, Ports(self.port, self.port))


def state_with(policies: Sequence[Policy], containers: Mapping[str, Sequence[Container]]) -> State:
    """A foundation in which every app has a tag."""
    return State(
        policies=policies,
        tags=Tags({guid: f"{number:04X}" for number, guid in enumerate(GUIDS, 2)}),
        settings=SETTINGS,
        cell_names=list(containers),
        read_cell=lambda name: Cell(name, containers[name]),
        read_apps=lambda: {guid: App(guid, guid[:2], _SPACE) for guid in GUIDS},
    )


@st.composite
def foundations(draw: st.DrawFn) -> State:
    """One to two containers of each app, on two cells, and some policies."""
    containers: dict[str, list[Container]] = {cell: [] for cell in CELLS}
    for number, guid in enumerate((*GUIDS, draw(st.sampled_from(GUIDS)))):
        place = draw(st.integers(0, len(CELLS) - 1))
        handle = f"{number + 1:08x}-aed0-585f-9a6c-a62f"
        containers[CELLS[place]].append(Container(handle, f"10.255.{place}.{number + 2}", guid))
    ranges = st.builds(
        lambda start, more: Ports(start, start + more), st.sampled_from(PORTS), st.sampled_from((0, 0, 2, 9))
    )
    ends = st.sampled_from(GUIDS)
    policies = draw(st.lists(st.builds(Policy, ends, ends, st.sampled_from(Protocol), ranges), max_size=6, unique=True))
    return state_with(policies, containers)


def calls_in(state: State) -> st.SearchStrategy[list[LoggedCall]]:
    """Some calls between different containers, accepted or refused."""
    there = list(running(state.cells()))
    pairs = st.sampled_from([(source, to) for source in there for to in there if source != to])
    protocols, ports, times = st.sampled_from(Protocol), st.sampled_from(PORTS), st.integers(1, 5)
    return st.lists(st.builds(lambda pair, *how: LoggedCall(*pair, *how), pairs, protocols, ports, times), max_size=12)


def allowed_calls(state: State, ports: Iterable[int]) -> set[LoggedCall]:
    """All calls to `ports` that the rules of the cells accept, each made once."""
    there = list(running(state.cells()))
    found = set()
    for protocol in Protocol:
        for port in ports:
            for way in packet_paths(state, there, there, Call(protocol, port)):
                assert way.verdict.sure
                if way.allowed:
                    found.add(LoggedCall(way.source, way.destination, protocol, port, 1))
    return found


def message_of(state: State, call: LoggedCall, *, accepted: bool) -> str:
    """The line that a LOG rule on the cell of the called container writes."""
    source, destination = call.source.container, call.destination.container
    tag = state.tags.by_app[source.app]
    prefix = f"OK_{tag}_{destination.app}" if accepted else f"DENY_C2C_{destination.handle}"
    marked = any(policy.source == source.app for policy in state.policies)
    return (
        f"{prefix[:28]} IN=silk-vtep OUT=s-010255000002 MAC=ee:ee SRC={source.ip} DST={destination.ip} LEN=60 TOS=0x00"
        f" PREC=0x00 TTL=62 ID=1 DF PROTO={call.protocol.upper()} SPT=45678 DPT={call.port} WINDOW=64240 RES=0x00 SYN"
        f" URGP=0{f' MARK={int(tag, 16):#x}' if marked else ''}"
    )


def logger_line_of(state: State, call: LoggedCall, at: datetime, *, accepted: bool) -> str:
    """The line that iptables-logger writes."""
    source, destination = call.source.container, call.destination.container
    marked = any(policy.source == source.app for policy in state.policies)
    packet = {
        "direction": "ingress",
        "allowed": accepted,
        "src_ip": source.ip,
        "src_port": 45678,
        "dst_ip": destination.ip,
        "dst_port": call.port,
        "protocol": call.protocol.upper(),
        "mark": f"{int(state.tags.by_app[source.app], 16):#x}" if marked else "0x0",
    }
    container = {
        "container_id": destination.handle,
        "app_guid": destination.app,
        "host_ip": call.destination.cell,
    }
    return json.dumps(
        {
            "timestamp": f"{at.timestamp():.9f}",
            "source": "cfnetworking.iptables",
            "message": f"cfnetworking.iptables.ingress-{'allowed' if accepted else 'denied'}",
            "data": {"destination": container, "packet": packet},
        }
    )


SHAPES = ("kern.log", "RFC 5424", "journalctl -o json", "journalctl -o short-iso", "bosh ssh", "iptables-logger")


def lines_of(state: State, call: LoggedCall, shape: str, at: datetime, *, accepted: bool) -> list[str]:
    """The lines about a call that was made several times, in one of `SHAPES`."""
    cell, text = call.destination.cell, message_of(state, call, accepted=accepted)
    match shape:
        case "kern.log":
            head = f"{at:%b %e %H:%M:%S} {cell} kernel: "
            repeated = [f"{head}message repeated {call.times - 1} times: [ [2.5] {text}]"] * (call.times > 1)
            return [f"{head}[1.5] {text}", *repeated]
        case "RFC 5424":
            head = f'<6>1 {at:%Y-%m-%dT%H:%M:%S}Z {cell} kernel - - [instance@47450 group="diego-cell"] '
            return [f"{head}[1.5] {text}"] * call.times
        case "journalctl -o json":
            entry = {"_HOSTNAME": cell, "__REALTIME_TIMESTAMP": str(int(at.timestamp() * 1e6)), "MESSAGE": text}
            return [json.dumps(entry)] * call.times
        case "journalctl -o short-iso":
            return [f"{at:%Y-%m-%dT%H:%M:%S}+0000 {cell} kernel: {text}"] * call.times
        case "bosh ssh":
            head = f"diego-cell/{cell.replace('.', '-')}: stdout | {at:%b %e %H:%M:%S} localhost kernel: "
            return [f"{head}[1.5] {text}"] * call.times
        case _:
            return [logger_line_of(state, call, at, accepted=accepted)] * call.times


def log_of(state: State, calls: Sequence[LoggedCall], shape: str) -> bytes:
    """A log of all cells that begins at `START` and ends at `END`."""
    allowed = allowed_calls(state, PORTS)
    step = (END - START) / (len(calls) + 1)
    lines: list[str] = []
    for number, call in enumerate(calls, 1):
        lines += ["kernel: something else"] * (number % 3)
        at = datetime.fromtimestamp(START + number * step, UTC)
        lines += lines_of(state, call, shape, at, accepted=call._replace(times=1) in allowed)
    return "".join(f"{line}\n" for line in lines).encode()


def context_of(state: State) -> CallContext:
    """What the calls in logs of a foundation are compared with."""
    there = list(running(state.cells()))
    cells_of: dict[str, set[str]] = {}
    for each in there:
        cells_of.setdefault(each.container.app, set()).add(each.cell)
    facts = CellFacts(state.cell_names, {each.container.ip: each.cell for each in there}, SETTINGS.iptables_logging)
    return CallContext(
        names_of(state, there),
        state.read_apps(),
        state.policies,
        complete=True,
        cells=facts,
        cells_of=cells_of,
        settings=SETTINGS,
        tags=True,
    )


def advice_of(state: State, data: bytes, choices: AdviceChoices) -> Advice:
    """What follows from a log."""
    context = context_of(state)
    log = CallLog(context.names, {policy.source for policy in state.policies})
    read_calls([data], "kern.log", END, log)
    return advise(log, context, choices)
