"""Interrupted and refused plans."""

import signal
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from cfnet.sandbox import Foundation, WorldApp
from tests.cli.document_world import WORLD, sent, with_policies, write
from tests.conftest import Cfnet, Served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

NOT_KNOWN = "The outcome of the last request is unknown. Run the same command again to finish.\n\nInterrupted.\n"


class Interrupting(Foundation):
    """A foundation whose impatient user presses Ctrl-C twice during the first change."""

    def wsgi(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Process the request, and interrupt before the response of a change."""
        answer = super().wsgi(environ, start_response)
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].endswith("/policies"):
            for _ in range(2):
                signal.raise_signal(signal.SIGINT)
        return answer


def test_a_second_ctrl_c_stops_at_once(cfnet: Cfnet, tmp_path: Path) -> None:
    """In the middle of a request: the message says that its outcome is unknown. Another run finds out."""
    document = write(tmp_path, "version: 1\nspace: demo/dev\npolicies:\n  - {source: appA, destination: appB}\n")
    with Interrupting.open(None) as foundation:
        ran = cfnet("--sandbox", "apply", document, "--yes", embedded=foundation)
        assert (ran.exit, ran.stderr[-len(NOT_KNOWN) :]) == (130, NOT_KNOWN)
        assert "Applied" not in ran.stdout
        again = cfnet("--sandbox", "apply", document, "--yes", embedded=foundation)
        assert (again.exit, again.stdout) == (0, "0 to add, 0 to remove, 1 as declared.\n")


def test_at_most_ten_apps_above_their_quota_are_named(served: Served, cfnet: Cfnet, tmp_path: Path) -> None:
    """The others are counted."""
    apps = tuple(WorldApp(f"app{number:02}", "demo/dev", f"app-{number:02}", instances=0) for number in range(12))
    with_policies(served, world=WORLD._replace(apps=apps))
    entry = f"  - source: {[app.name for app in apps]}\n    destination: [app00, app01]\n"
    document = write(tmp_path, f"version: 1\nspace: demo/dev\npolicies:\n{entry}")
    ran = cfnet("apply", document, "--yes", "--quota", "1", variables=served.home(tmp_path, "dev"))
    output = "; ".join(f"demo/dev/{app.name} has 0 and would get 2 more" for app in apps[:10])
    assert (ran.exit, sent(served)) == (3, [])
    assert ran.stderr.startswith(
        f"The quota of 1 policy for each source would be exceeded: {output}; 2 more apps. Nothing was sent.\n"
    )
