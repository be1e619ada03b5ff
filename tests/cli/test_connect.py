"""Environment variables that control the connection to a foundation."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cfnet.operations.connect import dial_seconds
from tests.certificates import certificate
from tests.conftest import Cfnet
from tests.processes import PATIENCE_SECONDS
from tests.scripted_server import Reply, scripted, unresponsive
from tests.worlds import in_ci


@pytest.mark.parametrize(
    ("said", "believed"),
    [*((said, True) for said in ("1", "true", "T")), *((said, False) for said in ("", "0", "false", "yes", "TrUe"))],
)
def test_whether_certificates_are_verified(*, said: str, believed: bool, cfnet: Cfnet, tmp_path: Path) -> None:
    """CF_SKIP_SSL_VALIDATION is parsed like in `cf`; nothing else disables verification."""
    with scripted(lambda _method, _path: Reply(), certificate(tmp_path, "127.0.0.1")) as server:
        ran = cfnet("export", variables=in_ci(server.url, CF_SKIP_SSL_VALIDATION=said))
        host = server.url.removeprefix("https://")
        if believed:
            assert ran.stderr == f"{host} is not a Cloud Foundry API.\nFix CF_API_URL.\n"
        else:
            assert (ran.exit, server.asked) == (7, [])
            assert ran.stderr == (
                f"Invalid SSL Cert for {host}: self-signed certificate\n"
                "TIP: Set CF_SKIP_SSL_VALIDATION=true to continue with an insecure API endpoint\n"
            )


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        *[("", 6), ("1", 1), ("30", 30), ("007", 7), ("0", 6), ("-1", 6), ("1.5", 6), ("5s", 6), ("٣", 6), ("x", 6)],
        *[("9999999999", 604800), ("9" * 5000, 604800), ("0" * 5000 + "9", 9)],
    ],
)
def test_the_connection_timeout(said: str, seconds: float) -> None:
    """CF_DIAL_TIMEOUT in whole seconds, if valid; else the default of `cf`."""
    assert dial_seconds({"CF_DIAL_TIMEOUT": said}) == seconds
    assert dial_seconds({}) == 6


def test_each_command_has_its_own_timeout(cfnet: Cfnet) -> None:
    """A command with a short timeout does not inherit the longer one of a previous command."""
    with ThreadPoolExecutor(2) as pool, unresponsive() as host:
        patient, hasty = (
            pool.submit(cfnet, "export", variables=in_ci(f"http://{host}", CF_DIAL_TIMEOUT=seconds))
            for seconds in (str(int(PATIENCE_SECONDS)), "1")
        )
        assert hasty.result(PATIENCE_SECONDS).stderr.startswith(f"Request error: connecting to {host} timed out\n")
        assert not patient.done()
