"""A choice parameter type that suggests similar values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from cfnet.operations.suggestions import near

if TYPE_CHECKING:
    Choice = click.Choice[str]
else:
    Choice = click.Choice


class OneOf(Choice):
    """A choice that suggests similar values for an invalid one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - click's own
        """Return the chosen value.

        Raises:
            BadParameter: it is not one of the choices.
        """
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            question = near(str(value), [str(choice) for choice in self.choices])
            raise click.BadParameter(f"{error.message} {question}".rstrip(), ctx, param) from error
