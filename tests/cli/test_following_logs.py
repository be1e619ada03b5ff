"""`cfnet advise --follow`: logs are read as they grow."""

import gzip
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from cfnet.cli.command_line import run
from cfnet.operations.environment import Environment
from tests.cli.commands.test_advise import BACK, FRONT, policy_entry, refused, shop_of
from tests.conftest import Cfnet

NEEDED = "Needed: shop/dev/front to shop/dev/back, tcp {} (1 refused call)\n"


def line(port: int) -> str:
    return refused(FRONT, BACK, port) + "\n"


def followed(shop: str, log: Path, steps: Sequence[Callable[[], object]]) -> tuple[int, list[str]]:
    """Follow a log; while it waits, each of `steps` happens in turn, then the user interrupts. Exit code and lines."""
    waiting = iter(steps)

    def wait(_seconds: float) -> None:
        step = next(waiting, None)
        if step is None:
            raise KeyboardInterrupt
        step()

    stdout = io.StringIO()
    environment = Environment({}, io.StringIO(), stdout, io.StringIO(), sleep=wait)
    code = run(["advise", str(log), "--follow", "--min-count", "1", "--from", shop], environment)
    return int(code), stdout.getvalue().splitlines(keepends=True)


@pytest.fixture
def shop(tmp_path: Path) -> str:
    return shop_of(tmp_path, policy_entry(FRONT, BACK, 8080))


def append(log: Path, text: str) -> Callable[[], object]:
    def act() -> None:
        with log.open("a", encoding="utf-8") as file:
            file.write(text)

    return act


def needs(lines: Sequence[str]) -> list[str]:
    """The lines before the advice."""
    return [each for each in lines if each.startswith("Needed: shop")]


def test_each_policy_is_printed_once_as_soon_as_it_is_needed(shop: str, tmp_path: Path) -> None:
    """A line counts when it is complete. The advice follows when the user interrupts."""
    log = tmp_path / "kern.log"
    log.write_text(line(1), encoding="utf-8")
    steps = [append(log, line(3)[:50]), append(log, line(3)[50:]), append(log, line(3)), append(log, line(5))]
    code, lines = followed(shop, log, steps)
    assert code == 0
    assert needs(lines) == [NEEDED.format(port) for port in (1, 3, 5)]
    assert lines[3].startswith("The logs cover")
    assert "3 policies needed, 0 unused, 0 wider than needed, 1 unknown.\n" in lines


def test_a_rotated_log_is_followed(shop: str, tmp_path: Path) -> None:
    """By another file of the same name, after a while without one, or by making it empty."""
    log = tmp_path / "kern.log"
    log.write_text(line(1), encoding="utf-8")
    steps = [
        append(log, line(3)),
        lambda: log.rename(tmp_path / "kern.log.1"),
        append(tmp_path / "kern.log.1", line(5)),
        append(log, line(7) + line(8) * 2),
        lambda: log.write_text(line(20), encoding="utf-8"),
        append(log, line(30)),
    ]
    _, lines = followed(shop, log, steps)
    assert needs(lines) == [
        *(NEEDED.format(port) for port in (1, 3, 5)),
        NEEDED.format("7-8").replace("1 refused call", "3 refused calls"),
        *(NEEDED.format(port) for port in (20, 30)),
    ]


def test_a_log_that_was_emptied_and_has_grown_again_is_read_from_the_start(shop: str, tmp_path: Path) -> None:
    """Even if it is as long as before, or longer."""
    log = tmp_path / "kern.log"
    log.write_text(line(1), encoding="utf-8")
    steps = [
        lambda: log.write_text(line(3), encoding="utf-8"),
        lambda: log.write_text(line(5) + line(7), encoding="utf-8"),
    ]
    _, lines = followed(shop, log, steps)
    assert needs(lines) == [NEEDED.format(port) for port in (1, 3, 5, 7)]


def test_a_compressed_log_does_not_grow(shop: str, tmp_path: Path, cfnet: Cfnet) -> None:
    log = tmp_path / "kern.log.gz"
    log.write_bytes(gzip.compress(line(1).encode()))
    ran = cfnet("advise", str(log), "--follow", "--from", shop)
    assert (ran.exit, ran.stdout) == (2, "")
    assert f"{log}: it is compressed." in ran.stderr


def test_stdin_is_followed_to_its_end(shop: str, cfnet: Cfnet) -> None:
    """Its last line need not be complete."""
    given = line(1) + line(3).rstrip()
    told = cfnet("advise", "-", "--follow", "--min-count", "1", "--from", shop, stdin=given).stdout
    assert needs(told.splitlines(keepends=True)) == [NEEDED.format(1), NEEDED.format(3)]


@pytest.mark.parametrize(
    "words", [("-", "kern.log"), ("missing.log",), ("x", "--json"), ("x", "--into", "policies.yml")], ids=str
)
def test_some_things_cannot_be_followed(words: Sequence[str], shop: str, cfnet: Cfnet) -> None:
    assert cfnet("advise", *words, "--follow", "--from", shop).exit == 2
