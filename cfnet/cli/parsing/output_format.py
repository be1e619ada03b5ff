"""The options `--format` and `--json`, which select the form of a command's output."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from cfnet.cli.parsing.form_names import form_name
from cfnet.cli.parsing.one_of import OneOf

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import StrEnum

Command = TypeVar("Command", bound="Callable[..., Any]")


def output_format(
    forms: type[StrEnum], summary: str = "text or JSON", *, varying: str = ""
) -> Callable[[Command], Command]:
    """Add `--format`, and `--json` if that is one of `forms`: parameter `form`, a member of `forms`.

    The first of `forms` is the default; with `varying`, which describes another one, `form` may be None.
    """
    default = None if varying else next(iter(forms))
    has_json = "json" in set(forms)

    def decorated(function: Command) -> Command:
        @wraps(function)
        def collected(*arguments: object, text_format: str | None, as_json: bool = False, **options: object) -> object:
            name = form_name(text_format, as_json=as_json) or default
            return function(*arguments, form=forms(name) if name else None, **options)

        command = cast("Command", collected)
        if has_json:
            command = click.option("--json", "as_json", is_flag=True, help="Same as --format json")(command)
        return click.option(
            "--format",
            "text_format",
            type=OneOf([each.value for each in forms]),
            help=f"Output format: {summary} (Default: {default or varying})",
        )(command)

    return decorated
