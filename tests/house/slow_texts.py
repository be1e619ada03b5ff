"""Texts on which a backtracking regular expression would take long, generated from the expression itself."""

import re
from collections.abc import Iterator
from itertools import product
from re import _constants as op  # type: ignore[attr-defined]  # the only way to get at an expression's parts
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple, TypeAlias

_Tree: TypeAlias = Any
"""A parsed expression: pairs of a kind and its operands, untyped in Python."""
_MOST_PARTS = 6
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_PLACES = (op.ASSERT, op.ASSERT_NOT, op.AT, op.GROUPREF)
_CATEGORIES = {"CATEGORY_DIGIT": "7", "CATEGORY_SPACE": "\t", "CATEGORY_WORD": "a"}


def slow_texts(pattern: re.Pattern[str], size: int) -> Iterator[str]:
    """Texts of about `size` characters: a prefix, a part of the expression repeated, and a suffix.

    The prefixes are samples of the expression's first parts; not every suffix matches.
    """
    tree = parser.parse(pattern.pattern, pattern.flags)
    samplers = [_Sampler(last=False, any="a"), _Sampler(last=True, any="a")]
    samplers += [_Sampler(last=False, any=character) for character in sorted(_literals(tree))[:4]]
    parts = dict.fromkeys(text for sampler in samplers for text in sampler.parts(tree))
    starts = dict.fromkeys(["", *(text for sampler in samplers[:2] for text in sampler.starts(tree))])
    for start, part, end in product(starts, parts, ("", "\0", "!", "\n")):
        yield start + part * (size // len(part)) + end


class _Sampler(NamedTuple):
    """Generates short texts that match parts of an expression.

    Attributes:
        last: whether to use the last alternative instead of the first.
        any: the character to use where any matches.
    """

    last: bool
    any: str

    def starts(self, tree: _Tree) -> Iterator[str]:
        """Samples of the first parts of the expression, and of the first ones of every part within it."""
        items = list(tree)
        for stop in range(1, min(len(items), _MOST_PARTS) + 1):
            yield self._text(items[:stop])
        for item in items:
            for inner in _inner(item):
                yield from self.starts(inner)

    def parts(self, tree: _Tree) -> Iterator[str]:
        """Samples of parts that may be repeated, and of consecutive parts."""
        items = list(tree)
        for start in range(len(items)):
            for stop in range(start + 1, min(len(items), start + _MOST_PARTS) + 1):
                text = self._text(items[start:stop])
                if text:
                    yield text
        for item in items:
            for inner in _inner(item):
                yield from self.parts(inner)

    def _text(self, items: _Tree) -> str:
        return "".join(map(self._sample, items))

    def _sample(self, item: _Tree) -> str:
        kind, value = item
        if kind in _PLACES:
            return ""
        if kind is op.LITERAL:
            return chr(value)
        if kind is op.ANY:
            return self.any
        if kind is op.NOT_LITERAL:
            return self._other(chr(value))
        if kind is op.IN:
            return self._member(value)
        inner = _inner(item)
        times = max(1, value[0]) if kind in _REPEATS else 1
        return self._text(inner[-1 if self.last else 0]) * times

    def _member(self, choices: _Tree) -> str:
        """A character of a set."""
        if choices[0][0] is op.NEGATE:
            return self._other("".join(self._member([each]) for each in choices[1:]))
        kind, value = choices[-1 if self.last else 0]
        if kind is op.RANGE:
            return chr(value[1 if self.last else 0])
        return _CATEGORIES.get(str(value), "a") if kind is op.CATEGORY else chr(int(value))

    def _other(self, taken: str) -> str:
        characters: list[str] = [self.any, *"a7 -\t"]
        return next(each for each in characters if each not in taken)


def _inner(item: _Tree) -> list[_Tree]:
    """The expressions within a part."""
    kind, value = item
    if kind in _REPEATS:
        return [value[2]]
    if kind is op.SUBPATTERN:
        return [value[-1]]
    if kind in (op.ASSERT, op.ASSERT_NOT):
        return [value[1]]
    if kind is op.ATOMIC_GROUP:
        return [value]
    if kind is op.GROUPREF_EXISTS:
        return [each for each in value[1:] if each is not None]
    return list(value[1]) if kind is op.BRANCH else []


def _literals(tree: _Tree) -> set[str]:
    """The punctuation in the expression."""
    found = {chr(value) for kind, value in tree if kind is op.LITERAL}
    for item in tree:
        for inner in _inner(item):
            found |= _literals(inner)
    return {each for each in found if not each.isalnum()}
