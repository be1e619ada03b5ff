"""Which apps a log line is about: an app is certain only if mark, address and handle agree."""

import pytest

from cfnet.cell.calls.call_ends import CallerBy, Doubt, possible_callers, refused_ends
from cfnet.cell.explain.kernel_log import Event, LogLine
from cfnet.cell.model.names import Instance, Names

NAMES = Names(
    apps={"guid-a": "a", "guid-b": "b", "guid-c": "c"},
    instances={
        "10.255.0.1": Instance("guid-a", 0, "aaaaaaaa-aed0-585f-9a6c-a62f"),
        "10.255.0.2": Instance("guid-b", 0, "bbbbbbbb-aed0-585f-9a6c-a62f"),
        "10.255.0.3": Instance("guid-c", 0, "cccccccc-aed0-585f-9a6c-a62f"),
        "10.255.0.4": Instance("", None, "dddddddd-aed0-585f-9a6c-a62f"),
    },
    marks={1: "INGRESS_ROUTER", 2: "guid-a", 3: "guid-b", 4: "guid-c", 5: "guid-d"},
)
"""The app d was deleted; its policies, and so its tag, were not."""
SOURCES = {"guid-a", "guid-b"}
"""c has a tag, like every app in a policy, but its packets have no mark, as it is the source of none."""
UNTAGGED = Names(NAMES.apps, NAMES.instances)
REFUSED = LogLine(
    Event.REFUSED, "DENY_C2C_bbbbbbbb-aed0-585f-", "", "bbbbbbbb-aed0-585f-", "10.255.0.1", "10.255.0.2", "tcp", 80, 2
)
LOGGER = REFUSED._replace(prefix="", app="guid-b", handle="bbbbbbbb-aed0-585f-9a6c-a62f")
BOTH, MARK, ADDRESS = CallerBy

CERTAIN = {
    "mark and address agree": (REFUSED, NAMES, "guid-a", BOTH),
    "no container has the address now": (REFUSED._replace(source="10.255.0.9"), NAMES, "guid-a", MARK),
    "an app without policies sends no mark": (
        REFUSED._replace(source="10.255.0.3", mark=None),
        NAMES,
        "guid-c",
        ADDRESS,
    ),
    "a mark of zero is none": (REFUSED._replace(source="10.255.0.3", mark=0), NAMES, "guid-c", ADDRESS),
    "tags are unknown": (REFUSED, UNTAGGED, "guid-a", ADDRESS),
    "a line of iptables-logger": (LOGGER, NAMES, "guid-a", BOTH),
    "the called container is gone, but its app was logged": (
        LOGGER._replace(destination="10.255.0.9"),
        NAMES,
        "guid-a",
        BOTH,
    ),
}


@pytest.mark.parametrize(("line", "names", "source", "by"), CERTAIN.values(), ids=CERTAIN)
def test_both_apps_are_certain(line: LogLine, names: Names, source: str, by: CallerBy) -> None:
    found = refused_ends(line, names, SOURCES)
    assert (found.source, found.destination, found.doubt, found.by) == (source, "guid-b", None, by)


DOUBTFUL = {
    "no app is known at the source": (REFUSED._replace(source="10.255.0.9", mark=None), Doubt.UNKNOWN_CALLER),
    "the container at the source has no app": (
        REFUSED._replace(source="10.255.0.4", mark=None),
        Doubt.UNKNOWN_CALLER,
    ),
    "no source": (REFUSED._replace(source=None, mark=None), Doubt.UNKNOWN_CALLER),
    "the mark belongs to another app": (REFUSED._replace(mark=3), Doubt.MARK_OF_OTHER),
    "the mark belongs to another app than one without": (REFUSED._replace(source="10.255.0.3"), Doubt.MARK_OF_OTHER),
    "the mark belongs to no app": (REFUSED._replace(mark=9), Doubt.UNKNOWN_MARK),
    "no mark, but the app has one": (REFUSED._replace(mark=None), Doubt.NO_MARK),
    "a router": (REFUSED._replace(mark=1), Doubt.INGRESS),
    "no app is known at the destination": (REFUSED._replace(destination="10.255.0.9"), Doubt.UNKNOWN_CALLED),
    "a line of iptables-logger without the container": (LOGGER._replace(app="", handle=""), Doubt.UNNAMED_CALLED),
    "another container at the destination": (REFUSED._replace(destination="10.255.0.3"), Doubt.OTHER_CONTAINER),
    "the calling app was deleted": (REFUSED._replace(source="10.255.0.9", mark=5), Doubt.UNKNOWN_APP),
    "the called app was deleted": (LOGGER._replace(app="guid-d", destination="10.255.0.9"), Doubt.UNKNOWN_APP),
    "the container was replaced": (
        REFUSED._replace(handle="eeeeeeee-aed0-585f-"),
        Doubt.OTHER_CONTAINER,
    ),
}


@pytest.mark.parametrize(("line", "doubt"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_an_app_is_doubtful(line: LogLine, doubt: Doubt) -> None:
    assert refused_ends(line, NAMES, SOURCES).doubt is doubt


def test_a_handle_that_is_made_up_says_nothing() -> None:
    """The Cloud Controller may not tell handles; the GUID of the process and a number stand for them."""
    made_up = f"{'0' * 8}-0000-0000-0000-{'0' * 12}-0"
    names = Names(NAMES.apps, {**NAMES.instances, "10.255.0.2": Instance("guid-b", 0, made_up)}, NAMES.marks)
    found = refused_ends(REFUSED, names, SOURCES)
    assert (found.doubt, found.by_address) == (None, True)
    assert not refused_ends(LOGGER, names, SOURCES).by_address
    assert not refused_ends(REFUSED, NAMES, SOURCES).by_address


ACCEPTED = REFUSED._replace(event=Event.ALLOWED, prefix="OK_0002_guid-b", app="guid-b", handle="", tag=2)


@pytest.mark.parametrize(
    ("line", "names", "callers"),
    [
        (ACCEPTED, NAMES, {"guid-a"}),
        (ACCEPTED._replace(source="10.255.0.3"), NAMES, {"guid-a", "guid-c"}),
        (ACCEPTED._replace(mark=None, source=None), NAMES, {"guid-a"}),
        (ACCEPTED._replace(mark=9, tag=9), NAMES, None),
        (ACCEPTED, UNTAGGED, None),
    ],
    ids=["agreeing", "another address", "only the prefix", "an unknown mark", "tags are unknown"],
)
def test_every_app_counts_that_may_have_made_an_accepted_call(
    line: LogLine, names: Names, callers: set[str] | None
) -> None:
    assert possible_callers(line, names) == callers
