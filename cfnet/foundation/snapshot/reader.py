"""A snapshot: a folder with raw answers of the servers and the cells' own files, from which rules can be rendered.

`policies.json` and `cells/NAME/store.json` must be there; `tags.json`, `agent.json`, `security_groups.json`,
`apps.json`, `spaces.json` and `organizations.json` may be. One that cfnet has written has `snapshot.json`, too.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Final, NamedTuple

from cfnet.cell.model.agent_settings import AgentSettings
from cfnet.cell.model.state import Cell, State
from cfnet.cell.model.tags import Tags, allot, ingress_tag
from cfnet.errors import InputFault, unreadable
from cfnet.foundation.api import answers
from cfnet.foundation.api.security_groups import security_groups
from cfnet.foundation.json_values import WrongShape, parse
from cfnet.foundation.snapshot import cell_files
from cfnet.foundation.snapshot.record import FILE, Record, record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import TypeVar

    from cfnet.cell.model.security_group import SecurityGroup
    from cfnet.foundation.json_values import JsonValue
    from cfnet.policy import App, Org, Policy, Space

    Value = TypeVar("Value")

_MAKE: Final = "A snapshot has policies.json and cells/NAME/store.json (see 'cfnet render --help')."


def open_snapshot(folder: Path, settings: AgentSettings | None = None, read: PolicyFile | None = None) -> State:
    """Read what all cells of the snapshot in `folder` have in common; the cells are read later, one by one.

    `settings` replace those of the folder's `agent.json`; `read` is what `policies.json` has, if known.

    Raises:
        InputFault: a file that must be there is not, or one does not hold what it should.
    """
    _require_folder(folder)
    written = (folder / FILE).exists()
    told = read_record(folder)
    policies, inside = read_policies(folder) if read is None else read
    missing: dict[str, str] = {}
    if settings is None and (folder / "agent.json").exists():
        settings = _read_json(folder, "agent.json", cell_files.agent)
    elif settings is None:
        settings = AgentSettings()
        missing["agent.json"] = "There is no agent.json: the agent's settings are the defaults of its BOSH job."
    tags = _tags(folder, policies, inside, settings)
    if tags.allotted:
        missing["tags.json"] = "There is no tags.json: marks are allotted as the policy server would, lowest first."
    missing = {file: told.missing.get(file, sentence) for file, sentence in missing.items()}
    return State(
        policies=policies,
        tags=tags,
        settings=settings,
        cell_names=_cell_names(folder, may_be_none=written),
        read_cell=lambda name: _cell(folder, name),
        read_apps=lambda: _apps(folder),
        read_security_groups=lambda: _security_groups(folder),
        notes=[*missing.values(), *told.notes],
        missing=missing,
        policies_origin=str(folder / "policies.json"),
        read_visible=lambda: told.visible,
    )


def _require_folder(folder: Path) -> None:
    try:
        is_folder = stat.S_ISDIR(folder.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputFault("there is no such folder", where=str(folder), hint=_MAKE) from error
    except (OSError, ValueError) as error:
        raise unreadable(error, folder) from error
    if not is_folder:
        raise InputFault("it is no folder", where=str(folder), hint=_MAKE)


class PolicyFile(NamedTuple):
    """The policies of policies.json, and the tags inside them, which the policy server's internal API shows."""

    policies: Sequence[Policy]
    tags: Mapping[str, str]


def _policies_and_tags(data: bytes) -> PolicyFile:
    return PolicyFile(answers.read_policies(data), _tags_inside(data))


def _tags_inside(data: bytes) -> Mapping[str, str]:
    return answers.policy_tags(parse(data)) if b'"tag"' in data.replace(b"\0", b"") else {}


def _tags(folder: Path, policies: Sequence[Policy], inside: Mapping[str, str], settings: AgentSettings) -> Tags:
    """The snapshot's tags: of tags.json, else those `inside` its policies, else allotted ones.

    The tag of the routers is known where it is needed.

    Raises:
        InputFault: an app of a policy has none, or the routers have none, or the two files contradict each other.
    """
    listed = (folder / "tags.json").exists()
    given = listed or bool(inside)
    tags = Tags(_read_json(folder, "tags.json", answers.tags) if listed else inside)
    if listed:
        _refuse_contradiction(folder, tags.by_app, inside)
    reserved = ingress_tag(tags, settings)
    if not given:
        tags = allot(policies, reserved=reserved)
    missing = tags.without(policies)
    if missing:
        app, place = missing
        raise InputFault(
            f"no tag for app {app}, which policies.json has at {place}",
            where=str(folder / ("tags.json" if listed else "policies.json")),
            hint="Take tags.json and policies.json at the same time, or leave tags.json out to have marks allotted."
            if listed
            else "Either all policies have tags or none has; or add tags.json.",
        )
    return tags


def _refuse_contradiction(folder: Path, listed: Mapping[str, str], inside: Mapping[str, str]) -> None:
    """Check that tags.json and policies.json give each app the same tag.

    Raises:
        InputFault: they do not.
    """
    for app, tag in inside.items():
        if app in listed and int(listed[app], 16) != int(tag, 16):
            raise InputFault(
                f"app {app} has the tag {listed[app]}, and {tag} in policies.json",
                where=str(folder / "tags.json"),
                hint="Take both at the same time, or remove the older one of the two.",
            )


def _cell_names(folder: Path, *, may_be_none: bool) -> list[str]:
    cells = folder / "cells"
    try:
        found = [each.name for each in cells.iterdir() if each.is_dir()] if cells.is_dir() else []
    except OSError as fault:
        raise unreadable(fault, cells) from fault
    names = sorted(name for name in found if not name.startswith("."))
    if not names and not may_be_none:
        raise InputFault("expected a folder with a store.json for each cell, found none", where=str(cells), hint=_MAKE)
    return names


def _cell(folder: Path, name: str) -> Cell:
    file = f"cells/{name}/store.json"
    return Cell(name, _read(folder, file, cell_files.read_store), str(folder / file))


def read_policies(folder: Path) -> PolicyFile:
    """The policies of the snapshot in `folder`, with the tags inside them.

    Raises:
        InputFault: there is no such folder, or its policies.json is not there, or not what it should be.
    """
    _require_folder(folder)
    return _read(folder, "policies.json", _policies_and_tags)


def read_record(folder: Path) -> Record:
    """What the snapshot in `folder` says of itself; nothing, where it was made by hand.

    Raises:
        InputFault: its snapshot.json is not what it should be.
    """
    return _read_json(folder, FILE, record) if (folder / FILE).exists() else Record({}, ())


def _security_groups(folder: Path) -> list[SecurityGroup] | None:
    if not (folder / "security_groups.json").exists():
        return None
    return _read_list(folder, "security_groups.json", lambda answer: security_groups(answers.whole_list(answer)))


def _apps(folder: Path) -> dict[str, App]:
    return read_places(folder)[0]


def read_places(folder: Path) -> tuple[dict[str, App], dict[str, Space]]:
    """The apps and spaces of the snapshot in `folder` by GUID, with their names as far as any of its files has them.

    Raises:
        InputFault: a file does not hold what it should.
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
    """What `narrow` makes of a file with a list of the Cloud Controller's.

    Raises:
        InputFault: it cannot be read, or is not the whole list.
    """
    curl = f'cf curl "/v3/{file.removesuffix(".json")}?per_page=5000"'
    return _read_json(folder, file, narrow, hint=f"It is what '{curl}' answers, or a list of all such pages.")


def _read_json(folder: Path, file: str, narrow: Callable[[JsonValue], Value], *, hint: str = "") -> Value:
    """What `narrow` makes of the JSON in a file of the snapshot.

    Raises:
        InputFault: the file is not there, cannot be read, or is not what it should be.
    """
    return _read(folder, file, lambda data: narrow(parse(data)), hint=hint)


def _read(folder: Path, file: str, read: Callable[[bytes], Value], *, hint: str = "") -> Value:
    """What `read` makes of a file of the snapshot.

    Raises:
        InputFault: the file is not there, cannot be read, or is not what it should be.
    """
    try:
        data = (folder / file).read_bytes()
    except FileNotFoundError as fault:
        raise InputFault("there is no such file", where=str(folder / file), hint=_MAKE) from fault
    except OSError as fault:
        raise unreadable(fault, folder / file) from fault
    try:
        return read(data)
    except WrongShape as fault:
        raise InputFault(str(fault), where=str(folder / file), hint=hint) from fault
