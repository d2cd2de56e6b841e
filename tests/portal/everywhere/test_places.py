"""Each page: there for every role, without a finding of axe in either theme and at either width."""

import json
import re
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

import pytest
from playwright.sync_api import Page

from tests.examples import some_of
from tests.portal.conftest import OpenTab, Role
from tests.portal.everywhere.places import NOT_VISITED, PLACES
from tests.portal.rig import PortalRig
from tests.programs import ROOT
from tools.portal.pages import PAGES

Theme: TypeAlias = Literal["light", "dark"]
AXE = ROOT / "portal" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RUN_AXE = f"axe.run({{runOnly: {json.dumps(TAGS)}, resultTypes: ['violations']}})"
NARROW, WIDE, HEIGHT = 360, 1280, 800


def test_every_page_is_visited_here() -> None:
    source = (ROOT / "portal" / "src" / "app.tsx").read_text()
    routes = set(re.findall(r'<Route path="([^"]+)"', source))
    patterns = {re.sub(r":\w+", "{}", route) for route in routes - NOT_VISITED}
    visited = {re.sub(r"\{\w+\}", "{}", place.partition("?")[0]) for place in PLACES}
    assert patterns - visited == set()
    assert routes >= NOT_VISITED


def test_pictures_are_taken_of_every_page() -> None:
    source = (ROOT / "portal" / "src" / "app.tsx").read_text()
    routes = {re.sub(r":\w+", "{}", route) for route in re.findall(r'<Route path="([^"]+)"', source)}
    pictured = {re.sub(r"\{\w+\}", "{}", page.partition("?")[0]) for page in PAGES}
    assert routes - pictured == set()


@pytest.mark.parametrize("place", some_of(["/login", *PLACES], 14))
def test_axe_finds_nothing_and_nothing_sticks_out(open_tab: OpenTab, place: str) -> None:
    page = open_tab(None if place == "/login" else "owner").open(place)
    look(page, place, [(WIDE, "light"), (NARROW, "dark")])


@pytest.mark.nightly
@pytest.mark.parametrize("place", ["/login", *PLACES])
def test_nor_in_the_other_themes(open_tab: OpenTab, place: str) -> None:
    page = open_tab(None if place == "/login" else "editor").open(place)
    look(page, place, [(WIDE, "dark"), (NARROW, "light")])


def test_axe_and_the_console_find_what_is_planted(open_tab: OpenTab) -> None:
    tab = open_tab("owner")
    page = tab.open("/account")
    page.evaluate("document.querySelector('h1').insertAdjacentHTML('afterend', '<img src=/icon.svg>')")
    page.evaluate(AXE.read_text())
    assert [each.partition(":")[0] for each in told(page.evaluate(RUN_AXE))] == ["image-alt"]
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: '1'}))")
    page.wait_for_timeout(100)
    assert any("Content Security Policy" in complaint for complaint in tab.complaints)
    tab.complaints.clear()


def look(page: Page, place: str, ways: Sequence[tuple[int, Theme]]) -> None:
    """At a width of the window and in a theme, one after the other."""
    page.evaluate(AXE.read_text())
    found: list[str] = []
    for width, theme in ways:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.wait_for_timeout(100)
        found += [f"{theme} at {width}: {each}" for each in told(page.evaluate(RUN_AXE))]
        reach: int = page.evaluate("document.scrollingElement.scrollWidth")
        assert reach <= width, f"{place} is {reach} px wide at {width}"
        # The page scrolls within the window; what is hidden from the eye must not make the window longer.
        length: int = page.evaluate("document.scrollingElement.scrollHeight")
        assert length <= HEIGHT, f"{place} is {length} px high at {width}"
    assert found == []


def told(result: dict[str, Any]) -> list[str]:
    """Each violation, with where it is."""
    return [
        f"{violation['id']}: {violation['help']}: {[node['html'][:200] for node in violation['nodes']][:3]}"
        for violation in result["violations"]
    ]


SHIFTS = """
globalThis.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def test_nothing_jumps_while_live_is_loaded(open_tab: OpenTab, rig: PortalRig) -> None:
    tab = open_tab("viewer")
    tab.page.add_init_script(SHIFTS)
    with rig.sending():
        page = tab.open("/live")
        page.locator("canvas").first.wait_for()
        page.wait_for_timeout(2000)
        assert page.evaluate("globalThis.shifts") <= 0.02


@pytest.mark.parametrize(
    ("role", "places"),
    [
        ("viewer", PLACES[::3]),
        *(pytest.param(role, PLACES, marks=pytest.mark.nightly) for role in ("viewer", "editor", "admin")),
    ],
)
def test_every_page_is_there_for_every_role(open_tab: OpenTab, role: Role, places: Sequence[str]) -> None:
    tab = open_tab(role)
    for place in places:
        page = tab.open(place)
        assert page.locator("h1").count() == 1, place
        assert not page.get_by_text("something went wrong").count(), place
        assert page.title() != "Barograph" or place == "/live", place
