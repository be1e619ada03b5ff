"""Variables in documents: `((name))` is replaced when the document is read, as in Cloud Foundry manifests."""

from __future__ import annotations

import re
from collections import abc
from itertools import islice
from typing import Final

from cfnet.document.faults import Code, FaultReport
from cfnet.document.guesses import closest
from cfnet.document.node_builder import COMPARED
from cfnet.document.nodes import Mapping, Scalar, ScalarKind
from cfnet.document.reader import read

PATTERN: Final = r"\(\([A-Za-z0-9_.-]+\)\)"
"""A variable, as a regex for Python and JavaScript."""
PREFIX: Final = "CFNET_VAR_"
"""Prefix of the environment variables that provide values."""

_VARIABLE = re.compile(PATTERN)


class VariableValues(abc.MutableMapping[str, str]):
    """Values of variables by name; environment variables also match names that a shell cannot export.

    `CFNET_VAR_DNS_PORT` and `CFNET_VAR_dns_port` provide `((dns-port))`, unless there is a value for the exact name.
    """

    def __init__(self, environment: abc.Mapping[str, str]) -> None:
        """Start with the values of `CFNET_VAR_NAME` in `environment`."""
        self._shell = from_environment(environment)
        self._by_name = dict(self._shell)

    def __getitem__(self, name: str) -> str:
        if name in self._by_name:
            return self._by_name[name]
        plain = re.sub("[.-]", "_", name)
        return self._shell[plain if plain in self._shell else plain.upper()]

    def __setitem__(self, name: str, value: str) -> None:
        self._by_name[name] = value

    def __delitem__(self, name: str) -> None:
        del self._by_name[name]

    def __iter__(self) -> abc.Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)


class Variables:
    """Replaces variables with their values.

    Inserted values are plain text: they are not parsed as YAML, and variables in them are not replaced.
    """

    def __init__(self, values: abc.Mapping[str, str], report: FaultReport) -> None:
        self._values = values
        self._report = report

    def fill(self, scalar: Scalar) -> Scalar:
        """Replace the variables in `scalar`; report unset variables and turn the scalar into a `VARIABLE`."""
        if "((" not in scalar.text or not _VARIABLE.search(scalar.text):
            return scalar
        missing = {name: None for found in _VARIABLE.findall(scalar.text) if (name := found[2:-2]) not in self._values}
        for name in missing:
            candidates = () if self._report.full else islice(self._values, COMPARED)
            near = closest(name[:100], candidates)
            expected = f"--var {name}=VALUE, a --vars-file or {PREFIX}{_exportable(name)}"
            guess = f"(({near}))" if near else ""
            self._report(Code.NO_VALUE, scalar.place, f"(({name}))", expected, guess=guess)
        if missing:
            return scalar._replace(kind=ScalarKind.VARIABLE)
        return scalar._replace(text=_VARIABLE.sub(lambda found: self._values[found[0][2:-2]], scalar.text))


def _exportable(name: str) -> str:
    """Return a name for the variable that a shell can export."""
    return re.sub("[.-]", "_", name).upper() if re.search("[.-]", name) else name


def from_environment(environment: abc.Mapping[str, str]) -> dict[str, str]:
    """Return the values set by `CFNET_VAR_name`."""
    return {name.removeprefix(PREFIX): value for name, value in environment.items() if name.startswith(PREFIX)}


def from_file(data: bytes, file: str, report: FaultReport) -> dict[str, str]:
    """Read the values of a `--vars-file`: a YAML mapping of names to texts, numbers or booleans, kept as written."""
    root = read(data, file, report)
    if root is None:
        return {}
    if not isinstance(root, Mapping):
        report(Code.WRONG_KIND, root.place, root, "a mapping of variables to values")
        return {}
    values = {}
    for key, value in root.pairs:
        if isinstance(value, Scalar) and value.kind is not ScalarKind.NULL:
            values[key.text] = value.text
        else:
            report(Code.BAD_VARIABLE, value.place, value, f"a text or number for (({key.text}))")
    return values
