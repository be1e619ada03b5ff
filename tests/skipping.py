"""Skip tests on machines that lack a requirement."""

import os
from typing import NoReturn

import pytest


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the test, unless `CFNET_ALL_TESTS=required` makes that a failure."""
    if os.environ.get("CFNET_ALL_TESTS") == "required":
        pytest.fail(f"CFNET_ALL_TESTS=required, but: {reason}")
    pytest.skip(reason)
