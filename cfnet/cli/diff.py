"""`cfnet diff`: what applying policy documents would change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cfnet.cli.by_example import ByExample
from cfnet.cli.documents import documents, read_documents
from cfnet.cli.options import shared
from cfnet.cli.state_choice import Choice, state_options
from cfnet.errors import InputFault, UsageFault
from cfnet.exits import Exit
from cfnet.show.difference import DifferenceFormat, Shown, difference_as

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cfnet.cli.comparing import Compared
    from cfnet.cli.documents import Documents
    from cfnet.cli.environment import Environment
    from cfnet.cli.ground import Ground


@click.command(
    "diff",
    cls=ByExample,
    short_help="Show what applying policy documents would change",
    examples=(
        "policies.yml",
        "policies.yml --prune",
        "policies.yml --prune --format markdown > comment.md",
        "policies.yml --prune --out plan.json",
        "policies.yml --rules",
    ),
)
@documents("[FILE...]", required=False)
@click.option("--rules", is_flag=True, help="Show the change as the rules that come and go on each cell")
@click.option("--prune", is_flag=True, help="Also what 'apply --prune' would remove")
@click.option(
    "--format",
    "text_format",
    type=click.Choice([each.value for each in DifferenceFormat]),
    help="For people, for programs, as a comment of a pull request, as annotations of a GitHub workflow"
    "  [default: text]",
)
@click.option("--json", "as_json", is_flag=True, help="As --format json")
@click.option("--out", metavar="PLAN", type=click.Path(path_type=Path), help="Keep what is shown, for 'apply PLAN'")
@click.option("--force", is_flag=True, help="With --prune and --out: keep also a plan that removes much")
@click.option("--exit-zero", is_flag=True, help="Exit 0 also where something would change")
@click.option(
    "--base", metavar="FILE", multiple=True, type=click.Path(), help="With --rules: compare with this document"
)
@click.option(
    "--to", metavar="DIR", type=click.Path(path_type=Path), help="With --rules: compare --from with a snapshot"
)
@state_options
@shared
@click.pass_context
def command(
    ctx: click.Context,
    *,
    files: Sequence[str],
    given: Sequence[str],
    value_files: Sequence[str],
    prune: bool,
    text_format: str | None,
    as_json: bool,
    out: Path | None,
    force: bool,
    exit_zero: bool,
    rules: bool,
    base: Sequence[str],
    to: Path | None,
    folder: Path | None,
    agent: Path | None,
    lrps: str | None,
    stores: Sequence[str],
) -> int:
    """Show what applying policy documents would change; nothing is sent. '-' is a document on stdin.

    \b
    + a policy that is added          - one that is removed (--prune)
    . one that stays, undeclared      ? one that this user cannot see, and so not change

    With --rules the change is told as iptables rules, cell by cell. It may be the step from one document to another
    (--base OLD.yml NEW.yml) or from one snapshot to another (--from DIR --to DIR), too.

    Exit codes: 0 nothing would change, 1 something would, 2 wrong usage or faults in the documents, 3 a plan that
    removes too much, 4 not logged in or not allowed, 7 trouble with the server.
    """
    from cfnet.cli.comparing import compare, load_sound
    from cfnet.cli.diff_rules import Asked, tell_rules, without_rules
    from cfnet.cli.ground import open_ground

    environment: Environment = ctx.obj
    if as_json and text_format not in (None, DifferenceFormat.JSON.value):
        raise UsageFault(f"--json cannot be combined with --format {text_format}")
    if out is not None and folder is not None:
        raise UsageFault("--out cannot be combined with --from", hint="A plan is for a foundation, not for a snapshot.")
    if force and not (prune and out is not None):
        raise UsageFault("--force makes no sense without --prune and --out")
    choice = Choice(folder, agent, lrps, stores)
    if rules:
        if out is not None:
            raise UsageFault("--rules cannot be combined with --out")
        read_base = read_documents(base, given, value_files, environment) if base else None
        read = read_documents(files, given, value_files, environment) if files else None
        for documents_read in filter(None, (read, read_base)):
            _refuse_plans(documents_read)
        asked = Asked(read, read_base, prune, choice, to)
        code = tell_rules(asked, DifferenceFormat.JSON if as_json else text_format, environment)
        return Exit.DONE if exit_zero else code
    without_rules(to=to, base=base, choice=choice)
    if not files:
        raise UsageFault("diff needs a FILE", hint="'cfnet diff --help' says more.")
    chosen = DifferenceFormat.JSON if as_json else DifferenceFormat(text_format or DifferenceFormat.TEXT)
    read = read_documents(files, given, value_files, environment)
    _refuse_plans(read)
    as_annotations = chosen is DifferenceFormat.GITHUB
    loaded = load_sound(read, environment, as_annotations=as_annotations)
    with open_ground(environment, folder) as ground:
        compared = compare(read, loaded, ground, environment, as_annotations=as_annotations)
        shown = Shown(compared.difference, prune, compared.apps, compared.places)
        environment.stdout.write(difference_as(chosen, shown, colour=environment.colour()))
        if as_annotations:
            environment.say(shown.summary)
        if out is not None:
            _keep(out, compared, ground, prune=prune, force=force)
            environment.say(f"'cfnet apply {out}' does exactly that, or nothing if the foundation has changed by then.")
    return Exit.FINDING if compared.difference.changes(prune=prune) and not exit_zero else Exit.DONE


def _refuse_plans(read: Documents) -> None:
    from cfnet.change import is_plan_file

    for source in read.sources:
        if is_plan_file(source.data):
            raise UsageFault(
                f"{source.file} is a plan, and no policy document.",
                hint=f"'cfnet apply {source.file}' does what it says.",
            )


def _keep(out: Path, compared: Compared, ground: Ground, *, prune: bool, force: bool) -> None:
    """Write the plan's file.

    Raises:
        Refused: it would remove too much.
        InputFault: the file cannot be written.
    """
    from cfnet.change import PlanFile, plan

    file = PlanFile.of(
        plan(compared.difference, prune=prune, force=force),
        compared.live,
        foundation=ground.api,
        names={guid: app.path for guid, app in compared.apps.items()},
        scope=compared.scope,
    )
    try:
        out.write_text(file.write(), encoding="utf-8")
    except OSError as error:
        raise InputFault(f"The plan cannot be written: {error.strerror}", where=str(out)) from error
