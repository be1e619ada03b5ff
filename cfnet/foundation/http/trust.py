"""Configures which certificates are trusted: those of the system, or those in SSL_CERT_FILE and SSL_CERT_DIR."""

from __future__ import annotations

import os
import ssl
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cfnet.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FILE: Final = "SSL_CERT_FILE"
_FOLDERS: Final = "SSL_CERT_DIR"
_LARGEST: Final = 4 * 1024 * 1024
"""The maximum size of a file of certificates in SSL_CERT_DIR, in bytes."""


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
    is read.

    Raises:
        UsageFault: SSL_CERT_FILE cannot be read, or contains no certificate.
    """
    file, folders = variables.get(_FILE, ""), variables.get(_FOLDERS, "")
    if platform in ("darwin", "win32") and not (file or folders):
        # The system's trust store, where companies add their certificates.
        truststore = import_module("truststore")  # installed on these platforms only
        native: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return native
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if file:
        _load_file(context, file)
    else:
        _load_system(context)
    for path in _files(folders):
        _load_if_certificates(context, path)
    return context


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


def _files(folders: str) -> Iterator[Path]:
    """Yield the files in `folders`, each once; as in Go, missing directories are ignored."""
    seen: set[Path] = set()
    for folder in filter(None, folders.split(os.pathsep)):
        try:
            found = sorted(Path(folder).iterdir())
        except OSError:
            continue
        for path in found:
            real = path.resolve()
            if real not in seen and real.is_file():
                seen.add(real)
                yield real


def _load_if_certificates(context: ssl.SSLContext, path: Path) -> None:
    """Trust the certificates in the file at `path`, if it can be read and contains any."""
    try:
        if path.stat().st_size <= _LARGEST:
            context.load_verify_locations(cafile=path)
    except OSError:  # ssl.SSLError is one
        return
