"""Policies are added to documents, and commented out, without changing another byte."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfnet.document import DocumentSource, Loaded, load
from cfnet.document.amending import amended
from cfnet.document.item_spans import CannotAmend

NEW = ("- source: x\n  destination: y\n  ports: 1\n", "# why\n- source: y\n  destination: x\n")
HEAD = "version: 1\nspace: shop/web\n"

CASES = {
    "a list": (
        HEAD + "policies:\n  - source: a\n    destination: b\n\n  # c\n  - source: b\n    destination: a\n# end\n",
        HEAD
        + "policies:\n  # gone\n  # - source: a\n  #   destination: b\n\n  # c\n  - source: b\n    destination: a\n"
        "  - source: x\n    destination: y\n    ports: 1\n  # why\n  - source: y\n    destination: x\n# end\n",
        {4},
    ),
    "a list that is not indented, and a key after it": (
        HEAD + "policies:   # all\n- source: a  # one\n  destination: b\nignore: []\n",
        HEAD + "policies:   # all\n- source: a  # one\n  destination: b\n"
        "- source: x\n  destination: y\n  ports: 1\n# why\n- source: y\n  destination: x\nignore: []\n",
        set(),
    ),
    "no line end at the end": (
        HEAD + "policies:\n- source: a\n  destination: b",
        HEAD + "policies:\n# gone\n# - source: a\n#   destination: b\n"
        "- source: x\n  destination: y\n  ports: 1\n# why\n- source: y\n  destination: x",
        {4},
    ),
    "no list yet": (
        HEAD + "policies: []  # none\nowns: []\n",
        HEAD + "policies:  # none\n  - source: x\n    destination: y\n    ports: 1\n  # why\n  - source: y\n"
        "    destination: x\nowns: []\n",
        set(),
    ),
    "no key yet": (
        HEAD + "expect: []",
        HEAD + "expect: []\npolicies:\n  - source: x\n    destination: y\n    ports: 1\n  # why\n  - source: y\n"
        "    destination: x\n",
        set(),
    ),
    "items in braces, over several lines": (
        HEAD + "policies:\n  - {source: a,\n  destination: b}\n  - {source: b, destination: a}\n",
        HEAD + "policies:\n  # gone\n  # - {source: a,\n  # destination: b}\n  - {source: b, destination: a}\n"
        "  - source: x\n    destination: y\n    ports: 1\n  # why\n  - source: y\n    destination: x\n",
        {4},
    ),
    "a text of several lines at the end": (
        HEAD + "policies:\n  - source: a\n    destination: b\n    lint:\n      ignore:\n      - rule: L301\n"
        "        because: >-\n          one\n          two\n\nowns: []\n",
        HEAD + "policies:\n  # gone\n  # - source: a\n  #   destination: b\n  #   lint:\n  #     ignore:\n"
        "  #     - rule: L301\n  #       because: >-\n  #         one\n  #         two\n\n"
        "  - source: x\n    destination: y\n    ports: 1\n  # why\n  - source: y\n    destination: x\nowns: []\n",
        {4},
    ),
}


def loaded(text: str) -> Loaded:
    return load([DocumentSource("d.yml", text.encode())], {})


@pytest.mark.parametrize(("before", "after", "gone"), CASES.values(), ids=CASES)
def test_only_the_lines_of_entries_change(before: str, after: str, gone: set[int]) -> None:
    assert not loaded(before).faults
    assert amended(before, NEW, dict.fromkeys(gone, "gone")) == (after, {})
    assert not loaded(after).faults


@pytest.mark.parametrize(("before", "after", "gone"), CASES.values(), ids=CASES)
def test_line_ends_and_a_byte_order_mark_are_kept(before: str, after: str, gone: set[int]) -> None:
    """As an editor on Windows writes them."""
    windows = "\ufeff" + before.replace("\n", "\r\n")
    assert amended(windows, NEW, dict.fromkeys(gone, "gone")).text == "\ufeff" + after.replace("\n", "\r\n")


def test_an_empty_list_is_left_if_nothing_else_is() -> None:
    text = HEAD + "policies:  # all\n  - source: a\n    destination: b\n"
    after = amended(text, (), {4: "gone"}).text
    assert after == HEAD + "policies: []  # all\n  # gone\n  # - source: a\n  #   destination: b\n"
    assert not loaded(after).faults


KEPT = {
    "an anchor that another entry uses": (
        "  - source: &a a\n    destination: b\n  - source: b\n    destination: *a\n",
        "another entry uses an anchor in it",
    ),
    "a dash on a line of its own": (
        "  -\n    source: a\n    destination: b\n  - source: b\n    destination: a\n",
        "it does not begin on the line of its dash",
    ),
}


@pytest.mark.parametrize(("entries", "reason"), KEPT.values(), ids=KEPT)
def test_an_entry_is_kept_if_commenting_it_out_would_break_another(entries: str, reason: str) -> None:
    text = f"{HEAD}policies:\n{entries}"
    line = 4 if "&a" in entries else 5
    assert amended(text, (), {line: "gone"}) == (text, {line: reason})


REFUSED = {
    "in brackets": "policies: [{source: a, destination: b}]\n",
    "brackets over several lines": "policies: [\n]\n",
    "dashes on lines of their own": "policies:\n  -\n    source: a\n    destination: b\n",
}


@pytest.mark.parametrize("policies", REFUSED.values(), ids=REFUSED)
def test_other_ways_to_write_policies_are_refused(policies: str) -> None:
    assert not loaded(HEAD + policies).faults
    with pytest.raises(CannotAmend):
        amended(HEAD + policies, NEW, {})


BLOCKS = (
    "- source: a{0}\n  destination: b\n  ports: 1\n",
    "# remark\n- {{source: a{0}, destination: b}}   # tail\n",
    "-   source: a{0}\n\n    # within\n    destination: b\n",
    '- source: "a{0}"\n  destination:\n    app: b\n    space: web\n\n',
    "- source: [a{0}, c{0}]\n  destination: b\n  ports:\n  - 1\n  - 2-3\n",
)


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=6),
    st.sets(st.integers(0, 5)),
    st.sampled_from(("", "  ")),
    st.sampled_from(("", "owns: []\n", "# end\n")),
    st.sampled_from(((), NEW)),
)
def test_what_is_declared_changes_as_asked(
    blocks: list[str], chosen: set[int], indent: str, tail: str, new: tuple[str, ...]
) -> None:
    entries = "".join(block.format(number) for number, block in enumerate(blocks))
    text = HEAD + "policies:\n" + "".join(f"{indent}{line}\n" if line else "\n" for line in entries.splitlines()) + tail
    before = loaded(text)
    assert not before.faults
    gone = {entry.place.line for number, entry in enumerate(before.documents[0].entries) if number in chosen}
    after = amended(text, new, dict.fromkeys(gone, "gone")).text
    then = loaded(after)
    assert not then.faults
    added = loaded(HEAD + "policies:\n" + "".join(NEW)).declared.keys() if new else set()
    stay = {policy for policy, place in before.declared.items() if not _within(place.line, gone, before)}
    assert then.declared.keys() == stay | added
    if not new:
        now = [line for line in after.splitlines() if line.strip() != "# gone"]
        assert all(_is_kept(old, new) for old, new in zip(text.splitlines(), now, strict=True))


def _is_kept(old: str, new: str) -> bool:
    """Whether a line is unchanged or commented out, or has got the brackets of an empty list."""
    own = old.lstrip()
    return new in (old, f"{old[: len(old) - len(own)]}# {own}", f"{old} []") or new.replace("# ", "", 1) == old


def _within(line: int, gone: set[int], before: Loaded) -> bool:
    """Whether the last entry that begins at or before a line is one of those that are gone."""
    return max(entry.place.line for entry in before.documents[0].entries if entry.place.line <= line) in gone
