"""Plans on the command line: kept by `diff --out`, applied by `apply`, and no documents for anybody else."""

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
    """Check that documents are none.

    Raises:
        UsageFault: one is a plan.
    """
    for source in sources:
        if is_plan_file(source.data):
            raise UsageFault(
                f"{source.file} is a plan, and no policy document.",
                hint=f"'cfnet apply {source.file}' does what it says.",
            )


def read_plan(source: DocumentSource) -> PlanFile:
    """The plan that stands in `source`.

    Raises:
        InputFault: it is no plan after all.
    """
    # Documents are read up to a limit, and plans may be longer.
    data = source.data if source.file == "-" else Path(source.file).read_bytes()
    try:
        return read_plan_file(data.decode("utf-8-sig"), source.file)
    except UnicodeDecodeError as error:
        raise InputFault("Not a plan file: it is not UTF-8", where=source.file) from error


def check_place(out: Path, others: Sequence[str]) -> None:
    """Check that a plan may be written to `out`; `others` are the files that it is made of.

    Raises:
        UsageFault: it would take the place of one of them, or of anything else that is no plan.
        InputFault: nobody knows what is there.
    """
    try:
        if not out.exists():
            return
        for other in others:
            if other != "-" and Path(other).exists() and out.samefile(other):
                raise UsageFault(f"--out {out} would take the place of {other}.", hint="Give the plan another name.")
        # Something may have made the file already, to have its name: mktemp.
        if out.is_file() and (not out.stat().st_size or is_plan_file(out.read_bytes())):
            return
    except OSError as error:
        raise unreadable(error, out) from error
    raise UsageFault(f"{out} is there, and is no plan.", hint="Give the plan another name.")


def write_plan(out: Path, plan: PlanFile) -> None:
    """Write `plan` to `out`: whole, or not at all.

    Raises:
        InputFault: that is not possible.
    """
    try:
        write_file(out.resolve(), plan.write())
    except OSError as error:
        raise InputFault(f"The plan cannot be written: {error.strerror}", where=str(out)) from error
