"""Lists of GUIDs, split so that no request line grows too long."""

from urllib.parse import quote_plus

from hypothesis import given
from hypothesis import strategies as st

from cfnet.foundation.api.batches import MOST, batches

values = st.lists(st.text(st.characters(exclude_characters=",", codec="utf-8"), min_size=1, max_size=40), max_size=600)


@given(values)
def test_batches_lose_nothing_and_stay_short(texts: list[str]) -> None:
    """All values, in order, in lists within the limits of number and bytes."""
    cut = [batch.split(",") for batch in batches(texts)]
    assert [value for batch in cut for value in batch] == texts
    assert all(0 < len(batch) <= MOST for batch in cut)
    assert all(len(quote_plus(",".join(batch))) <= 7_800 for batch in cut)


def test_two_hundred_guids_are_one_batch() -> None:
    """A request of `cf` is also one request of cfnet."""
    guids = [f"{number:08x}-e8cf-4ca5-5a0a-838e00000000" for number in range(401)]
    assert [batch.count(",") + 1 for batch in batches(guids)] == [200, 200, 1]
