"""Formats a number with its noun, singular or plural."""


def counted(number: int, one: str, many: str = "") -> str:
    """Format `1 policy` or `60,123 policies`; `many` defaults to `one` plus s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
