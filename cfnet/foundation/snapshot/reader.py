"""Reads snapshots: directories with responses of the servers and files of the cells, from which rules can be rendered.

`policies.json` and `cells/NAME/store.json` are required; `tags.json`, `agent.json`, `security_groups.json`,
`apps.json`, `spaces.json` and `organizations.json` are optional. Snapshots written by cfnet also have `snapshot.json`.
"""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.state import Cell, State
from cfnet.cell.model.tags import Tags, allot, ingress_tag
from cfnet.errors import InputFault, unreadable
from cfnet.foundation.api import answers
from cfnet.foundation.api.long_policy_list import read_policies as read_policy_list
from cfnet.foundation.api.security_groups import security_groups
from cfnet.foundation.json_values import WrongShape, parse
from cfnet.foundation.snapshot import cell_files
from cfnet.foundation.snapshot.record import FILE, Record, record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path
    from typing import TypeVar

    from cfnet.cell.model.security_group import SecurityGroup
    from cfnet.foundation.json_values import JsonValue
    from cfnet.policy import App, Org, Policy, Space

    Value = TypeVar("Value")

_PLAIN = re.compile(r"[A-Za-z0-9._-]+")
_MAKE: Final = "A snapshot has policies.json and cells/NAME/store.json (see 'cfnet help render')."


def open_snapshot(folder: Path, settings: AgentSettings | None = None, read: PolicyFile | None = None) -> State:
    """Read the common files of the snapshot in `folder`; the cells are read later, one by one.

    `settings` override `agent.json`; `read` is the content of `policies.json`, if it was read before.

    Raises:
        InputFault: a required file is missing, or a file is invalid.
    """
    _require_folder(folder)
    written = (folder / FILE).exists()
    told = read_record(folder)
    read = read_policies(folder) if read is None else read
    missing: dict[str, str] = {}
    if settings is None and (folder / "agent.json").exists():
        settings = _read_json(folder, "agent.json", cell_files.agent)
    elif settings is None:
        settings = AgentSettings()
        missing["agent.json"] = "agent.json is missing: default settings of the agent's BOSH job are used."
    tags = _tags(folder, read, settings)
    if tags.allotted:
        missing["tags.json"] = "tags.json is missing: tags are assigned as the policy server would, lowest first."
    missing = {file: told.missing.get(file, sentence) for file, sentence in missing.items()}
    names = _cell_names(folder, may_be_none=written)
    return State(
        policies=read.policies,
        tags=tags,
        settings=settings,
        cell_names=names,
        read_cell=lambda name: _cell(folder, name),
        read_apps=lambda: _apps(folder),
        read_security_groups=lambda: _security_groups(folder),
        notes=[*missing.values(), *told.notes],
        missing=missing,
        policies_origin=str(folder / "policies.json"),
        read_visible=lambda: told.visible,
        search_cells=lambda beginnings: _cells_with(folder, names, beginnings),
    )


def _require_folder(folder: Path) -> None:
    try:
        is_folder = stat.S_ISDIR(folder.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputFault("directory not found", where=str(folder), hint=_MAKE) from error
    except (OSError, ValueError) as error:
        raise unreadable(error, folder) from error
    if not is_folder:
        raise InputFault("not a directory", where=str(folder), hint=_MAKE)


class PolicyFile(NamedTuple):
    """The content of policies.json.

    Attributes:
        policies: the policies.
        tags: the tags in them if they are from the policy server's internal API.
        apps: the GUIDs of their apps.
    """

    policies: Sequence[Policy]
    tags: Mapping[str, str]
    apps: Collection[str]


def _policies_and_tags(data: bytes) -> PolicyFile:
    listed = read_policy_list(data)
    inside = answers.policy_tags(parse(data)) if listed.may_have_tags and _has_tags(data) else {}
    return PolicyFile(listed.policies, inside, listed.apps)


def _has_tags(data: bytes) -> bool:
    return b'"tag"' in data or b"\0" in data  # the latter is UTF-16


def _tags(folder: Path, read: PolicyFile, settings: AgentSettings) -> Tags:
    """Return the tags in tags.json, or else those inside the policies, or else allot them.

    They include the tag of the routers if it is needed.

    Raises:
        InputFault: an app of a policy or the routers have no tag, or the two files contradict each other.
    """
    listed = (folder / "tags.json").exists()
    given = listed or bool(read.tags)
    tags = Tags(_read_json(folder, "tags.json", answers.tags) if listed else read.tags)
    if listed:
        _refuse_contradiction(folder, tags.by_app, read.tags)
    reserved = ingress_tag(tags, settings)
    if not given:
        tags = allot(read.policies, reserved=reserved)
    missing = None if tags.by_app.keys() >= set(read.apps) else tags.without(read.policies)
    if missing:
        app, place = missing
        raise InputFault(
            f"no tag for app {app} (policies.json, {place})",
            where=str(folder / ("tags.json" if listed else "policies.json")),
            hint="Get tags.json and policies.json at the same time, or remove tags.json to have tags assigned."
            if listed
            else "Either all policies must have tags, or none; or add tags.json.",
        )
    return tags


def _refuse_contradiction(folder: Path, listed: Mapping[str, str], inside: Mapping[str, str]) -> None:
    """Check that tags.json and policies.json have the same tag for each app.

    Raises:
        InputFault: they differ.
    """
    for app, tag in inside.items():
        if app in listed and int(listed[app], 16) != int(tag, 16):
            raise InputFault(
                f"app {app} has the tag {listed[app]}, but {tag} in policies.json",
                where=str(folder / "tags.json"),
                hint="Get both at the same time, or remove the older file.",
            )


def _cell_names(folder: Path, *, may_be_none: bool) -> list[str]:
    cells = folder / "cells"
    try:
        found = [each.name for each in cells.iterdir() if each.is_dir()] if cells.is_dir() else []
    except OSError as fault:
        raise unreadable(fault, cells) from fault
    names = sorted(name for name in found if not name.startswith("."))
    if not names and not may_be_none:
        raise InputFault(
            "expected a directory with a store.json for each cell, found none", where=str(cells), hint=_MAKE
        )
    return names


def _cell(folder: Path, name: str) -> Cell:
    file = f"cells/{name}/store.json"
    return Cell(name, _read(folder, file, cell_files.read_store), str(folder / file))


def _cells_with(folder: Path, names: Sequence[str], beginnings: Collection[str]) -> Collection[str]:
    """Return the names of cells whose stores contain, or may contain, a string that begins with one of these texts.

    Nothing is parsed, so the other stores may be invalid, or have the same overlay IPs; but they are complete and do
    not contain such a string. Stores that cannot be read, or are truncated, are included: reading them reports that.
    """
    plain = all(map(_PLAIN.fullmatch, beginnings))
    wanted = [f'"{text}'.encode() for text in beginnings]

    def may_have(store: Path) -> bool:
        try:
            data = store.read_bytes()
        except OSError:
            return True
        if b"\\" in data and b"\\u" in data:  # searching for one byte is much faster
            return True
        # UTF-16 contains zero bytes.
        return any(text in data for text in wanted) or b"\0" in data or not cell_files.is_whole(data)

    stores = ((name, folder / "cells" / name / "store.json") for name in names)
    return {name for name, store in stores if not plain or may_have(store)}


def read_policies(folder: Path) -> PolicyFile:
    """Read the policies of the snapshot in `folder`, with the tags inside them.

    Raises:
        InputFault: the directory or its policies.json is missing or invalid.
    """
    _require_folder(folder)
    return _read(folder, "policies.json", _policies_and_tags)


def read_record(folder: Path) -> Record:
    """Read the record of the snapshot in `folder`; it is empty if the snapshot was made by hand.

    Raises:
        InputFault: its snapshot.json is invalid.
    """
    return _read_json(folder, FILE, record) if (folder / FILE).exists() else Record({}, ())


def _security_groups(folder: Path) -> list[SecurityGroup] | None:
    if not (folder / "security_groups.json").exists():
        return None
    return _read_list(folder, "security_groups.json", lambda answer: security_groups(answers.whole_list(answer)))


def _apps(folder: Path) -> dict[str, App]:
    return read_places(folder)[0]


def read_places(folder: Path) -> tuple[dict[str, App], dict[str, Space]]:
    """Read the apps and spaces of the snapshot in `folder` by GUID, with all names that its files contain.

    Raises:
        InputFault: a file is invalid.
    """
    orgs: dict[str, Org] = {}
    spaces: dict[str, Space] = {}
    apps: dict[str, App] = {}

    def take_orgs(answer: JsonValue) -> None:
        orgs.update(answers.orgs(answers.whole_list(answer)))

    def take_spaces(answer: JsonValue) -> None:
        orgs.update(answers.orgs(answers.included(answer, "organizations")))
        spaces.update(answers.spaces(answers.whole_list(answer), orgs))

    def take_apps(answer: JsonValue) -> None:
        orgs.update(answers.orgs(answers.included(answer, "organizations")))
        spaces.update(answers.spaces(answers.included(answer, "spaces"), orgs))
        apps.update(answers.apps(answers.whole_list(answer), spaces))

    for file, take in (("organizations.json", take_orgs), ("spaces.json", take_spaces), ("apps.json", take_apps)):
        if (folder / file).exists():
            _read_list(folder, file, take)
    return apps, spaces


def _read_list(folder: Path, file: str, narrow: Callable[[JsonValue], Value]) -> Value:
    """Read a file with a list from the Cloud Controller, and convert it with `narrow`.

    Raises:
        InputFault: it cannot be read, or is not the whole list.
    """
    curl = f'cf curl "/v3/{file.removesuffix(".json")}?per_page=5000"'
    return _read_json(folder, file, narrow, hint=f"Expected the output of '{curl}', or a list of all its pages.")


def _read_json(folder: Path, file: str, narrow: Callable[[JsonValue], Value], *, hint: str = "") -> Value:
    """Read a JSON file of the snapshot, and convert it with `narrow`.

    Raises:
        InputFault: the file is missing, cannot be read, or is invalid.
    """
    return _read(folder, file, lambda data: narrow(parse(data)), hint=hint)


def _read(folder: Path, file: str, read: Callable[[bytes], Value], *, hint: str = "") -> Value:
    """Read a file of the snapshot, and convert it with `read`.

    Raises:
        InputFault: the file is missing, cannot be read, or is invalid.
    """
    try:
        data = (folder / file).read_bytes()
    except FileNotFoundError as fault:
        raise InputFault("file not found", where=str(folder / file), hint=_MAKE) from fault
    except OSError as fault:
        raise unreadable(fault, folder / file) from fault
    try:
        return read(data)
    except WrongShape as fault:
        raise InputFault(str(fault), where=str(folder / file), hint=hint) from fault
