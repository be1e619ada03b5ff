"""Numbers of things, in words."""


def counted(number: int, one: str, many: str = "") -> str:
    """`1 policy`, `60,123 policies`; `many` where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
