"""What the tests of several commands share."""

from pathlib import Path

import pytest

from tests.cli.document_world import write


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the document of `document_world`, which is the current one."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path)
    return tmp_path
