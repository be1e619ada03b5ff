"""The packages: reproducible, complete, and working after installation with pip."""

import os
import shutil
import stat
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipapp
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from cfnet import __version__
from cfnet.cli.command_table import COMMANDS
from cfnet.show.help_text import help_text
from cfnet.show.topics import topic_sections
from tests.conftest import Served
from tests.docs import FOLDER
from tests.house.package_build import NAME, ROOT, Packages, build

SNAPSHOT = ROOT / "tests" / "golden" / "02-walkthrough"


def test_the_source_package_builds_the_same_packages(packages: Packages, tmp_path: Path) -> None:
    """Byte for byte, from files with other timestamps, in another directory, without git."""
    subprocess.run(["tar", "-xzf", packages.sdist, "-C", tmp_path], check=True)
    for path in (tmp_path / NAME).rglob("*.py"):
        os.utime(path, (1, 1))
    again = build(tmp_path / NAME, tmp_path / "dist")
    assert again.wheel.read_bytes() == packages.wheel.read_bytes()
    assert again.sdist.read_bytes() == packages.sdist.read_bytes()


def test_source_date_epoch_sets_all_timestamps(packages: Packages) -> None:
    with zipfile.ZipFile(packages.wheel) as wheel, tarfile.open(packages.sdist) as sdist:
        assert {info.date_time for info in wheel.infolist()} == {(2023, 11, 14, 22, 13, 20)}
        assert {info.mtime for info in sdist.getmembers()} == {1700000000}


def test_the_wheel_has_the_expected_files(packages: Packages) -> None:
    """Code, type marker, schema, the graph's page, documentation, completions, manual pages, licence; nothing else."""
    with zipfile.ZipFile(packages.wheel) as wheel:
        names = set(wheel.namelist())
    code = {path.relative_to(ROOT).as_posix() for path in (ROOT / "cfnet").rglob("*.py")}
    data, output = f"{NAME}.data/data/share", f"{NAME}.dist-info"
    assert names == {
        *code,
        "cfnet/py.typed",
        "cfnet/document/cfnet.schema.json",
        *(path.relative_to(ROOT).as_posix() for end in ("css", "js") for path in (ROOT / "cfnet").rglob(f"*.{end}")),
        *(f"cfnet/show/docs/{path.name}" for path in FOLDER.iterdir()),
        f"{data}/bash-completion/completions/cfnet",
        f"{data}/zsh/site-functions/_cfnet",
        f"{data}/fish/vendor_completions.d/cfnet.fish",
        *(f"{data}/man/man1/{name}.1" for name in ("cfnet", *(f"cfnet-{command}" for command in COMMANDS))),
        *(f"{output}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")),
    }


def test_the_source_package_has_the_expected_files(packages: Packages) -> None:
    """Code, tests, completions and texts; no files that tools create."""
    with tarfile.open(packages.sdist) as sdist:
        names = [Path(name).relative_to(NAME) for name in sdist.getnames()]
    tops = Counter(name.parts[0] for name in names)
    assert set(tops) == {
        *("cfnet", "completions", "tests", ".github"),
        *("CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml", "PKG-INFO", ".gitignore"),
    }
    assert {name.suffix for name in names if name.parts[0] == "cfnet"} == {".py", ".typed", ".json", ".css", ".js"}
    assert not [name for name in names if {"__pycache__", ".hypothesis"} & set(name.parts) or name.suffix == ".actual"]


@pytest.fixture(scope="session")
def installed(packages: Packages, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new virtual environment with the installed wheel, using the dependencies of the test environment."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, symlinks=os.name != "nt")
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "install", "-q"]
    subprocess.run([*pip, "--no-index", "--no-deps", str(packages.wheel)], check=True, capture_output=True)
    purelib = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    (Path(purelib) / "needed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return folder


def run(installed: Path, words: Sequence[str], variables: Mapping[str, str], folder: Path) -> tuple[int, str, str]:
    """Run the installed program in `folder` with only these variables."""
    ran = subprocess.run(
        [installed / "bin" / "cfnet", *words],
        cwd=folder,
        env={"PATH": os.defpath, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout, ran.stderr


def test_pip_installs_the_wheel(installed: Path, tmp_path: Path) -> None:
    """The program runs, its shell files are below the prefix, and a type checker finds its types."""
    version = ".".join(map(str, sys.version_info[:3]))
    assert run(installed, ["--version"], {}, tmp_path) == (0, f"cfnet {__version__} (Python {version})\n", "")
    assert (installed / "share" / "bash-completion" / "completions" / "cfnet").is_file()
    assert list(installed.rglob("cfnet/py.typed"))
    assert run(installed, ["help", "exit-codes"], {}, tmp_path)[:2] == (0, help_of_checkout("exit-codes"))


def help_of_checkout(topic: str) -> str:
    """A topic as printed from this checkout."""
    return help_text(topic_sections(topic), 80)


class Homeless(NamedTuple):
    """The installed program in a container that cannot store anything.

    Attributes:
        folder: the empty directory in which it runs.
        home: the variable HOME, None if unset.
    """

    installed: Path
    folder: Path
    home: Path | None

    def run(self, words: Sequence[str], **variables: str) -> tuple[int, str, str]:
        """Run a command line; it leaves nothing in the directory."""
        output = {} if self.home is None else {"HOME": str(self.home)}
        ended = run(self.installed, words, output | variables, self.folder)
        assert list(self.folder.iterdir()) == []
        return ended


@pytest.fixture(params=["no HOME", "a home that is a file", "a home that is read-only"])
def homeless(request: pytest.FixtureRequest, installed: Path, tmp_path: Path) -> Homeless:
    """Each way not to have a home directory."""
    home: Path | None = tmp_path / "home"
    match request.param:
        case "no HOME":
            home = None
        case "a home that is a file":
            (tmp_path / "home").touch()
        case _ if Path("/proc").is_dir():
            home = Path("/proc")  # read-only for root, too
        case _:
            (tmp_path / "home").mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    folder = tmp_path / "folder"
    folder.mkdir()
    return Homeless(installed, folder, home)


@pytest.mark.parametrize(
    "words",
    [["tour"], ["render", "--from", str(SNAPSHOT)], ["completion", "bash"], ["__complete", "app"], ["logout"]],
    ids=lambda words: words[0],
)
def test_commands_that_store_nothing_need_no_home(words: Sequence[str], homeless: Homeless) -> None:
    """They succeed without a warning."""
    code, _, stderr = homeless.run(words)
    assert (code, stderr) == (0, "")


@pytest.mark.parametrize(
    "words",
    [
        ["network-policies"],
        ["add-network-policy", "appA", "appB"],
        ["remove-network-policy", "appA", "appB", "--protocol", "tcp", "--port", "8080"],
    ],
    ids=lambda words: words[0],
)
def test_the_three_commands_need_no_home(words: Sequence[str], homeless: Homeless, served: Served) -> None:
    """With a session from the environment, as in a pipeline."""
    code, stdout, _ = homeless.run(
        words, CF_API_URL=served.url, CF_USERNAME="dev", CF_PASSWORD="dev", CF_ORG="demo", CF_SPACE="dev"
    )
    assert code == 0
    assert "in org demo / space dev as dev..." in stdout


@pytest.mark.parametrize(
    ("words", "explained"),
    [
        (["--sandbox", "network-policies"], "There is no home directory to store the sandbox in.\n"),
        (["auth", "dev", "dev"], "Cannot save the session: there is no home directory.\n"),
        (["api", "URL"], "Cannot save the session: there is no home directory.\n"),
    ],
    ids=["sandbox", "auth", "api"],
)
def test_commands_that_must_store_something_explain_the_missing_home(
    words: Sequence[str], explained: str, homeless: Homeless, served: Served
) -> None:
    """With the next step to take."""
    typed = [served.url if word == "URL" else word for word in words]
    ended, _, stderr = homeless.run(typed, CF_API_URL=served.url)
    assert ended == 1
    output = "\n".join(stderr.splitlines()[-2:])
    if homeless.home is None:
        assert f"{explained}Set HOME or XDG_" in output
    else:
        assert str(homeless.home) in output
    assert "Traceback" not in stderr
    assert "Internal error" not in stderr


FROM_A_ZIP = {
    "help": ["--help"],
    "the walkthrough": ["tour"],
    "a page": ["graph", "--from", str(SNAPSHOT), "--format", "html"],
    "a picture": ["graph", "--from", str(SNAPSHOT), "--format", "svg"],
    "the schema": ["schema"],
    "a manual page": ["man", "render"],
}


@pytest.fixture(scope="module")
def zipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as one file that Python runs (zipapp)."""
    folder = tmp_path_factory.mktemp("zip")
    shutil.copytree(ROOT / "cfnet", folder / "tree" / "cfnet", ignore=shutil.ignore_patterns("__pycache__"))
    zipapp.create_archive(folder / "tree", folder / "cfnet.pyz", main="cfnet.__main__:main")
    return folder / "cfnet.pyz"


@pytest.mark.parametrize("words", FROM_A_ZIP.values(), ids=FROM_A_ZIP)
def test_the_program_runs_from_a_zip_file(words: Sequence[str], zipped: Path, tmp_path: Path) -> None:
    """Style sheets, scripts and the schema are read from there as well."""
    ran = subprocess.run(
        [sys.executable, zipped, *words],
        cwd=tmp_path,
        env={"PATH": os.defpath, "HOME": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout
