"""Formats a number with its noun; apart, because nearly every text needs it and nothing else."""


def counted(number: int, one: str, many: str = "") -> str:
    """Format `1 policy` or `60,123 policies`; `many` defaults to `one` plus s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
