"""A longer run of `test_inserted_rules.py`: `python -m tests.cell.many_inserted_rules FIRST WORLDS`.

Makes 25 changes to each world, prints every change about which verify and the oracle disagree, and their number.
"""

import random
import sys
from collections import Counter

from tests.cell.inserted_rules import ask, inserted, world
from tests.cell.test_inserted_rules import EACH, agree, found


def run(first: int, worlds: int) -> int:
    """Return the number of disagreements."""
    seen: Counter[str] = Counter()
    for seed in range(first, first + worlds):
        of = world(random.Random(seed))
        for number in range(EACH):
            changed = inserted(random.Random(f"{seed}/{number}"), of)
            result = ask(of, changed)
            seen["opened" if result.opened else "closed" if result.closed else "nothing"] += 1
            if not agree(found(of, changed), result):
                seen["disagreed"] += 1
                print(seed, number, changed.what, result, flush=True)
        print(f"worlds {first} to {seed}: {dict(seen)}", flush=True)
    return seen["disagreed"]


if __name__ == "__main__":
    sys.exit(bool(run(*map(int, sys.argv[1:3]))))
