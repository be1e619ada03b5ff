"""The page of a graph in a real browser: mouse, keyboard, a local file, hostile names."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cfnet.policy import App, Org, Space
from cfnet.show.graph.graph import Arrow, Change, Graph, graph_of
from cfnet.show.graph.groups import NodeLevel
from cfnet.show.graph.page import page
from cfnet.show.graph.page_data import GraphRules, RuleAt
from tests.browser import Keys, Page, open_browser
from tests.policies import policy
from tests.show.graph.crowds import crowd
from tests.show.graph.shop import APPS, ARROWS, BACK_LEDGER, EMPTY, EVIL, FRONT_BACK, GONE, GRAPH

BEHIND = GraphRules(
    {"front": [RuleAt("cell-1", "-s 10.255.1.4/32 -j MARK"), RuleAt("cell-2", "-s 10.255.2.4/32 -j MARK")]},
    {
        FRONT_BACK: [RuleAt("cell-1", "-d 10.255.1.5/32 -j LOG"), RuleAt("cell-1", "-d 10.255.1.5/32 -j ACCEPT")],
        BACK_LEDGER: [RuleAt("<b>cell</b>", "-d 10.255.9.9/32 </script><script>document.title='no'</script>")],
    },
)
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One browser for all tests."""
    with open_browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def show(browser: Page, tmp_path: Path) -> Iterator[Open]:
    """Opens a page from a file; fails if the console has errors."""

    def opened(
        graph: Graph = GRAPH, behind: GraphRules = BEHIND, fragment: str = "", level: NodeLevel | None = None
    ) -> Page:
        file = tmp_path / "graph.html"
        file.write_text(page(graph, behind, notes=[f"A note of {EVIL}"], level=level), encoding="utf-8")
        browser.driver.get("about:blank")
        browser.driver.get(f"{file.as_uri()}{fragment}")
        return browser

    yield opened
    browser.check_quiet()


def test_initially_everything_is_shown(show: Open) -> None:
    """All apps in the list, by space, the whole picture, and instructions."""
    seen = show()
    assert seen.texts("#apps h3") == ["pay & co/cash", "shop/ops", "shop/web", "deleted, or not visible"]
    assert seen.shown == ["ledger", "logs", EVIL, "backend", "frontend", GONE]
    assert sorted(seen.standing) == sorted(["ledger", "logs", EVIL, "backend", "frontend", "c7de6123-d906…"])
    assert seen.texts("#details h2") == ["Choose an app"]
    assert seen.texts("header p") == ["6 apps, 5 policies: 2 added, 1 removed, 2 kept."]
    assert seen.texts("#count") == ["6 apps, 5 policies"]


def test_search_narrows_the_list_and_the_picture(show: Open) -> None:
    """By any part of a name, space or GUID, in any case."""
    seen = show()
    seen.one("#search").send_keys("WEB end")
    assert seen.shown == ["backend", "frontend"]
    assert sorted(seen.standing) == ["backend", "frontend"]
    seen.one("#search").clear()
    seen.one("#search").send_keys("c7de")
    assert seen.shown == [GONE]
    seen.one("#search").send_keys("nobody")
    assert seen.shown == []
    assert seen.texts("#count") == ["0 of 6 apps, 0 of 5 policies"]


@pytest.mark.parametrize(
    ("selector", "value", "apps"),
    [
        ("#space", "1", ["logs"]),
        ("#protocol", "udp", ["logs", EVIL]),
        ("#change", "added", ["ledger", "backend", "frontend"]),
        ("#change", "removed", ["backend", GONE]),
    ],
    ids=["a space", "a protocol", "what is added", "what is removed"],
)
def test_filters(show: Open, selector: str, value: str, apps: list[str]) -> None:
    """The apps of a space; apps with policies of a protocol, or with changed ones."""
    seen = show()
    seen.one(f'{selector} option[value="{value}"]').click()
    assert seen.shown == apps


def test_search_finds_policies_by_port(show: Open) -> None:
    """With the apps at their ends; other policies of these apps are not counted."""
    seen = show()
    seen.one("#search").send_keys("tcp 8443")
    assert seen.shown == ["backend", "frontend"]
    assert seen.texts("#count") == ["2 of 6 apps, 1 of 5 policies"]


def test_only_policies_that_match_the_filter_are_drawn(show: Open) -> None:
    """The others are removed, not only faded."""
    seen = show()
    seen.one('#change option[value="added"]').click()
    assert seen.texts("#graph .edge > text") == ["+tcp 9000-9010", "+tcp 8443"]
    assert seen.texts("#count") == ["3 of 6 apps, 2 of 5 policies"]


def test_a_click_on_an_app_shows_its_policies(show: Open) -> None:
    """In both directions, with changes; the picture keeps the connected part."""
    seen = show()
    seen.one('#graph [data-node="4"]').click()
    assert seen.texts("#details h2, #details h3") == ["backend", "May call 1 app", "May be called by 2 apps"]
    assert seen.texts("#details li > button") == ["pay & co/cash/ledger", GONE, "shop/web/frontend"]
    assert seen.texts("#details .ports") == [
        "tcp 9000-9010, to be added",
        "tcp 8080, to be removed",
        "tcp 8080",
        "tcp 8443, to be added",
    ]
    assert sorted(seen.standing) == sorted(["backend", "ledger", "frontend", "c7de6123-d906…"])
    assert seen.driver.current_url.endswith("#back")


def test_the_rules_of_a_policy_unfold(show: Open) -> None:
    """By cell, as iptables prints them, with the rules of the app's mark."""
    seen = show(fragment="#front")
    assert seen.texts("#details summary") == ["2 rules for its mark, on 2 cells", "2 rules for this policy, on 1 cell"]
    for summary in seen.driver.find_elements("css selector", "#details summary"):
        summary.click()
    assert seen.texts("#details details p") == ["cell-1", "cell-2", "cell-1"]
    assert seen.texts("#details pre") == [
        "-s 10.255.1.4/32 -j MARK",
        "-s 10.255.2.4/32 -j MARK",
        "-d 10.255.1.5/32 -j LOG\n-d 10.255.1.5/32 -j ACCEPT",
    ]


def test_a_peer_is_one_click_away(show: Open) -> None:
    """Apps can be followed one after another; a click on empty space ends this."""
    seen = show(fragment="#back")
    seen.driver.find_elements("css selector", "#details li > button")[0].click()
    assert seen.texts("#details h2") == ["ledger"]
    seen.click_corner("#graph")
    assert seen.texts("#details h2") == ["Choose an app"]


def test_the_page_can_be_used_by_keyboard(show: Open) -> None:
    """Slash, type, down, enter, escape; arrows along the list; Tab leaves the page."""
    seen = show()
    seen.press("/")
    assert seen.focused == "search"
    seen.press("shop", Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert seen.focused == EVIL
    seen.press(Keys.END)
    assert seen.focused == "frontend"
    seen.press(Keys.ARROW_DOWN, Keys.ARROW_UP)
    assert seen.focused == "backend"
    seen.press(Keys.ENTER)
    assert seen.texts("#details h2") == ["backend"]
    seen.press(Keys.HOME, Keys.ARROW_UP)
    assert seen.focused == "search"
    seen.press(Keys.ESCAPE)
    assert (seen.texts("#details h2"), len(seen.shown)) == (["Choose an app"], 6)
    seen.press("led", Keys.ENTER)
    assert seen.texts("#details h2") == ["ledger"]


def test_the_list_is_one_tab_stop(show: Open) -> None:
    """So that Tab does not have to pass hundreds of apps."""
    seen = show()
    stops = [seen.focused]
    for _ in range(12):
        seen.press(Keys.TAB)
        stops.append(seen.driver.execute_script("return document.activeElement.id || document.activeElement.tagName"))
    assert stops[1:9] == ["search", "space", "protocol", "change", "BUTTON", "picture", "out", "in"]


def test_names_are_text_everywhere(show: Open) -> None:
    """In the list, the picture, the details, the rules and the notes: no name makes an element or runs a script."""
    seen = show(fragment="#evil")
    assert seen.texts("#details h2") == [EVIL]
    assert seen.texts("#welcome") == []
    seen.press(Keys.ESCAPE)
    assert f"A note of {EVIL}" in seen.texts("#details p")
    seen.one('#graph [data-node="4"]').click()
    for summary in seen.driver.find_elements("css selector", "#details summary"):
        summary.click()
    assert "<b>cell</b>" in seen.texts("#details details p")
    assert seen.driver.title == "Who may call whom"
    assert seen.driver.find_elements("css selector", "img, b, iframe, script[src], link, base") == []
    assert len(seen.driver.find_elements("css selector", "script")) == 2


def test_the_page_refuses_injected_scripts(browser: Page, tmp_path: Path) -> None:
    """If a name ever became markup, the Content-Security-Policy would stop it."""
    file = tmp_path / "attacked.html"
    attack = "<img src=x onerror=\"document.title='no'\"><script>document.title='no'</script></body>"
    file.write_text(page(GRAPH, BEHIND).replace("</body>", attack), encoding="utf-8")
    browser.driver.get(file.as_uri())
    assert browser.driver.title == "Who may call whom"
    complaints = [entry["message"] for entry in browser.driver.get_log("browser")]  # type: ignore[no-untyped-call]
    assert any("Content Security Policy" in complaint for complaint in complaints)
    browser.driver.get_log("performance")  # type: ignore[no-untyped-call]


def test_zoom(show: Open) -> None:
    """In, out, and fit to the window."""
    seen = show()
    picture = seen.one("#graph")
    first = picture.size["width"]
    seen.one("#in").click()
    assert picture.size["width"] > first
    seen.one("#fit").click()
    assert picture.size["width"] <= seen.one("#picture").size["width"]


def test_an_empty_page(show: Open) -> None:
    """Without policies there are no errors."""
    seen = show(EMPTY, GraphRules({}, {}))
    assert (seen.shown, seen.texts("#count")) == ([], ["0 apps, 0 policies"])


def crowd_of_500() -> Graph:
    """500 apps in 20 spaces, each with policies to the next two."""
    org = Org("org", "org")
    spaces = [Space(f"s{number}", f"space-{number:02}", org) for number in range(20)]
    apps = {f"a{number}": App(f"a{number}", f"app-{number:03}", spaces[number // 25]) for number in range(500)}
    arrows = [Arrow(policy(f"a{n}", f"a{(n + step) % 500}"), Change.KEPT) for n in range(500) for step in (1, 2)]
    return graph_of(arrows, apps)


def test_500_apps(show: Open) -> None:
    """They can be found, selected and scrolled into view."""
    seen = show(crowd_of_500(), GraphRules({}, {}), level=NodeLevel.APP)
    assert len(seen.shown) == 500
    assert seen.texts("#graph .edge > text") == []
    seen.one("#search").send_keys("app-321", Keys.ENTER)
    assert seen.shown == ["app-321"]
    assert seen.standing == ["app-319", "app-320", "app-321", "app-322", "app-323"]
    assert len(seen.driver.find_elements("css selector", "#graph .edge.lit")) == 4
    assert len(seen.texts("#graph .edge.lit > text")) >= 3
    frame, node = seen.one("#picture").rect, seen.one("#graph .chosen").rect
    assert frame["x"] <= node["x"] <= frame["x"] + frame["width"]


def test_light_and_dark(browser: Page, tmp_path: Path) -> None:
    """The system's setting applies to page and drawing, with enough contrast."""
    file = tmp_path / "graph.html"
    file.write_text(page(GRAPH, BEHIND), encoding="utf-8")
    with open_browser(tmp_path / "dark", dark=True) as dark:
        for seen in (browser, dark):
            seen.driver.get(file.as_uri())
        pairs = [("body", "color", "body", "background-color"), (".app > text", "fill", ".app > rect", "fill")]
        pairs += [(".edge.added > text", "fill", ".space > rect", "fill")]
        pairs += [(".edge.removed > text", "fill", ".space > rect", "fill")]
        lights = []
        for seen in (browser, dark):
            for ink, ink_property, paper, paper_property in pairs:
                inked = light(seen, ink, ink_property)
                papered = light(seen, paper, paper_property)
                # WCAG 2, 1.4.3: 4.5 to 1.
                assert (max(inked, papered) + 0.05) / (min(inked, papered) + 0.05) >= 4.5, (ink, inked, papered)
            lights.append(light(seen, "body", "background-color"))
        assert lights[0] > 0.9
        assert lights[1] < 0.1
        dark.check_quiet()
    browser.check_quiet()


def light(seen: Page, selector: str, name: str) -> float:
    """The relative luminance of an element's colour (WCAG 2)."""
    script = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]].match(/[0-9.]+/g)"
    channels = [float(text) / 255 for text in seen.driver.execute_script(script, selector, name)[:3]]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_page_is_self_contained() -> None:
    """It contains no URL at all."""
    text = page(graph_of(ARROWS, APPS), BEHIND)
    assert "http" not in text.replace("http-equiv", "")
    assert "src=" not in text.replace("img src=x", "")


def test_many_apps_start_as_spaces(show: Open) -> None:
    """A click opens a space; its apps have ports, everything around it numbers of policies."""
    graph = crowd(100, 200)
    seen = show(graph, GraphRules({}, {}))
    assert len(seen.shown) == len(graph.nodes)
    assert seen.standing == [place.space for place in graph.places]
    assert re.fullmatch(r"\d+ polic(y|ies)", seen.driver.execute_script(LABEL))
    seen.one('#graph [data-node="2"]').click()
    opened = [*graph.places][2]
    apps = [graph.name(guid) for guid in graph.places[opened]]
    assert set(apps) <= set(seen.standing)
    assert all("/" in name for name in set(seen.standing) - set(apps))
    assert "org-00" in seen.texts("#graph .org > text, #graph .space > text")
    seen.one("#back").click()
    assert seen.standing == [place.space for place in graph.places]


LABEL = "return document.querySelector('#graph .edge > text').textContent"

OVERLAPS = """
    const extent = (each) => each.getBoundingClientRect();
    const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
    const boxes = [...document.querySelectorAll("#graph .app > rect")].map(extent);
    const labels = [...document.querySelectorAll("#graph .edge:not(.crowded) > rect")].map(extent)
      .filter((box) => box.width);
    const onBoxes = labels.filter((label) => boxes.some((box) => meet(label, box))).length;
    const onLabels = labels.filter((label, at) => labels.slice(at + 1).some((other) => meet(label, other))).length;
    let inBoxes = 0;
    for (const path of document.querySelectorAll("#graph .edge > path")) {
      const matrix = path.getScreenCTM();
      for (let step = 0; step <= 200; step += 1) {
        const { x, y } = path.getPointAtLength((path.getTotalLength() * step) / 200).matrixTransform(matrix);
        inBoxes += boxes.some((box) => box.left + 1 < x && x < box.right - 1 && box.top + 1 < y && y < box.bottom - 1);
      }
    }
    return [labels.length > 0, onBoxes, onLabels, inBoxes];
"""


@pytest.mark.parametrize("size", [(100, 150), (300, 700)], ids=["100 apps", "300 apps"])
def test_opened_spaces_are_drawn_like_pictures(size: tuple[int, int], show: Open) -> None:
    """No label covers a box or another label, and edges go around boxes; also around a chosen app."""
    graph = crowd(*size)
    seen = show(graph, GraphRules({}, {}))
    seen.one('#graph [data-node="1"]').click()
    assert seen.driver.execute_script(OVERLAPS) == [True, 0, 0, 0]
    seen.one("#search").send_keys("web-02", Keys.ENTER)
    assert seen.driver.execute_script(OVERLAPS) == [True, 0, 0, 0]
    seen.one("#near").click()
    assert seen.driver.execute_script(OVERLAPS) == [True, 0, 0, 0]


def test_neighbours_only(show: Open) -> None:
    """Callers to the left, called apps to the right; choosing one of these goes on from there."""
    seen = show(fragment="#back")
    seen.one("#near").click()
    assert seen.standing == ["shop/web/backend", GONE, "shop/web/frontend", "pay & co/cash/ledger"]
    seen.driver.find_elements("css selector", "#details li > button")[0].click()
    assert seen.standing == ["pay & co/cash/ledger", "shop/web/backend"]
    seen.one("#near").click()
    assert sorted(seen.standing) == ["backend", "ledger"]


def test_filters_apply_to_details(show: Open) -> None:
    """Headings say how many there are in total."""
    seen = show(fragment="#back")
    seen.one('#change option[value="added"]').click()
    assert seen.texts("#details h3") == ["May call 1 app", "May be called by 1 of 2 apps"]
    assert seen.texts("#details .ports") == ["tcp 9000-9010, to be added", "tcp 8443, to be added"]


def test_choosing_a_space_shows_it(show: Open) -> None:
    """In a large picture it is scrolled into view, at the level of spaces it is opened; its policies are counted."""
    graph = crowd(100, 200)
    last = len(graph.places) - 1
    inside = set([*graph.places.values()][last])
    touching = [arrow for arrow in graph.arrows if inside & {*arrow.policy[:2]}]
    counts = [f"{len(inside)} of {len(graph.nodes)} apps, {len(touching)} of 200 policies"]
    for level in (NodeLevel.APP, NodeLevel.SPACE):
        seen = show(graph, GraphRules({}, {}), level=level)
        seen.one(f'#space option[value="{last}"]').click()
        assert seen.texts("#count") == counts
        frame = seen.one("#picture").rect
        box = seen.driver.execute_script(
            "return document.querySelector('#graph .app:not(.faded)').getBoundingClientRect().toJSON()"
        )
        assert frame["x"] <= box["left"] <= box["right"] <= frame["x"] + frame["width"]
        assert frame["y"] <= box["top"] <= box["bottom"] <= frame["y"] + frame["height"]


@pytest.mark.parametrize("level", [NodeLevel.APP, NodeLevel.SPACE, NodeLevel.ORG])
def test_fit_shows_everything(level: NodeLevel, show: Open) -> None:
    """However large the picture is: no scrollbars are left."""
    seen = show(crowd(700, 900), GraphRules({}, {}), level=level)
    seen.one("#fit").click()
    sizes = [seen.one("#picture").get_property(name) for name in ("scrollWidth", "clientWidth")]
    sizes += [seen.one("#picture").get_property(name) for name in ("scrollHeight", "clientHeight")]
    assert sizes[0::2] == sizes[1::2]


def test_orgs_open_to_spaces_and_these_to_apps(show: Open) -> None:
    """Where there are too many spaces to start with."""
    seen = show(crowd(300, 400), GraphRules({}, {}), level=NodeLevel.ORG)
    assert set(seen.standing) == {f"org-{number:02}" for number in range(6)}
    seen.one('#graph [data-node="2"]').click()
    (inside,) = seen.driver.find_elements("xpath", "//*[@id='graph']//*[text()='org-02/space-002']")
    inside.click()
    assert "web-02" in seen.standing
    seen.press(Keys.ESCAPE)
    assert "org-02" in seen.standing


def test_a_space_with_too_many_policies_is_not_drawn(show: Open) -> None:
    """A chosen app is, with its neighbours."""
    names = [f"app-{number}" for number in range(70)]
    crowded = [Arrow(policy(one, other), Change.KEPT) for one in names for other in names[:30] if one != other]
    seen = show(graph_of(crowded, {}), GraphRules({}, {}))
    seen.one('#graph [data-node="0"]').click()
    assert seen.texts("#details p") == ["It has too many policies to draw at once. Choose an app."]
    seen.one("#search").send_keys("app-69", Keys.ENTER)
    assert len(seen.standing) == 31
