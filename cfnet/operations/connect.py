"""Connect to the foundation of a command: find the session and create the API clients."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.errors import CfnetError, UsageFault
from cfnet.foundation.http.early_connection import EarlyConnection, open_early
from cfnet.foundation.session.private_file import is_there
from cfnet.operations.cf_cli_session import session_of_cf
from cfnet.operations.environment import go_bool, whole_number
from cfnet.show.printable import printable, printable_lines

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from typing import TextIO

    from cfnet.foundation.api.cloud_controller import CloudController
    from cfnet.foundation.api.policy_server import PolicyServer
    from cfnet.foundation.http.trace import Trace
    from cfnet.foundation.http.wire import Wire
    from cfnet.foundation.session.connection import Connection
    from cfnet.foundation.session.session import Session, Tokens
    from cfnet.operations.environment import Environment
    from cfnet.policy import Space
    from cfnet.sandbox import Foundation

_WEEK: Final = 7 * 24 * 3600


class LiveFoundation(NamedTuple):
    """A connected foundation.

    Attributes:
        target: the space used if none is named.
        colour: whether output to stdout is coloured.
    """

    connection: Connection
    cloud_controller: CloudController
    policy_server: PolicyServer
    target: Space
    colour: bool

    @property
    def user(self) -> str:
        """The user of the session; may request a new token from the UAA first."""
        return self.connection.bearer.user

    @property
    def sees_all(self) -> bool:
        """Whether the user can see every policy, and has no quota (`network.admin`)."""
        return "network.admin" in self.connection.bearer.scopes

    @property
    def sees_all_apps(self) -> bool:
        """Whether the user can see every app, so that an app that is not listed does not exist."""
        everywhere = {"cloud_controller.admin", "cloud_controller.admin_read_only", "cloud_controller.global_auditor"}
        return not everywhere.isdisjoint(self.connection.bearer.scopes)

    def tell_warnings(self, environment: Environment) -> None:
        """Print warnings of the Cloud Controller on stderr, one per line."""
        for warning in self.connection.warnings:
            environment.say(printable(warning))
        self.connection.warnings.clear()


@contextmanager
def connect(
    environment: Environment,
    *,
    check: Callable[[], None] = lambda: None,
    talk: TextIO | None = None,
    targeted: bool = True,
    tokens: Tokens | None = None,
) -> Iterator[LiveFoundation]:
    """Connect to the sandbox, or by environment variables, cfnet's session, or that of `cf`: the first found wins.

    `check` is called when `cf` would check its flags: after the API is known, before the login is checked. Requests and
    responses are traced to `talk` (default: stderr) if tracing is on. With `targeted` false, no space needs to be
    targeted, and `LiveFoundation.target` may have no name. `tokens` replace those of cfnet's session. Warnings of the
    Cloud Controller that the command has not printed are printed at the end, also after a failure, which they may
    explain.

    Raises:
        CfnetError: there is no usable session, or `check` raises it.
    """
    talk = talk or environment.stderr
    if environment.uses_sandbox:
        from cfnet.operations.embedded_sandbox import sandbox_session, use_sandbox

        check()
        with (
            use_sandbox(environment) as sandbox,
            open_wire(environment, talk, embedded=sandbox) as wire,
            _live(environment, sandbox_session(wire), wire, targeted=targeted) as foundation,
        ):
            yield foundation
    elif environment.variables.get("CF_API_URL"):
        from cfnet.operations import environment_session

        check()
        with environment_wire(environment, talk) as wire:
            found = environment_session.log_in(
                environment.variables, wire, targeted=targeted, warn=lambda text: environment.say(printable(text))
            )
            found.require_api()
            with _live(environment, found, wire, targeted=targeted) as foundation:
                yield foundation
    else:
        session, own = _stored_session(environment, tokens)
        session.require_api()
        check()
        with (
            _early_connection(environment, session) as early,
            session_wire(environment, talk, session, early) as wire,
            _live(environment, session, wire, targeted=targeted) as foundation,
        ):
            yield foundation
        if own:
            from cfnet.operations.completion_refresh import refresh_completion

            refresh_completion(environment, foundation.connection.tokens)


def _stored_session(environment: Environment, tokens: Tokens | None) -> tuple[Session, bool]:
    """Return cfnet's own session if there is one, otherwise that of `cf`; and whether it is cfnet's."""
    # Most users do not have a session of cfnet, and then its modules are not needed.
    if is_there(environment.config_folder / "session.json"):
        from cfnet.operations.stored_session import cfnet_session

        session = cfnet_session(environment, tokens)
        if session is not None:
            return session, True
    return session_of_cf(environment), False


def configured_colour(environment: Environment) -> str:
    """Return the colour setting of `cf` if its session is used and can be read; otherwise empty. Reads no tokens."""
    from cfnet.operations.stored_session import cfnet_account

    with suppress(CfnetError):
        if not (environment.uses_sandbox or environment.variables.get("CF_API_URL") or cfnet_account(environment)):
            return session_of_cf(environment).colour
    return ""


@contextmanager
def _early_connection(environment: Environment, session: Session) -> Iterator[EarlyConnection | None]:
    """Connect to the foundation of `session` while httpx is being imported, unless that has begun."""
    early = environment.early
    if early is None or not early.leads_to(session.api):
        early = _connect_early(environment, session)
    try:
        yield early
    finally:
        if early is not None:
            early.close()


def _connect_early(environment: Environment, session: Session) -> EarlyConnection | None:
    """Begin to connect to the foundation of `session`; None if the user is not logged in."""
    if not (session.tokens.access or session.tokens.refresh):
        return None

    def trusting() -> ssl.SSLContext:
        from cfnet.foundation.http.trust import context_of

        return context_of(environment.variables, skip_ssl_validation=session.skip_ssl_validation)

    seconds = dial_seconds(environment.variables)
    return open_early(session.api, environment.variables, trusting=trusting, dial_seconds=seconds)


def session_wire(
    environment: Environment, talk: TextIO, session: Session, early: EarlyConnection | None = None
) -> AbstractContextManager[Wire]:
    """Return an HTTP client for the foundation of `session`."""
    return open_wire(
        environment,
        talk,
        skip_ssl_validation=session.skip_ssl_validation,
        traced=session.trace,
        trust_tip=session.trust_tip,
        early=early,
    )


def environment_wire(environment: Environment, talk: TextIO) -> AbstractContextManager[Wire]:
    """Return an HTTP client for the foundation given by environment variables."""
    skip = go_bool(environment.variables.get("CF_SKIP_SSL_VALIDATION", "")) is True
    tip = "TIP: Set CF_SKIP_SSL_VALIDATION=true to continue with an insecure API endpoint"
    return open_wire(environment, talk, skip_ssl_validation=skip, trust_tip=tip)


@contextmanager
def _live(environment: Environment, session: Session, wire: Wire, *, targeted: bool) -> Iterator[LiveFoundation]:
    """Yield the foundation of `session`; finally print the warnings that the command has not printed."""
    from cfnet.foundation.api.cloud_controller import CloudController
    from cfnet.foundation.api.policy_server import PolicyServer
    from cfnet.foundation.session.connection import Connection

    session.require_login()
    target = session.require_target() if targeted else session.space
    connection = Connection(session, wire)
    foundation = LiveFoundation(
        connection,
        CloudController(connection),
        PolicyServer(connection),
        target,
        environment.colour(session.colour),
    )
    try:
        yield foundation
    finally:
        foundation.tell_warnings(environment)


@contextmanager
def open_wire(  # noqa: PLR0913 - each is a setting of the connection
    environment: Environment,
    talk: TextIO,
    *,
    skip_ssl_validation: bool = False,
    embedded: Foundation | None = None,
    traced: str = "",
    trust_tip: str = "",
    early: EarlyConnection | None = None,
) -> Iterator[Wire]:
    """Return an HTTP client for the network or the `embedded` foundation, with the configured timeouts and traces."""
    from cfnet.foundation.http.retries import LONGEST_SECONDS, RetryPolicy
    from cfnet.foundation.http.wire import TRUST_TIP, Wire

    with (
        _trace(environment, talk, traced) as trace,
        Wire(
            skip_ssl_validation=skip_ssl_validation,
            dial_seconds=dial_seconds(environment.variables),
            embedded=embedded.wsgi if embedded is not None else None,
            trace=trace,
            trust_tip=trust_tip or TRUST_TIP,
            early=early,
            variables=environment.variables,
            patience=RetryPolicy(
                longest=0.0 if environment.no_wait else LONGEST_SECONDS,
                sleep=environment.sleep,
                today=environment.now,
                notices=environment.status,
            ),
        ) as wire,
    ):
        yield wire


@contextmanager
def _trace(environment: Environment, talk: TextIO, configured: str) -> Iterator[Trace | None]:
    """Return where to trace requests and responses: `CF_TRACE`, or the session's setting, and with `-v` also `talk`."""
    from_environment = environment.variables.get("CF_TRACE")
    wanted = from_environment or configured
    here = go_bool(wanted) if wanted else False
    writers: list[Callable[[str], object]] = []
    with ExitStack() as files:
        if environment.verbose or here:
            writers.append(lambda text: talk.write(printable_lines(text)))
        if here is None:
            whose = "CF_TRACE" if from_environment else "The trace setting of cf ('cf config --trace')"
            writers.append(files.enter_context(_trace_file(wanted, whose)).write)
        if not writers:
            yield None
            return
        from cfnet.foundation.http.trace import Trace

        yield Trace(lambda text: [write(text) for write in writers])


def _trace_file(path: str, whose: str) -> TextIO:
    """Open the file at `path` for appending; create it readable only by the user: traces are private."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    except OSError as error:
        raise UsageFault(f"{whose} names a file that cannot be written ({error.strerror})", where=path) from error
    return os.fdopen(handle, "a", encoding="utf-8", errors="backslashreplace")


def dial_seconds(variables: Mapping[str, str]) -> float:
    """Return the connection timeout: `CF_DIAL_TIMEOUT`, if it is a whole number of seconds; otherwise 6.

    At most a week, because sockets do not accept larger numbers.
    """
    return float(whole_number(variables.get("CF_DIAL_TIMEOUT", ""), _WEEK) or 6)
