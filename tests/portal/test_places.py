"""Each page: there for every role, without a finding of axe in either theme and at either width."""

import json
import re
from typing import Any

import pytest

from tests.portal.conftest import OpenTab, Role
from tests.portal.places import NOT_VISITED, PLACES
from tests.programs import ROOT

AXE = ROOT / "portal" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RUN_AXE = f"axe.run({{runOnly: {json.dumps(TAGS)}, resultTypes: ['violations']}})"
NARROW, WIDE = 360, 1280


def test_every_page_is_visited_here() -> None:
    source = (ROOT / "portal" / "src" / "app.tsx").read_text()
    routes = set(re.findall(r'<Route path="([^"]+)"', source))
    patterns = {re.sub(r":\w+", "{}", route) for route in routes - NOT_VISITED}
    visited = {re.sub(r"\{\w+\}", "{}", place.partition("?")[0]) for place in PLACES}
    assert patterns - visited == set()
    assert routes >= NOT_VISITED


@pytest.mark.parametrize("place", ["/login", *PLACES])
def test_axe_finds_nothing_and_nothing_sticks_out(open_tab: OpenTab, place: str) -> None:
    tab = open_tab(None if place == "/login" else "owner")
    page = tab.open(place)
    page.evaluate(AXE.read_text())
    found: list[str] = []
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 800})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.wait_for_timeout(100)
            found += [f"{theme} at {width}: {each}" for each in told(page.evaluate(RUN_AXE))]
        reach: int = page.evaluate("document.scrollingElement.scrollWidth")
        assert reach <= width, f"{place} is {reach} px wide at {width}"
    assert found == []


def told(result: dict[str, Any]) -> list[str]:
    """Each violation, with where it is."""
    return [
        f"{violation['id']}: {violation['help']}: {[node['html'][:200] for node in violation['nodes']][:3]}"
        for violation in result["violations"]
    ]


@pytest.mark.parametrize("role", [pytest.param("editor", marks=pytest.mark.nightly), "viewer"])
def test_every_page_is_there_for_every_role(open_tab: OpenTab, role: Role) -> None:
    tab = open_tab(role)
    for place in PLACES:
        page = tab.open(place)
        assert page.locator("h1").count() == 1, place
        assert not page.get_by_text("something went wrong").count(), place
        assert page.title() != "Barograph" or place == "/live", place
