"""Hypothesis strategies: values that might be a policy document, most of them almost valid."""

from hypothesis import strategies as st

from cfnet.policy.invisible import find_invisible

Json = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

_CHARACTERS = st.characters(
    exclude_categories=("Cc", "Cs", "Cn", "Co", "Zl", "Zp"), exclude_characters="\ufeff"
).filter(lambda character: character < "\U00010000" or not find_invisible(character))
"""Texts that are the same when JSON is read as YAML.

Without the invisible characters beyond U+FFFF, which cfnet refuses and which the schema's regular expressions (in
JavaScript's old syntax) cannot express.
"""

_texts = st.text(_CHARACTERS, max_size=8)
_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    # 80.0 is an integer in JSON Schema but not a port in cfnet: the only difference between the two.
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer()),
    _texts,
)
junk = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3), max_leaves=4
)


def _mostly(usual: st.SearchStrategy[Json], unusual: st.SearchStrategy[Json] = junk) -> st.SearchStrategy[Json]:
    return st.integers(0, 15).flatmap(lambda number: unusual if number == 0 else usual)


def _table(
    required: dict[str, st.SearchStrategy[Json]], optional: dict[str, st.SearchStrategy[Json]]
) -> st.SearchStrategy[Json]:
    whole = st.fixed_dictionaries(required, optional=optional)
    lacking = st.fixed_dictionaries({}, optional={**required, **optional, "name": junk})
    return _mostly(whole, lacking)


_NAMES = (
    "a",
    "my app",
    "a/b",
    "shop/web/a",
    "a/b/c/d",
    "/",
    "a*",
    "shop/*/a",
    "((v))",
    "((",
    "x((v))*",
    "a\n",
    "",
    "é",
)
_names = st.sampled_from(_NAMES) | _texts
_truths = _mostly(st.booleans())
_guids = st.sampled_from(("2f978b7f-b3d2-4f50-b08f-776634a6e411", "g", "g h", "", "é", "g\n"))
_apps = _mostly(
    st.one_of(
        _names,
        _table({"app": _names}, {"space": _names, "pending": _truths}),
        _table({"app": _names, "space": _names, "org": _names}, {"pending": _truths}),
        _table({"guid": _guids}, {}),
        _table({"app": _names, "guid": _guids}, {}),
    )
)
_ports = _mostly(
    st.one_of(
        st.integers(-1, 65_537),
        st.sampled_from(("8080", "8080-8090", "8080-", "-1", "65536", "1-65535", "0", "0x50", "1e3", "8080 ", "80\n")),
        st.integers(0, 70_000).map(str),
    )
)
_protocols = _mostly(st.sampled_from(("tcp", "udp", "TCP", "((p))", "")))


def _one_or_many(one: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    return one | st.lists(one, max_size=3)


_rules = st.sampled_from(("L301", "L316", "L399", "l301", "((r))", ""))
_suppressions = _mostly(st.lists(_rules | _table({"rule": _rules}, {"because": _texts}), max_size=2))
_lint_of_item = _mostly(_table({}, {"ignore": _suppressions}))
_limits = _mostly(st.sampled_from((0, 1, 100, 101, 65_535, 65_536, 1_000_000, "80")))
_patterns = _mostly(st.lists(_names, max_size=2))
_networks = _mostly(st.lists(st.sampled_from(("10.0.16.0/20", "10.0.16.0", "10.0.16.0/33", "((n))")), max_size=2))
_lint = _mostly(
    _table(
        {},
        {
            "ignore": _suppressions,
            **dict.fromkeys(("max-range", "max-callers", "max-usage", "quota"), _limits),
            "development": _patterns,
            "production": _patterns,
            "underlay": _networks,
        },
    )
)
_entries = _mostly(
    _table(
        {"source": _one_or_many(_apps), "destination": _one_or_many(_apps)},
        {"protocol": _protocols, "ports": _one_or_many(_ports), "pending": _truths, "lint": _lint_of_item},
    )
)
_ignored = _mostly(
    _table(
        {},
        {
            "source": _one_or_many(_apps),
            "destination": _one_or_many(_apps),
            "protocol": _protocols,
            "ports": _one_or_many(_ports),
        },
    )
)
_calls = _mostly(
    _table(
        {"source": _one_or_many(_apps), "destination": _one_or_many(_apps)},
        {"except": _one_or_many(_apps), "protocol": _protocols, "ports": _one_or_many(_ports)},
    )
)
_expected = _mostly(
    st.one_of(
        _table({"allowed": _calls}, {"because": _texts, "lint": _lint_of_item}),
        _table({"denied": _calls}, {"because": _texts}),
        _table({}, {"allowed": _calls, "denied": _calls}),
    )
)
_owned = _table({"space": _names, "apps": _mostly(st.lists(_names, max_size=2))}, {})
documents = _mostly(
    _table(
        {"version": _mostly(st.just(1)), "policies": _mostly(st.lists(_entries, max_size=3))},
        {
            "space": _mostly(_names),
            "owns": _mostly(st.lists(_names | _owned, max_size=2)),
            "complete": _truths,
            "ignore": _mostly(st.lists(_ignored, max_size=2)),
            "expect": _mostly(st.lists(_expected, max_size=2)),
            "lint": _lint,
        },
    )
)
