"""A foundation in memory, and clients that call it in process."""

from collections.abc import Callable, Iterator

import httpx  # noqa: TID253 - these tests call the API like any client
import pytest

from cfnet.sandbox import Foundation
from tests.sandbox.shop import SHOP

BASE = "http://api.example.org"

Calls = Callable[[str | None], httpx.Client]
"""Makes a client logged in as this user; None means not logged in."""


@pytest.fixture
def foundation() -> Iterator[Foundation]:
    with Foundation.open(None) as opened:
        opened.load(SHOP)
        yield opened


@pytest.fixture
def client(foundation: Foundation) -> Iterator[Calls]:
    """Makes clients of the shop's foundation."""
    made: list[httpx.Client] = []

    def of(user: str | None) -> httpx.Client:
        headers = {} if user is None else {"Authorization": f"bearer {foundation.sign_in(user).access}"}
        made.append(httpx.Client(transport=httpx.WSGITransport(app=foundation.wsgi), base_url=BASE, headers=headers))
        return made[-1]

    yield of
    for each in made:
        each.close()
