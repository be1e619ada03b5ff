"""`cfnet completion`: print a shell's completion script."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

import click

from cfnet.cli.parsing.command import CfnetCommand
from cfnet.cli.parsing.one_of import OneOf
from cfnet.cli.parsing.shared_options import shared_without

if TYPE_CHECKING:
    from cfnet.cli.completion.grammar import CommandGrammar


class Shell(StrEnum):
    """The supported shells."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


@click.command(
    "completion",
    cls=CfnetCommand,
    examples=("bash", "zsh > ~/.zfunc/_cfnet", "fish > ~/.config/fish/completions/cfnet.fish"),
    see_also=("man",),
)
@click.argument("shell", metavar="SHELL", type=OneOf([shell.value for shell in Shell]))
@shared_without("--sandbox", "--verbose")
@click.pass_context
def command(ctx: click.Context, *, shell: str) -> None:
    """Print the completion script of a shell.

    SHELL is bash, zsh or fish. The script completes commands, options and their values. To install it:

    \b
    bash  add this line to ~/.bashrc: source <(cfnet completion bash)
    zsh   cfnet completion zsh > ~/.zfunc/_cfnet (~/.zfunc must be in $fpath)
    fish  cfnet completion fish > ~/.config/fish/completions/cfnet.fish
    """
    from cfnet.cli.completion.grammar import spell
    from cfnet.cli.main import cfnet

    ctx.obj.output(as_file=True).write(_script(Shell(shell), spell(cfnet)))


def _script(shell: Shell, root: CommandGrammar) -> str:
    match shell:
        case Shell.BASH:
            from cfnet.cli.completion.bash import bash_script

            return bash_script(root)
        case Shell.ZSH:
            from cfnet.cli.completion.zsh import zsh_script

            return zsh_script(root)
        case Shell.FISH:
            from cfnet.cli.completion.fish import fish_script

            return fish_script(root)
        case _:
            assert_never(shell)
