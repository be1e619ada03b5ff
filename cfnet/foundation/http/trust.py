"""Configures which certificates are trusted: those of the system, or those in SSL_CERT_FILE and SSL_CERT_DIR."""

from __future__ import annotations

import os
import re
import ssl
import stat
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE: Final = "SSL_CERT_FILE"
_FOLDERS: Final = "SSL_CERT_DIR"
_LARGEST: Final = 4 * 1024 * 1024
"""The maximum size of a file of certificates in SSL_CERT_DIR, in bytes."""
_BLOCK = re.compile(rb"-----BEGIN [^-]++-----[^-]++-----END [^-]++-----")
"""A block of a PEM file (RFC 7468), such as a certificate."""


def context_of(variables: Mapping[str, str], *, skip_ssl_validation: bool) -> ssl.SSLContext:
    """Create the context of a session; the variables of this process apply where `variables` have no value.

    Raises:
        UsageFault: SSL_CERT_FILE cannot be read, or contains no certificate.
    """
    return trusting_anybody() if skip_ssl_validation else trusting({**os.environ, **variables})


def trusting_anybody() -> ssl.SSLContext:
    """Create a context that accepts every certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def trusting(variables: Mapping[str, str], platform: str = sys.platform) -> ssl.SSLContext:
    """Create a context that trusts the same certificates as Go, and therefore `cf`, on `platform`.

    SSL_CERT_FILE replaces the system's file of certificates. SSL_CERT_DIR replaces its directories; every file in them
    counts, those without hashed names after `complete`.

    Raises:
        UsageFault: SSL_CERT_FILE cannot be read, or contains no certificate.
    """
    file, folders = variables.get(_FILE, ""), variables.get(_FOLDERS, "")
    if platform in ("darwin", "win32") and not (file or folders):
        # The system's trust store, where companies add their certificates.
        truststore = import_module("truststore")  # installed on these platforms only
        native: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return native
    context = _Context(ssl.PROTOCOL_TLS_CLIENT)
    if file:
        _load_file(context, file)
    else:
        _load_system(context)
    for folder in filter(None, folders.split(os.pathsep)):
        context.load_verify_locations(capath=folder)
    context.left = _Left(file, folders)
    return context


def complete(context: ssl.SSLContext) -> None:
    """Make the context of a session trust all certificates, before it decides that one is not trusted."""
    if isinstance(context, _Context):
        context.complete()


class _Left(NamedTuple):
    """Certificates that are not loaded yet: those in `folders`, except those of `file`."""

    file: str
    folders: str


class _Context(ssl.SSLContext):
    """A context that first trusts only what is loaded quickly: usually, the server's issuer is among that.

    OpenSSL searches directories by the hash of the issuer's name, if their files are named after it.
    """

    left: _Left | None = None
    lock = threading.Lock()

    def complete(self) -> None:
        with self.lock:
            if self.left:
                _load_folders(self, self.left.folders, self.left.file)
                self.left = None


def _load_file(context: ssl.SSLContext, file: str) -> None:
    hint = f"Fix or unset {_FILE}."
    try:
        context.load_verify_locations(cafile=file)
    except ssl.SSLError as error:
        raise UsageFault(f"{_FILE} names a file without certificates in PEM format.", where=file, hint=hint) from error
    except OSError as error:
        problem = f"{_FILE} names a file that cannot be read: {error.strerror}."
        raise UsageFault(problem, where=file, hint=hint) from error


def _load_system(context: ssl.SSLContext) -> None:
    """Trust the system's certificates.

    Use a directory of hashed certificates if there is one: it is searched only when needed, while reading a bundle
    takes about 20 ms.
    """
    paths = ssl.get_default_verify_paths()
    folder, file = Path(paths.openssl_capath), Path(paths.openssl_cafile)
    if folder.is_dir() and next(folder.glob("*.0"), None):
        context.load_verify_locations(capath=folder)
    elif file.is_file():
        context.load_verify_locations(cafile=file)
    else:  # some builds of Python have no default paths: use the roots that are installed with httpx
        import certifi  # noqa: PLC0415 - only where there is no trust store

        context.load_verify_locations(certifi.where())


def _load_folders(context: ssl.SSLContext, folders: str, file: str) -> None:
    """Trust the certificates of all files in `folders`; those of `file` are trusted already.

    Most directories of certificates also have a bundle of them. Loading the bundle is much faster than loading hundreds
    of files, so the largest files come first, and those with nothing new are not loaded.
    """
    paths = _files(folders)
    trusted = _blocks(Path(file)) if file and paths else set()
    for path in paths:
        try:
            new = _blocks(path) - trusted
            if new:
                context.load_verify_locations(cafile=path)
                trusted |= new
        except OSError:  # not readable, or not certificates: ssl.SSLError is one
            continue


def _files(folders: str) -> list[Path]:
    """Return the files in `folders`, each once, the largest first; as in Go, missing directories are ignored."""
    found: dict[tuple[int, int], tuple[int, Path]] = {}
    for folder in filter(None, folders.split(os.pathsep)):
        with suppress(OSError):
            for path in map(Path(folder).joinpath, os.listdir(folder)):  # noqa: PTH208 - faster for hundreds of files
                with suppress(OSError):
                    kind, inode, device, *_, size, _accessed, _modified, _changed = path.stat()
                    if stat.S_ISREG(kind) and size <= _LARGEST:
                        found.setdefault((device, inode), (size, path))
    return [path for _size, path in sorted(found.values(), reverse=True)]


def _blocks(path: Path) -> set[bytes]:
    return set(_BLOCK.findall(path.read_bytes()))
