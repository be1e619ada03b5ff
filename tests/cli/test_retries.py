"""Retries: which requests, how often, and the final result."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cfnet.errors import Unreachable
from cfnet.foundation.http.wire import Wire
from tests.conftest import Cfnet
from tests.processes import PATIENCE_SECONDS
from tests.resources import apps_of_a_space
from tests.scripted_server import Reply, scripted, unresponsive
from tests.worlds import session_at

NOTHING = b'{"resources": []}'
WHOLE, CUT = Reply(200, NOTHING), Reply(200, NOTHING, cut=3)

TABLE = {
    "503 once": ([Reply(503), WHOLE], 0, 2),
    "502 twice": ([Reply(502), Reply(502), WHOLE], 0, 3),
    "503 until the limit": ([Reply(503)] * 5, 1, 3),
    "500 once": ([Reply(500), WHOLE], 0, 2),
    "504 once": ([Reply(504), WHOLE], 0, 2),
    "501, which is permanent": ([Reply(501), WHOLE], 1, 1),
    "505, which is permanent": ([Reply(505), WHOLE], 1, 1),
    "429 once": ([Reply(429), WHOLE], 0, 2),
    "429 until the limit": ([Reply(429)] * 5, 1, 3),
    "a truncated response, then a complete one": ([CUT, WHOLE], 0, 2),
    "a closed connection, then a response": ([None, WHOLE], 0, 2),
    "truncated responses until the limit": ([CUT] * 5, 1, 3),
    "a response that is not from an API": ([Reply(302, NOTHING, {"Location": "/v3/elsewhere"}), WHOLE], 1, 1),
}


@pytest.mark.parametrize(("replies", "code", "asked"), TABLE.values(), ids=TABLE)
def test_a_reading_request_is_retried(
    replies: list[Reply | None], code: int, asked: int, cfnet: Cfnet, tmp_path: Path
) -> None:
    """Three times at most, and only after transient errors."""
    left = iter(replies)
    with scripted(lambda _method, _path: next(left)) as server:
        ran = cfnet("network-policies", variables=session_at(server.url, tmp_path))
        assert (ran.exit, len(server.asked)) == (code, asked)
        assert (ran.stderr == "") == (code == 0)


CHANGES = {
    "503": Reply(503),
    "a truncated response": Reply(200, b"{}", cut=1),
    "hanging up": None,
}


@pytest.mark.parametrize("reply", CHANGES.values(), ids=CHANGES)
def test_a_changing_request_is_not_retried(reply: Reply | None, cfnet: Cfnet, tmp_path: Path) -> None:
    """It may have been processed."""
    place = {"GUID": "s1", "Name": "dev"}
    apps = Reply(200, json.dumps(apps_of_a_space({"a": "appA"}, "dev", "demo")).encode())
    with scripted(lambda method, _path: apps if method == "GET" else reply) as server:
        variables = session_at(server.url, tmp_path, SpaceFields=place)
        assert cfnet("add-network-policy", "appA", "appA", variables=variables).exit == 1
        assert [line.partition(" ")[0] for line in server.asked] == ["GET", "POST", "GET"]


def test_connecting_has_a_timeout() -> None:
    """Shorter than the one for a response; the error has the host."""
    with (
        unresponsive() as host,
        ThreadPoolExecutor(1) as pool,
        Wire(dial_seconds=0.1, answer_seconds=2 * PATIENCE_SECONDS) as wire,
    ):
        error = pool.submit(wire.send, "GET", f"http://{host}/v3").exception(PATIENCE_SECONDS)
    assert isinstance(error, Unreachable)
    assert str(error) == f"Request error: connecting to {host} timed out"
