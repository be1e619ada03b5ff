"""A Cloud Controller with a rate limit: a large snapshot succeeds."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.wrappers import Response

from cfnet.sandbox import CF_CLIENT, DEFAULT, World, WorldApp
from cfnet.sandbox.cells import SandboxCell
from cfnet.sandbox.server import serve
from tests.conftest import Cfnet, RecordedFoundation, Served

APPS = 1000
EVERY = 5


class LimitedFoundation(RecordedFoundation):
    """A foundation that refuses one of `EVERY` requests with a Retry-After, after login."""

    refused: int

    def wsgi(self, environ, start_response):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - PEP 3333
        """Process the request, or respond with 429."""
        if environ["PATH_INFO"].startswith("/v3/") and (len(self.requests) + self.refused) % EVERY == 0:
            self.refused += 1
            return Response(status=429, headers={"Retry-After": "0"})(environ, start_response)
        return super().wsgi(environ, start_response)  # type: ignore[no-untyped-call]


@pytest.fixture
def limited() -> Iterator[Served]:
    """A thousand apps behind a rate limit, over HTTP."""
    foundation = LimitedFoundation.open(None)
    foundation.requests, foundation.refused = [], 0
    apps = tuple(WorldApp(f"app-{number}", "demo/dev", instances=1) for number in range(APPS))
    cells = tuple(SandboxCell(f"cell-{number}", f"10.0.16.{number}", f"10.255.{number}.0/24") for number in range(1, 6))
    world = World(cells, DEFAULT.orgs, DEFAULT.spaces, apps, DEFAULT.users, (CF_CLIENT,))
    with foundation, serve(foundation) as server:
        foundation.load(world)
        yield Served(foundation, server.url)


def test_a_snapshot_of_a_thousand_apps_succeeds(limited: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """Each refused request is sent again; no app is missing."""
    ran = cfnet("snapshot", str(tmp_path / "now"), variables=limited.home(tmp_path))
    assert ran.exit == 0
    assert isinstance(limited.foundation, LimitedFoundation)
    assert limited.foundation.refused > APPS // EVERY
    stores = [json.loads(path.read_text("utf-8")) for path in (tmp_path / "now").rglob("store.json")]
    assert sum(map(len, stores)) == APPS
