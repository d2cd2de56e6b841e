"""The sensors beside the live plots: what they did lately, and ways to put them on a plot."""

import re
import time
from urllib.parse import parse_qs, urlsplit

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
