"""The sensors beside the live plots: what they did lately, and ways to put them on a plot."""

import re
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Request, expect

from tests.portal.conftest import OpenTab
from tests.portal.rig import KEYS, PortalRig


def test_one_question_draws_what_all_of_them_did_lately(open_tab: OpenTab, rig: PortalRig) -> None:
    rig.send([time.time() - 1])
    tab = open_tab("viewer")
    # All sensors are in sight, those that other tests have made too.
    tab.page.set_viewport_size({"width": 1280, "height": 4000})
    asked: list[Request] = []
    tab.page.on("request", lambda request: asked.append(request))  # noqa: PLW0108  # a method of C
    page = tab.open(f"/live?s={rig.sensor_ids[0]}&live=1m")
    for key in KEYS:
        row = page.get_by_role("button", name=key)
        expect(row.locator(".spark path")).to_have_attribute("d", re.compile(r"^M.*V"))
    questions = [parse_qs(urlsplit(each.url).query) for each in asked if "/series?" in each.url]
    # Of columns of five seconds, which roll-ups of seconds answer; the plots come by the stream.
    assert {question["columns"][0] for question in questions} == {"60"}
    # Sensors without a calibration, which other tests have made, are asked for by themselves.
    assert any(set(question["sensor"]) >= set(rig.sensor_ids) for question in questions)


def test_a_drag_or_the_space_bar_adds_a_plot(open_tab: OpenTab, rig: PortalRig) -> None:
    page = open_tab("viewer").open(f"/live?s={rig.sensor_ids[0]}&live=1m")
    expect(page.locator(".live-plots .figure")).to_have_count(1)
    page.get_by_role("button", name=KEYS[1]).drag_to(page.locator(".live-plots"))
    expect(page.locator(".live-plots .figure")).to_have_count(2)
    row = page.get_by_role("button", name=KEYS[2])
    row.focus()
    page.keyboard.press("Space")
    expect(page.locator(".live-plots .figure")).to_have_count(3)
    expect(row).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Space")
    expect(page.locator(".live-plots .figure")).to_have_count(2)


LINES_OF_A_PART = """(name) => [...name.childNodes]
    .filter((node) => node.nodeType === Node.TEXT_NODE)
    .map((node) => {
        const range = document.createRange();
        range.selectNodeContents(node);
        return range.getClientRects().length;
    })"""


def test_a_long_key_breaks_between_its_parts(open_tab: OpenTab, rig: PortalRig) -> None:
    key = "chamber/oxidiser_injector_manifold/pressure_downstream"
    rig.people["owner"].made(f"/projects/{rig.project_id}/sensors", {"key": key})
    page = open_tab("viewer").open("/live")
    name = page.get_by_role("button", name=key).locator(".cut")
    assert set(name.evaluate(LINES_OF_A_PART)) == {1}
    assert name.inner_text().replace("\n", "") == key


@pytest.mark.parametrize("height", [720, 800, 1080])
def test_the_times_under_the_last_plot_are_seen_above_the_running_run(
    open_tab: OpenTab, rig: PortalRig, height: int
) -> None:
    tab = open_tab("editor", width=1440)
    tab.page.set_viewport_size({"width": 1440, "height": height})
    page = tab.open(plots_of_all(rig))
    # With it, the page has less room for plots than without.
    expect(page.get_by_role("region", name="Capture").get_by_role("button")).to_be_visible()
    expect(page.locator(".live-plots .figure")).to_have_count(len(rig.sensor_ids))
    page.wait_for_timeout(300)
    plots = page.locator(".live-plots")
    assert plots.evaluate("(it) => it.scrollHeight - it.clientHeight") <= 0


def plots_of_all(rig: PortalRig) -> str:
    return f"/live?{'&'.join(f's={each}' for each in rig.sensor_ids)}&live=1m"


def test_each_plot_has_its_times_where_not_all_are_in_sight(open_tab: OpenTab, rig: PortalRig) -> None:
    tab = open_tab("viewer")
    tab.page.set_viewport_size({"width": 1280, "height": 480})
    page = tab.open(plots_of_all(rig))
    expect(page.locator(".live-plots canvas")).to_have_count(len(KEYS))
    heights = page.locator(".live-plots canvas").evaluate_all("(all) => all.map((it) => it.clientHeight)")
    # As high as the last one, which always has them.
    assert len(set(heights)) == 1


def test_a_wall_says_how_many_sensors_it_has_no_room_for(open_tab: OpenTab, rig: PortalRig) -> None:
    tab = open_tab("viewer")
    tab.page.set_viewport_size({"width": 1280, "height": 480})
    page = tab.open(plots_of_all(rig).replace("/live", "/wall"))
    expect(page.get_by_text(f"the first 2 of {len(KEYS)} sensors")).to_be_visible()
    expect(page.locator(".wall-plots .figure")).to_have_count(2)
