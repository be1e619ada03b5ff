"""Reads a long list of policies: half a million of them should take a second and little memory."""

from __future__ import annotations

import re
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from cfnet.foundation.api import answers
from cfnet.foundation.json_pieces import NotInPieces, items, pieces
from cfnet.foundation.json_values import parse
from cfnet.policy import Policy, Ports, Protocol, ends

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_PROTOCOLS: Final = {str(protocol): protocol for protocol in Protocol}
_policy = partial(tuple.__new__, Policy)
"""Creates a policy without the overhead of its own `__new__`."""

_BLANK: Final = " \t\r\n"
_START: Final = '{ "source" : { "id" : "'
_SERVED: Final = _START + (
    '([^"]++)" } , "destination" : { "id" : "([^"]++)" , "protocol" : "([a-z]++)" , '
    '"ports" : { "start" : ([-0-9]++ , "end" : [-0-9]++) } } }'
)
"""A policy as the policy server writes it, except for the spaces."""
_COMPACT_START: Final = _START.replace(" ", "")
_COMPACT = re.compile(_SERVED.replace(" ", "").replace("{", r"\{"))
_SPACED = re.compile(_SERVED.replace("{", r"\{").replace(" ", rf"[{_BLANK}]*+"))
"""The same with any white space between its tokens, which takes longer."""
_INTEGER: Final = "(-?+(?:0|[1-9][0-9]{0,8}+))"
_PORTS = re.compile(rf"{_INTEGER}[{_BLANK}]*+,[^:]++:[{_BLANK}]*+{_INTEGER}")

_STEP: Final = 5
_COMMA = re.compile(f"[{_BLANK}]*+,[{_BLANK}]*+")
_NOT_LITERAL = re.compile(r"[\x00-\x1f\\]")


class PolicyList(NamedTuple):
    """The policies of a response, in its order.

    Attributes:
        policies: the policies.
        apps: the GUIDs of their apps.
        may_have_tags: whether policies may also contain the tags of their apps.
    """

    policies: Sequence[Policy]
    apps: Collection[str]
    may_have_tags: bool


def read_policies(data: bytes) -> PolicyList:
    """Parse the body of a response to `GET /networking/v1/external/policies`.

    Policies are created piece by piece, so that not all objects are in memory at once. Equal GUIDs and ports share one
    object.

    Raises:
        WrongShape: the body is invalid.
    """
    found = _Policies()
    try:
        for piece in pieces(data, "policies"):
            found.take(piece)
    except (NotInPieces, KeyError, TypeError):
        policies = answers.policies(parse(data, make=answers.policy_at_once))
        return PolicyList(policies, set(ends(policies)), may_have_tags=True)
    return PolicyList(found.policies, found.apps, found.may_have_tags)


class _WrittenPorts(dict[object, Ports]):
    """Ports by how they are written, or by start and end.

    Raises:
        NotInPieces: they are not integers.
    """

    def __missing__(self, text: str) -> Ports:
        found = _PORTS.fullmatch(text)
        if not found:
            raise NotInPieces
        made = self[text] = Ports(int(found[1]), int(found[2]))
        return made


class _Policies:
    """The policies of the pieces so far; equal parts are shared."""

    def __init__(self) -> None:
        self.policies: list[Policy] = []
        self._ids: dict[str, str] = {}
        """Ids that are written as they are, without escapes."""
        self._parsed_ids: dict[str, str] = {}
        self.may_have_tags = False
        self._ports = _WrittenPorts()

    @property
    def apps(self) -> Collection[str]:
        """The GUIDs of the apps."""
        return self._ids.keys() | self._parsed_ids.keys()

    def take(self, piece: str) -> None:
        """Add the policies of a piece.

        Raises:
            NotInPieces, KeyError, TypeError: it contains something else.
        """
        # Texts between policies, and the groups of each policy, in turn. Together they are the whole piece: if the
        # texts between are commas, it is a list of policies, and need not be parsed.
        parts = (_COMPACT if piece.startswith(_COMPACT_START) else _SPACED).split(piece)
        between, sources, destinations, protocols, ports = (parts[at::_STEP] for at in range(_STEP))
        count = len(self._ids)
        keep = self._ids.setdefault
        values = (
            list(map(keep, sources, sources)),
            list(map(keep, destinations, destinations)),
            map(_PROTOCOLS.__getitem__, protocols),
            map(self._ports.__getitem__, ports),
        )
        new_ids = list(islice(reversed(self._ids), len(self._ids) - count))
        if _are_commas(between) and _PROTOCOLS.keys() >= set(protocols) and not _NOT_LITERAL.search("".join(new_ids)):
            self.policies += map(_policy, zip(*values, strict=True))
        else:
            for each in new_ids:
                del self._ids[each]
            self.policies += map(self._of_object, items(piece))
            self.may_have_tags = True

    def _of_object(self, item: Any) -> Policy:  # noqa: ANN401 - parsed JSON
        """Convert an object to a policy.

        Raises:
            NotInPieces, KeyError, TypeError: the object is not a valid policy.
        """
        destination = item["destination"]
        ports = destination["ports"]
        source, app, protocol = item["source"]["id"], destination["id"], _PROTOCOLS[destination["protocol"]]
        start, end = ports["start"], ports["end"]
        if source and app and type(source) is type(app) is str and type(start) is type(end) is int:
            kept = self._ports.setdefault((start, end), Ports(start, end))
            keep = self._parsed_ids.setdefault
            return Policy(keep(source, source), keep(app, app), protocol, kept)
        raise NotInPieces


def _are_commas(between: Sequence[str]) -> bool:
    """Whether texts between items are commas, and those before the first and after the last blank."""
    first, *inner, last = between if len(between) > 1 else (*between, "")
    return not f"{first}{last}".strip(_BLANK) and all(map(_COMMA.fullmatch, set(inner)))
