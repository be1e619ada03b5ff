"""Plan files: saved by `diff --out`, applied by `apply`, refused by other commands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cfnet.change import is_plan_file, read_plan_file
from cfnet.errors import InputFault, UsageFault, unreadable
from cfnet.foundation.atomic_files import write_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cfnet.change import PlanFile
    from cfnet.document import DocumentSource


def refuse_plans(sources: Iterable[DocumentSource]) -> None:
    """Refuse plans.

    Raises:
        UsageFault: a document is a plan.
    """
    for source in sources:
        if is_plan_file(source.data):
            raise UsageFault(
                f"{source.file} is a plan, not a policy document.",
                hint=f"Use 'cfnet apply {source.file}' to apply it.",
            )


def read_plan(source: DocumentSource) -> PlanFile:
    """Read the plan in `source`.

    Raises:
        InputFault: it is not a valid plan.
    """
    # Documents are read up to a limit, but plans may be longer.
    data = source.data if source.file == "-" else Path(source.file).read_bytes()
    try:
        return read_plan_file(data.decode("utf-8-sig"), source.file)
    except UnicodeDecodeError as error:
        raise InputFault("Not a plan file: it is not UTF-8", where=source.file) from error


def check_place(out: Path, others: Sequence[str]) -> None:
    """Check that a plan may be written to `out`; `others` are the files that it is made from.

    Raises:
        UsageFault: it would overwrite one of them, or another file that is not a plan.
        InputFault: `out` cannot be read.
    """
    try:
        if not out.exists():
            return
        for other in others:
            if other != "-" and Path(other).exists() and out.samefile(other):
                raise UsageFault(f"--out {out} would overwrite {other}.", hint="Use another name for the plan.")
        # An empty file may have been created for its name: mktemp.
        if out.is_file() and (not out.stat().st_size or is_plan_file(out.read_bytes())):
            return
    except OSError as error:
        raise unreadable(error, out) from error
    raise UsageFault(f"{out} exists and is not a plan file.", hint="Use another name for the plan.")


def write_plan(out: Path, plan: PlanFile) -> None:
    """Write `plan` to `out` atomically.

    Raises:
        InputFault: it cannot be written.
    """
    try:
        write_file(out.resolve(), plan.write())
    except OSError as error:
        raise InputFault(f"The plan cannot be written: {error.strerror}", where=str(out)) from error
