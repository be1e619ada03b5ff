"""Which certificates are trusted."""

import os
import shutil
import ssl
import sys
from pathlib import Path
from types import ModuleType

import pytest

from cfnet.errors import UsageFault
from cfnet.foundation.http.early_connection import open_early
from cfnet.foundation.http.trust import complete, trusting, trusting_anybody
from cfnet.foundation.http.wire import Wire
from tests.certificates import certificate
from tests.cli.hostile_apps import LISTING
from tests.conftest import Cfnet, Ran
from tests.scripted_server import Reply, scripted
from tests.worlds import session_at

SUBJECT_HASH = "88d0bdcb"
"""What `openssl x509 -subject_hash` prints for the certificate of 127.0.0.1."""


def completed(context: ssl.SSLContext) -> ssl.SSLContext:
    """The context with all of its certificates loaded."""
    complete(context)
    return context


def folder_of(certificate_file: Path, folder: Path, name: str = "server.crt") -> Path:
    """A directory with a copy of the certificate as `name`, and unrelated files."""
    folder.mkdir()
    shutil.copy(certificate_file, folder / name)
    (folder / "README").write_text("no certificate", encoding="utf-8")
    (folder / "empty.crt").touch()
    (folder / "inner").mkdir()
    (folder / "broken").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe")
    return folder


@pytest.mark.parametrize("name", ["server.crt", "ca", "0123abcd.0"], ids=["a .crt", "no suffix", "a wrong hash"])
@pytest.mark.parametrize("path", ["{}", "nowhere:{}", "{}:nowhere", ":{}"])
def test_every_file_in_ssl_cert_dir_is_trusted(path: str, name: str, tmp_path: Path) -> None:
    """Like Go: whatever its name, and whatever else is in the directory."""
    context = certificate(tmp_path, "127.0.0.1")
    folder = folder_of(tmp_path / "cert.pem", tmp_path / "certs", name)
    variables = {"SSL_CERT_DIR": path.format(folder)}
    with scripted(lambda _method, _path: Reply(), context) as server, Wire(variables=variables) as wire:
        assert wire.send("GET", server.url).status == 200


def test_ssl_cert_dir_and_ssl_cert_file_are_combined(tmp_path: Path) -> None:
    for name in ("api.example.org", "uaa.example.org"):
        (tmp_path / name).mkdir()
        certificate(tmp_path / name, name)
    folder = folder_of(tmp_path / "uaa.example.org" / "cert.pem", tmp_path / "certs")
    file = str(tmp_path / "api.example.org" / "cert.pem")
    for variables, count in (({"SSL_CERT_FILE": file}, 1), ({"SSL_CERT_FILE": file, "SSL_CERT_DIR": str(folder)}, 2)):
        assert len(completed(trusting(variables)).get_ca_certs()) == count


def test_certificates_of_a_bundle_are_loaded_once(tmp_path: Path) -> None:
    """A directory with links to its files, a bundle of them, one file that is not in the bundle, and a broken one."""
    folder = tmp_path / "certs"
    folder.mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        certificate(tmp_path / name, name)
        shutil.copy(tmp_path / name / "cert.pem", folder / f"{name}.pem")
        (folder / f"link-{name}").symlink_to(f"{name}.pem")
    (folder / "bundle.crt").write_bytes((folder / "a.pem").read_bytes() + b"# B\n" + (folder / "b.pem").read_bytes())
    broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    (folder / "broken.crt").write_bytes((folder / "bundle.crt").read_bytes() + (folder / "c.pem").read_bytes() + broken)
    context = completed(trusting({"SSL_CERT_FILE": str(folder / "a.pem"), "SSL_CERT_DIR": str(folder)}))
    subjects = sorted(str(each["subject"]) for each in context.get_ca_certs())
    assert subjects == [f"((('commonName', '{name}'),),)" for name in ("a", "b", "c")]


@pytest.mark.parametrize(
    ("name", "needed"), [(f"{SUBJECT_HASH}.0", 1), ("server.crt", 2)], ids=["a hashed name", "another name"]
)
def test_one_handshake_is_enough_for_hashed_names(name: str, needed: int, tmp_path: Path) -> None:
    """Reading a whole directory takes time, and happens only if OpenSSL does not find the certificate in it."""
    folder, handshakes = tmp_path / "certs", 0

    def count(*_details: object) -> None:
        nonlocal handshakes
        handshakes += 1

    context = certificate(tmp_path, "127.0.0.1")
    context.sni_callback = count
    folder_of(tmp_path / "cert.pem", folder, name)
    variables = {"SSL_CERT_DIR": str(folder)}
    with scripted(lambda _method, _path: Reply(), context) as server:
        early = open_early(server.url, variables, trusting=lambda: trusting(variables), dial_seconds=5.0)
        with Wire(variables=variables, early=early) as wire:
            assert wire.send("GET", server.url).status == 200
    assert handshakes == needed


FAULTS = {
    "not there": ("nowhere", "SSL_CERT_FILE names a file that cannot be read: No such file or directory."),
    "a folder": ("folder", "SSL_CERT_FILE names a file that cannot be read: Is a directory."),
    "something else": ("text", "SSL_CERT_FILE names a file without certificates in PEM format."),
    "empty": ("empty", "SSL_CERT_FILE names a file without certificates in PEM format."),
}


@pytest.mark.parametrize(("name", "result"), FAULTS.values(), ids=FAULTS)
def test_an_unusable_ssl_cert_file(name: str, result: str, cfnet: Cfnet, tmp_path: Path) -> None:
    """It is reported, where `cf` silently trusts no certificate; plain HTTP does not need it."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("x", encoding="utf-8")
    (tmp_path / "empty").touch()
    path = tmp_path / name
    with pytest.raises(UsageFault) as caught:
        trusting({"SSL_CERT_FILE": str(path)})
    assert str(caught.value) == f"{path}: {result}"
    variables = {**session_at("https://127.0.0.1:1", tmp_path), "SSL_CERT_FILE": str(path)}
    ran = cfnet("network-policies", variables=variables)
    assert ran == Ran(1, f"{LISTING}FAILED\n", f"{path}: {result}\nFix or unset SSL_CERT_FILE.\n")
    with scripted(lambda _m, _p: Reply()) as server, Wire(variables={"SSL_CERT_FILE": str(path)}) as wire:
        assert wire.send("GET", server.url).status == 200


def test_without_variables_the_system_store_is_used() -> None:
    """Certificates and host names are verified."""
    context = trusting({})
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert trusting_anybody().verify_mode == ssl.CERT_NONE


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_the_native_trust_store_is_used_if_installed(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through the package installed on these platforms, unless a variable names certificates."""

    class Native(ssl.SSLContext):
        """A stand-in for that package's context; it is not installed here."""

    package = ModuleType("truststore")
    vars(package)["SSLContext"] = Native
    monkeypatch.setitem(sys.modules, "truststore", package)
    assert isinstance(trusting({}, platform), Native)
    assert not isinstance(trusting({"SSL_CERT_DIR": "nowhere"}, platform), Native)
    assert not isinstance(trusting({}, "linux"), Native)
