"""Imports httpx and httpcore without what no request of cfnet uses; installed only in cfnet's own process.

Importing both packages whole takes longer than everything else until the first request is sent. Most of it is for
asyncio, HTTP/2, multipart forms, cookies, netrc, httpx's command line (with rich), and `urllib.request`, which loads
the email package, tempfile and random. Once installed, `import httpx` and `import httpcore` create the packages
without running their `__init__.py`; the names that cfnet uses come from the submodules that define them. Any other
name, or another layout of a future version, runs `__init__.py` as usual.

Cookies do not work in submodules that were imported in this way. So this is not for programs that import cfnet as a
library and may use httpx themselves.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module
from importlib.machinery import PathFinder
from threading import RLock
from types import ModuleType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec

_HTTPX_ERRORS: Final = (
    "ConnectError",
    "ConnectTimeout",
    "HTTPError",
    "InvalidURL",
    "LocalProtocolError",
    "PoolTimeout",
    "ProxyError",
    "ReadError",
    "ReadTimeout",
    "RemoteProtocolError",
    "StreamError",
    "TimeoutException",
    "UnsupportedProtocol",
    "WriteError",
    "WriteTimeout",
)
_HTTPCORE_ERRORS: Final = ("ConnectTimeout", "ReadTimeout", "WriteTimeout")

_SUBMODULES: Final[Mapping[str, Mapping[str, str]]] = {
    "httpx": {
        **dict.fromkeys(("Headers", "Request", "Response"), "_models"),
        "Proxy": "_config",
        "SyncByteStream": "_types",
        "WSGITransport": "_transports.wsgi",
        **dict.fromkeys(_HTTPX_ERRORS, "_exceptions"),
    },
    "httpcore": {
        "ConnectionPool": "_sync.connection_pool",
        "HTTPProxy": "_sync.http_proxy",
        "NetworkStream": "_backends.base",
        "SyncBackend": "_backends.sync",
        **dict.fromkeys(("Request", "Response", "URL"), "_models"),
        **dict.fromkeys(_HTTPCORE_ERRORS, "_exceptions"),
    },
    "httpcore._sync": {},
    "httpx._transports": {},
}
"""The submodules that define the names cfnet uses, of each package whose `__init__.py` is postponed."""

_NOT_INSTALLED: Final = ("anyio", "trio")
"""Modules that httpcore and httpx do without if they are not installed."""

_ON_USE: Final = ("certifi", "email.message", "idna", "mimetypes")
"""Modules that they use in rare cases only: imported then."""

_UNUSED: Final = ("http.cookiejar", "urllib.request")
"""Modules of cookies, and of proxies from the environment, which `cfnet.foundation.http.proxy` reads itself."""


_WITHHELD: Final = ("httpx._main",)
"""Modules that `__init__.py` does without if they cannot be imported: the command line of httpx, with rich."""

_LOCK: Final = RLock()


class _Package(ModuleType):
    """A package whose `__init__.py` runs when a name is used that is not in `_SUBMODULES`."""

    def __getattr__(self, name: str) -> object:
        submodule = _SUBMODULES[self.__name__].get(name)
        if submodule is None and name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        with _LOCK:
            try:
                value = _imported(f"{self.__name__}.{submodule}", name) if submodule else None
            except (AttributeError, ImportError, TypeError):  # the layout of another version
                value = None
            if value is None:
                _run_init(self)
                return getattr(self, name)
        setattr(self, name, value)
        return value


class _Postponed(ModuleType):
    """A module that is imported when one of its names is used."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


class _Unused(ModuleType):
    """A module in which each name is an empty class."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


class _PackageLoader:
    """Creates a package without running its `__init__.py`."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Package(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: `__init__.py` runs later, if at all."""


class _Finder:
    """Finds the packages of `_SUBMODULES`."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Find a package as usual, with another loader."""
        del target
        if name not in _SUBMODULES or not _is_postponed(name.rpartition(".")[0]):
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _PackageLoader(spec.loader)  # type: ignore[assignment]  # has what the import system calls
        return spec


def install() -> None:
    """Import httpx and httpcore in this way from now on, in this process."""
    sys.meta_path.insert(0, _Finder)


def _imported(module: str, name: str) -> object:
    """A name of a module; while that is being imported, stand-ins take the place of modules that are not loaded."""
    stand_ins = dict[str, ModuleType | None].fromkeys(_NOT_INSTALLED)
    stand_ins |= {each: _Postponed(each) for each in _ON_USE} | {each: _Unused(each) for each in _UNUSED}
    stand_ins = {each: stand_in for each, stand_in in stand_ins.items() if each not in sys.modules}
    with _replaced(stand_ins):
        return getattr(import_module(module), name)


def _is_postponed(package: str) -> bool:
    """Whether the `__init__.py` of a package has not run; true if there is no package above."""
    return not package or isinstance(sys.modules.get(package), _Package)


def _run_init(package: ModuleType) -> None:
    """Run the package's `__init__.py`, as `import` would have done, and those of packages below it."""
    loader: object = package.__spec__.loader if package.__spec__ else None
    package.__class__ = ModuleType
    for name in _SUBMODULES:
        if name.startswith(f"{package.__name__}.") and name in sys.modules and _is_postponed(name):
            _run_init(sys.modules[name])
    if isinstance(loader, _PackageLoader):
        with _replaced({name: None for name in _WITHHELD if name not in sys.modules}):
            loader.loader.exec_module(package)


@contextmanager
def _replaced(stand_ins: Mapping[str, ModuleType | None]) -> Iterator[None]:
    """Put stand-ins in the places of modules for a while; None is a module that cannot be imported."""
    sys.modules.update(stand_ins)  # type: ignore[arg-type]  # None is documented, but not in the types
    for name, module in stand_ins.items():
        package, _, submodule = name.rpartition(".")
        if package and module is not None:  # `import a.b` followed by `a.b` reads the attribute of `a`
            setattr(import_module(package), submodule, module)
    try:
        yield
    finally:
        for name, module in stand_ins.items():
            if sys.modules.get(name, module) is module:
                sys.modules.pop(name, None)
