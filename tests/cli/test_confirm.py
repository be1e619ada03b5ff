"""A change counts as done if the policy server confirms it, or lists it afterwards."""

import signal
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from cfnet.sandbox import Foundation
from tests.cli.document_world import write
from tests.conftest import Cfnet, Ran

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PAGE = b"<html><title>Please log in</title></html>"
DOCUMENT = "version: 1\nspace: demo/dev\npolicies:\n  - {source: appA, destination: appB, ports: [1, 2, 3]}\n"
ADD = ("add-network-policy", "appA", "appB")
REMOVE = ("remove-network-policy", "appA", "appB", "--protocol", "tcp", "--port", "8080")


class Answer(NamedTuple):
    """How an intermediary responds to a change.

    Attributes:
        status: the status of its response.
        body: the body of its response.
        carried_out: whether the change reaches the policy server.
        listed: whether policies can be listed afterwards.
    """

    status: str
    body: bytes
    carried_out: bool = False
    listed: bool = True


class Intermediary(Foundation):
    """A foundation behind an intermediary that responds to changes, once `answer` is set."""

    answer: Answer | None = None
    changed = 0

    def wsgi(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Respond to changes as `answer` says; forward everything else."""
        answer = self.answer
        policies = "/external/policies" in environ["PATH_INFO"]
        if not policies or answer is None:
            return super().wsgi(environ, start_response)
        if environ["REQUEST_METHOD"] == "GET":
            if answer.listed or not self.changed:
                return super().wsgi(environ, start_response)
            start_response("500 Internal Server Error", [("Content-Type", "text/html")])
            return [b"down"]
        self.changed += 1
        if answer.carried_out:
            list(super().wsgi(environ, lambda *_args: lambda _data: None))
        start_response(answer.status, [("Content-Type", "text/html"), ("Content-Length", str(len(answer.body)))])
        return [answer.body]


NOT_CONFIRMED = {
    "a login page": Answer("200 OK", PAGE),
    "nothing": Answer("200 OK", b""),
    "another object": Answer("200 OK", b'{"ok": true}'),
    "a list": Answer("200 OK", b"[]"),
    "accepted, possibly for later": Answer("202 Accepted", b"{}"),
    "no content": Answer("204 No Content", b""),
    "a bad gateway": Answer("502 Bad Gateway", PAGE),
}


@pytest.mark.parametrize("answer", NOT_CONFIRMED.values(), ids=NOT_CONFIRMED)
@pytest.mark.parametrize(("words", "result"), [(ADD, "created"), (REMOVE, "removed")], ids=["add", "remove"])
def test_an_unconfirmed_change_that_is_not_listed_has_failed(
    words: tuple[str, ...], result: str, answer: Answer, cfnet: Cfnet
) -> None:
    """It is looked up; `OK` is not printed."""
    with Intermediary.open(None) as foundation:
        if words is REMOVE:
            assert cfnet(*ADD, "--sandbox", embedded=foundation).exit == 0
        foundation.answer = answer
        ran = cfnet(*words, "--sandbox", embedded=foundation)
    assert (ran.exit, "OK" in ran.stdout) == (1, False)
    assert ran.stdout.endswith("FAILED\n")
    assert ran.stderr.endswith(f"The policy was not {result}. Try again.\n")


@pytest.mark.parametrize("answer", NOT_CONFIRMED.values(), ids=NOT_CONFIRMED)
@pytest.mark.parametrize("words", [ADD, REMOVE], ids=["add", "remove"])
def test_an_unconfirmed_change_that_is_listed_is_done(words: tuple[str, ...], answer: Answer, cfnet: Cfnet) -> None:
    """A note on stderr says so."""
    with Intermediary.open(None) as foundation:
        if words is REMOVE:
            assert cfnet(*ADD, "--sandbox", embedded=foundation).exit == 0
        foundation.answer = answer._replace(carried_out=True)
        ran = cfnet(*words, "--sandbox", embedded=foundation)
    assert (ran.exit, ran.stdout[-4:]) == (0, "OK\n\n")
    assert ran.stderr.endswith("\nThe policy server lists the expected policies: it was done.\n")


@pytest.mark.parametrize(("words", "result"), [(ADD, "created"), (REMOVE, "removed")], ids=["add", "remove"])
def test_an_unconfirmed_change_that_cannot_be_looked_up_is_unknown(
    words: tuple[str, ...], result: str, cfnet: Cfnet
) -> None:
    """The output is neither OK nor a claim that nothing happened."""
    with Intermediary.open(None) as foundation:
        if words is REMOVE:
            assert cfnet(*ADD, "--sandbox", embedded=foundation).exit == 0
        foundation.answer = Answer("200 OK", PAGE, carried_out=True, listed=False)
        ran = cfnet(*words, "--sandbox", "--no-wait", embedded=foundation)
    assert (ran.exit, "OK" in ran.stdout) == (1, False)
    assert ran.stderr.endswith(
        f"It is unknown whether the policy was {result}. Check with 'cfnet network-policies' before retrying.\n"
    )


def applied(answer: Answer, cfnet: Cfnet, folder: Path) -> Ran:
    """Apply a document of three policies."""
    with Intermediary.open(None) as foundation:
        foundation.answer = answer
        return cfnet("--sandbox", "apply", write(folder, DOCUMENT), "--yes", "--no-wait", embedded=foundation)


@pytest.mark.parametrize("answer", NOT_CONFIRMED.values(), ids=NOT_CONFIRMED)
def test_apply_reports_the_final_state(answer: Answer, cfnet: Cfnet, tmp_path: Path) -> None:
    """Nothing, everything, or unknown: never success without a policy that confirms it."""
    nothing = applied(answer, cfnet, tmp_path)
    assert (nothing.exit, "Applied 3" in nothing.stdout) == (7, False)
    assert nothing.stderr.startswith("Applied 0 of 3 changes: 0 added, 0 removed. Then: ")
    everything = applied(answer._replace(carried_out=True), cfnet, tmp_path)
    assert everything.exit == 0
    assert everything.stdout.endswith("Applied 3 of 3 changes: 3 added, 0 removed.\n")
    unknown = applied(answer._replace(carried_out=True, listed=False), cfnet, tmp_path)
    assert unknown.exit == 5
    assert "Applied 3" not in unknown.stdout + unknown.stderr


class Impatient(Foundation):
    """A foundation whose user presses Ctrl-C while a change is in progress."""

    def wsgi(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Interrupt after a change was sent."""
        answer = super().wsgi(environ, start_response)
        if environ["REQUEST_METHOD"] == "POST" and "/external/policies" in environ["PATH_INFO"]:
            signal.raise_signal(signal.SIGINT)
        return answer


@pytest.mark.parametrize(
    ("words", "result"), [(ADD, "The policy may exist"), (REMOVE, "The policy may be removed")], ids=["add", "remove"]
)
def test_an_interrupted_command_reports_a_possible_change(words: tuple[str, ...], result: str, cfnet: Cfnet) -> None:
    """The request was sent, and its response is unknown."""
    with Impatient.open(None) as foundation:
        if words is REMOVE:
            cfnet(*ADD, "--sandbox", embedded=foundation)
        ran = cfnet(*words, "--sandbox", embedded=foundation)
    assert ran.exit == 130
    assert ran.stderr == (
        f"\n{result}: the request was sent. Check with 'cfnet network-policies' before retrying.\n\nInterrupted.\n"
    )
