"""Fixtures shared by the tests of several commands."""

from pathlib import Path

import pytest

from tests.cli.document_world import write


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory, with the document of `document_world`."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    return tmp_path
