"""Shared fixtures: an isolated environment, a served foundation, and cfnet run against it."""

import io
import json
import os
import re
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, settings

from cfnet.cli.command_line import run
from cfnet.operations.environment import Environment
from cfnet.sandbox import DEFAULT, Foundation, Server, Settings, serve
from tests.worlds import CF_WORLD, config_of, in_ci

# No deadlines: a busy machine must not fail a test.
settings.register_profile("cfnet", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cfnet")


OF_THE_MACHINE = re.compile(
    r"PATH|LD_LIBRARY_PATH|TMPDIR|TEMP|TMP|SYSTEMROOT|PYENV_\w+|VIRTUAL_ENV|PYTHONDONTWRITEBYTECODE|CFNET_ALL_TESTS|PYTEST_\w+"
)
"""The variables that tests inherit from the machine: where programs are, and how the tests are run.

`tests.house.package_build.MACHINE` has all of them, for installers.
"""


def isolated(machine: Mapping[str, str], home: str) -> dict[str, str]:
    """The environment of a test and its subprocesses, given that of the machine."""
    return {
        **{name: value for name, value in machine.items() if OF_THE_MACHINE.fullmatch(name)},
        "HOME": home,
        "CF_HOME": home,
        "LC_ALL": "C.UTF-8",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }


@pytest.fixture(autouse=True)
def _isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the user's home directory, proxies, colours, language or session."""
    variables = isolated(os.environ, str(tmp_path_factory.mktemp("home")))
    for name in os.environ.keys() - variables.keys():
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


class Ran(NamedTuple):
    """The result of a command line."""

    exit: int
    stdout: str
    stderr: str


Cfnet = Callable[..., Ran]
"""Runs cfnet with arguments, and with `variables` as its environment."""


def run_cfnet(
    words: Sequence[str], variables: Mapping[str, str], *, embedded: Foundation | None = None, stdin: str = ""
) -> Ran:
    """Run a command line of cfnet in this process, with its own streams and variables; no stream is a terminal."""
    environment = Environment(
        variables=variables,
        stdin=io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8"),
        stdout=io.StringIO(),
        stderr=io.StringIO(),
        embedded=embedded,
        sleep=lambda _seconds: None,
    )
    code = run(words, environment)
    assert isinstance(environment.stdout, io.StringIO)
    assert isinstance(environment.stderr, io.StringIO)
    return Ran(int(code), environment.stdout.getvalue(), environment.stderr.getvalue())


@pytest.fixture
def cfnet(tmp_path: Path) -> Cfnet:
    """Runs a command line of cfnet like `run_cfnet`, with an own home directory for each test."""

    def ran(
        *words: str,
        variables: Mapping[str, str] | None = None,
        embedded: Foundation | None = None,
        stdin: str = "",
    ) -> Ran:
        return run_cfnet(words, {"HOME": str(tmp_path), **(variables or {})}, embedded=embedded, stdin=stdin)

    return ran


class Request(NamedTuple):
    """A received request: `line` without the version, `connection` is the client's port."""

    line: str
    connection: str


class RecordedFoundation(Foundation):
    """A foundation that records its requests."""

    requests: list[Request]

    def wsgi(self, environ, start_response):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - PEP 3333
        """Record the request, then process it."""
        target = environ["PATH_INFO"] + (f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else "")
        self.requests.append(Request(f"{environ['REQUEST_METHOD']} {target}", str(environ.get("REMOTE_PORT", ""))))
        return super().wsgi(environ, start_response)


class Served(NamedTuple):
    """A foundation served over HTTP."""

    foundation: RecordedFoundation
    url: str

    @property
    def asked(self) -> Sequence[str]:
        """The request lines so far."""
        return [request.line for request in self.foundation.requests]

    @property
    def connections(self) -> int:
        """The number of connections used."""
        return len({request.connection for request in self.foundation.requests})

    def home(self, folder: Path, user: str = "admin", /, **changes: object) -> dict[str, str]:
        """Write the session file of a `cf` login, with `changes`, and return the variables for it."""
        config = config_of(self.url, self.foundation.sign_in(user, base=self.url)) | changes
        (folder / ".cf").mkdir(mode=0o700, exist_ok=True)
        path = folder / ".cf" / "config.json"
        path.write_text(json.dumps(config, indent=2), encoding="utf-8")
        path.chmod(0o600)
        return {"CF_HOME": str(folder)}

    def ci(self, user: str = "dev", /, **changes: str) -> dict[str, str]:
        """The variables of a CI script, with `changes`."""
        return in_ci(self.url, user, **changes)


@pytest.fixture(scope="session")
def _server() -> Iterator[tuple[RecordedFoundation, Server]]:
    foundation = RecordedFoundation.open(None)
    foundation.requests = []
    with foundation, serve(foundation) as server:
        yield foundation, server


@pytest.fixture
def served(_server: tuple[RecordedFoundation, Server]) -> Served:
    """The default world of the sandbox, over HTTP."""
    foundation, server = _server
    foundation.settings = Settings()
    foundation.load(DEFAULT)
    foundation.requests.clear()
    return Served(foundation, server.url)


@pytest.fixture
def served_cf_world(served: Served) -> Served:
    """The foundation for which output of the real `cf` was recorded, over HTTP."""
    served.foundation.load(CF_WORLD)
    return served


@pytest.fixture
def closed_port() -> Iterator[str]:
    """A host and port where nothing listens for the duration of the test."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"
