"""Check nodes against their expected form (faults E2xx)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar, assert_never

from cfnet.document.faults import Code, FaultReport
from cfnet.document.forms import Either, Form, Many, MappingForm, OneWord, TextForm, Truth, Whole
from cfnet.document.guesses import closest
from cfnet.document.nodes import Mapping, Node, PlainEntry, Scalar, ScalarKind, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator


_Form = TypeVar("_Form", bound=Form)

_LONGEST_KEY = 50


def check(form: Form, node: Node, report: FaultReport) -> bool:
    """Whether `node` matches `form`; report every mismatch.

    A text with an unset variable passes wherever text is allowed: its fault has been reported already.
    """
    match form:
        case Either():
            return _check_either(form, node, report)
        case TextForm():
            return _check_text(form, node, report)
        case OneWord():
            return _check_choice(form, node, report)
        case Whole() | Truth():
            return _check_whole(form, node, report) if isinstance(form, Whole) else _check_truth(form, node, report)
        case Many():
            return _check_many(form, node, report)
        case MappingForm():
            return _check_table(form, node, report)
        case _ as never:
            assert_never(never)


_compiled = lru_cache(maxsize=None)(re.compile)


def _check_text(form: TextForm, node: Node, report: FaultReport) -> bool:
    if isinstance(node, Scalar):
        if node.kind is ScalarKind.VARIABLE:
            return True
        if node.kind is ScalarKind.TEXT and _compiled(form.pattern).search(node.text):
            return True
        if node.kind in (ScalarKind.NUMBER, ScalarKind.BOOLEAN):
            quoted = f'"{node.text}"' if _compiled(form.pattern).search(node.text) else ""
            report(form.code, node.place, node, form.expected, guess=quoted)
            return False
        report(form.code, node.place, node, form.expected, guess=_text_meant(form, node.text))
        return False
    report(form.code, node.place, node, form.expected)
    return False


def _text_meant(form: TextForm, text: str) -> str:
    """Return the likely intended value, or an empty string if that would be invalid, too."""
    guess = form.guess(text)
    is_list = guess.startswith("[")  # its items have been checked already
    return guess if is_list or _compiled(form.pattern).search(guess.strip('"')) else ""


def _check_choice(form: OneWord, node: Node, report: FaultReport) -> bool:
    if isinstance(node, Scalar):
        if node.kind is ScalarKind.VARIABLE or (node.kind is ScalarKind.TEXT and node.text in form.words):
            return True
        guess = closest(node.text[:_LONGEST_KEY].strip().lower(), form.words)
        report(form.code, node.place, node, form.expected, guess=guess)
        return False
    report(form.code, node.place, node, form.expected)
    return False


def _check_whole(form: Whole, node: Node, report: FaultReport) -> bool:
    if isinstance(node, Scalar):
        if (
            node.kind is ScalarKind.NUMBER
            and re.fullmatch(r"[1-9][0-9]{0,9}", node.text)
            and form.lowest <= int(node.text) <= form.highest
        ):
            return True
        report(form.code, node.place, node, form.expected, guess=form.guess(node.text))
        return False
    report(form.code, node.place, node, form.expected)
    return False


def _check_truth(form: Truth, node: Node, report: FaultReport) -> bool:
    if isinstance(node, Scalar) and node.kind is ScalarKind.BOOLEAN and node.text in ("true", "false"):
        return True
    near = node.text.lower() if isinstance(node, Scalar) else ""
    report(form.code, node.place, node, form.expected, guess=near if near in ("true", "false") else "")
    return False


def _check_many(form: Many, node: Node, report: FaultReport) -> bool:
    if not isinstance(node, Sequence):
        report(form.code, node.place, node, form.expected)
        return False
    count = len(node.items)
    fits = form.least <= count and (form.most is None or count <= form.most)
    if not fits:
        expected = f"at least {form.least}" if count < form.least else f"at most {form.most}"
        report(Code.WRONG_COUNT, node.place, f"{form.expected} with {count}", expected)
    for item in node.items:
        fits &= item.__class__ is PlainEntry or check(form.of, item, report)
    return fits


def _check_table(form: MappingForm, node: Node, report: FaultReport) -> bool:
    if not isinstance(node, Mapping):
        report(form.code, node.place, node, form.expected)
        return False
    expected = _forms_of(form, tuple([key.text for key, _ in node.pairs]))
    if not expected:
        return _check_keys(form, node, report)
    found = [check(each, value, report) for each, (_, value) in zip(expected, node.pairs, strict=True)]
    return all(found)


def _check_keys(form: MappingForm, node: Mapping, report: FaultReport) -> bool:
    """Like `_check_table`, for a mapping that may have unknown or missing keys."""
    fits = True
    present = {key.text for key, _ in node.pairs}
    meant = set()
    for key, value in node.pairs:
        known = form.keys.get(key.text)
        if known is None:
            absent = form.keys.keys() - present if not report.full else ()
            near = closest(key.text[:_LONGEST_KEY].lower(), absent)
            meant.add(near)
            report(Code.UNKNOWN_KEY, key.place, key, _one_of(tuple(form.keys)), guess=f'"{near}"' if near else "")
            fits = False
        else:
            fits &= check(known.form, value, report)
    for missing in _missing(form, present):
        # Do not also report a key as missing that is misspelt or may come from a merge key.
        if meant.isdisjoint(missing) and not node.merged:
            report(Code.MISSING_KEY, node.place, f"{node} without {_one_of(missing)}")
        fits = False
    return fits


@lru_cache(maxsize=1 << 10)
def _forms_of(form: MappingForm, keys: tuple[str, ...]) -> tuple[Form, ...]:
    """The forms of the values of these keys; empty if a key is unknown or missing."""
    if _missing(form, set(keys)) or not all(key in form.keys for key in keys):
        return ()
    return tuple(form.keys[key].form for key in keys)


def _missing(form: MappingForm, present: set[str]) -> list[tuple[str, ...]]:
    missing: list[tuple[str, ...]] = [
        (name,) for name, key in form.keys.items() if key.required and name not in present
    ]
    missing += [(other,) for name, other in form.needs.items() if name in present and other not in present]
    if form.one_of and present.isdisjoint(form.one_of):
        missing.append(form.one_of)
    return missing


def _one_of(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]


def _check_either(form: Either, node: Node, report: FaultReport) -> bool:
    chosen = _chosen(form, node)
    if chosen is None:
        report(form.code, node.place, node, form.expected)
        return False
    return check(chosen, node, report)


def _chosen(form: Either, node: Node) -> Form | None:
    """Return the alternative of `form` that `node` has, or was most likely intended to have."""
    if isinstance(node, Mapping):
        keys = {key.text for key, _ in node.pairs}
        return max(_of_type(form, MappingForm), key=lambda table: _likeness(table, keys), default=None)
    if isinstance(node, Sequence):
        return next(_of_type(form, Many), None)
    return _of_scalar(form, node.kind) if isinstance(node, Scalar) else None


def _likeness(form: MappingForm, keys: set[str]) -> tuple[int, bool]:
    """How well a mapping with these keys matches: one that misses a required key is less likely to be intended."""
    return len(keys & form.keys.keys()), not _missing(form, keys)


@lru_cache(maxsize=1 << 10)
def _of_scalar(form: Either, kind: ScalarKind) -> TextForm | Whole | None:
    text, whole = next(_of_type(form, TextForm), None), next(_of_type(form, Whole), None)
    match kind:
        case ScalarKind.TEXT | ScalarKind.VARIABLE:
            return text
        case ScalarKind.NUMBER:
            return whole or text
        case ScalarKind.BOOLEAN:
            return None if whole else text
        case ScalarKind.NULL:
            return None
        case _ as never:
            assert_never(never)


def _of_type(either: Either, kind: type[_Form]) -> Iterator[_Form]:
    return (form for form in either.forms if isinstance(form, kind))
