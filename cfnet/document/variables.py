"""`((name))` in a document: a value that is given when it is read, as in the manifests of Cloud Foundry."""

from __future__ import annotations

import difflib
import re
from collections import abc
from itertools import islice
from typing import Final

from cfnet.document.faults import Code, FaultReport
from cfnet.document.nodes import Mapping, Scalar, ScalarKind
from cfnet.document.reader import COMPARED, read

PATTERN: Final = r"\(\([A-Za-z0-9_.-]+\)\)"
"""What a variable looks like, in Python's and in JavaScript's regular expressions."""
PREFIX: Final = "CFNET_VAR_"
"""What the names of environment variables that give values begin with."""

_VARIABLE = re.compile(PATTERN)


class VariableValues(abc.MutableMapping[str, str]):
    """Values by the names of variables; those of the environment also by names that no shell can export.

    `CFNET_VAR_DNS_PORT` and `CFNET_VAR_dns_port` provide `((dns-port))`, unless something provides just that name.
    """

    def __init__(self, environment: abc.Mapping[str, str]) -> None:
        """The values that `CFNET_VAR_NAME` in `environment` provides."""
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
    """The values of variables, and the filling in of them.

    A filled-in value is text and stays what it is: it is never read as YAML, and no variable in it is looked up.
    """

    def __init__(self, values: abc.Mapping[str, str], report: FaultReport) -> None:
        self._values = values
        self._report = report

    def fill(self, scalar: Scalar) -> Scalar:
        """`scalar` with its variables' values; a variable without one is reported, and makes it a `VARIABLE`."""
        if "((" not in scalar.text or not _VARIABLE.search(scalar.text):
            return scalar
        missing = {name: None for found in _VARIABLE.findall(scalar.text) if (name := found[2:-2]) not in self._values}
        for name in missing:
            candidates = () if self._report.full else islice(self._values, COMPARED)
            near = difflib.get_close_matches(name[:100], candidates, n=1)
            expected = f"--var {name}=VALUE, a --vars-file or {PREFIX}{_exportable(name)}"
            guess = f"(({near[0]}))" if near else ""
            self._report(Code.NO_VALUE, scalar.place, f"(({name}))", expected, guess=guess)
        if missing:
            return scalar._replace(kind=ScalarKind.VARIABLE)
        return scalar._replace(text=_VARIABLE.sub(lambda found: self._values[found[0][2:-2]], scalar.text))


def _exportable(name: str) -> str:
    """What a shell can export for the variable `name`."""
    return re.sub("[.-]", "_", name).upper() if re.search("[.-]", name) else name


def from_environment(environment: abc.Mapping[str, str]) -> dict[str, str]:
    """The values that `CFNET_VAR_name` gives."""
    return {name.removeprefix(PREFIX): value for name, value in environment.items() if name.startswith(PREFIX)}


def from_file(data: bytes, file: str, report: FaultReport) -> dict[str, str]:
    """The values of a `--vars-file`: a YAML mapping of names to texts, numbers or truth values, as written."""
    root = read(data, file, report)
    if root is None:
        return {}
    if not isinstance(root, Mapping):
        report(Code.WRONG_KIND, root.place, root, "a mapping of variables to their values")
        return {}
    values = {}
    for key, value in root.pairs:
        if isinstance(value, Scalar) and value.kind is not ScalarKind.NULL:
            values[key.text] = value.text
        else:
            report(Code.BAD_VARIABLE, value.place, value, f"a text or a number for (({key.text}))")
    return values
