"""A link shows the same elsewhere: in another browser and zone of time, a month later, to the last bit."""

import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Response, expect

from barograph.times import SECOND_US, format_us
from tests.portal.conftest import OpenTab
from tests.portal.rig import PortalRig

MONTH_S = 31 * 86400
# What an answer says of the window, beside where and when it was asked.
TOLD = ("grid", "series", "summary")
_PICTURES = "() => [...document.querySelectorAll('.figure canvas')].map((each) => each.toDataURL())"


class SeriesAnswers:
    """The answers that a page's plots are drawn from, by what was asked."""

    def __init__(self, page: Page) -> None:
        self._responses: list[Response] = []
        page.on("response", self._note)

    def told(self) -> dict[str, Any]:
        """Each with the question; the same question twice has the same answer."""
        return {
            response.url.partition("?")[2]: {name: response.json().get(name) for name in TOLD}
            for response in self._responses
        }

    def _note(self, response: Response) -> None:
        # The strip around the window ends now, wherever the window is.
        if "/series?" in response.url and "columns=400" not in response.url and response.ok:
            self._responses.append(response)


def settled(page: Page) -> None:
    """Nothing is asked any more, and it is drawn."""
    page.wait_for_load_state("networkidle")
    page.locator("canvas").first.wait_for()
    expect(page.get_by_text("Loading… ")).to_have_count(0)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def held(answers: SeriesAnswers, page: Page) -> tuple[dict[str, Any], list[str]]:
    return answers.told(), page.evaluate(_PICTURES)


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Or a minute has passed: on a busy machine an answer may be late, and what then follows tells it."""
    end_s = time.monotonic() + 60
    while not holds() and time.monotonic() < end_s:
        page.wait_for_timeout(200)


def copied_link(page: Page) -> str:
    """Once all that is shown is there, of which the link has a mark."""
    links = list[str]()

    def has_mark() -> bool:
        page.get_by_role("button", name="Copy link").click()
        links.append(page.evaluate("navigator.clipboard.readText()"))
        return "seen=" in links[-1]

    until(page, has_mark)
    return links[-1]


def query(rig: PortalRig, shown: str) -> str:
    now_us = round(time.time()) * SECOND_US
    first, second = rig.sensor_ids[:2]
    marks = f"a={format_us(now_us - 200 * SECOND_US)}&b={format_us(now_us - 100 * SECOND_US)}"
    sensors = f"s={first}&s={second}:raw&plots=0,1&y0=-40,120"
    if shown == "still":
        span = f"from={format_us(now_us - 400 * SECOND_US)}&to={format_us(now_us - 50 * SECOND_US)}"
        return f"{sensors}&{span}&{marks}"
    asof = f"&asof={format_us(now_us)}" if shown == "as of" else ""
    return f"{sensors}&live=5m&{marks}{asof}"


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param("still", marks=pytest.mark.nightly),
        "until now",
        pytest.param("as of", marks=pytest.mark.nightly),
    ],
)
def test_a_link_shows_the_same_a_month_later(open_tab: OpenTab, rig: PortalRig, shown: str) -> None:
    tab = open_tab("owner", zone="America/St_Johns")
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = tab.open(f"/explore?{query(rig, shown)}")
    settled(page)
    link = copied_link(page)
    asked = parse_qs(urlsplit(link).query)
    assert "live" not in asked
    assert {"from", "to", "a", "b", "y0", "s", "seen"} <= set(asked)

    # What the link's maker would see who opens it at once, which a window until now showed before.
    answers = SeriesAnswers(page)
    page.goto(link)
    settled(page)

    later = open_tab("viewer", zone="Asia/Kathmandu")
    later.page.clock.install(time=time.time() + MONTH_S)
    theirs = SeriesAnswers(later.page)
    later.page.goto(link)
    settled(later.page)
    assert parse_qs(urlsplit(later.page.url).query) == asked
    until(page, lambda: held(answers, page) == held(theirs, later.page))
    mine, other = held(answers, page), held(theirs, later.page)
    assert mine[0]
    assert other[0] == mine[0]
    assert other[1] == mine[1]
    assert later.page.get_by_text("Since this link was made").count() == 0


def test_a_kept_view_is_the_same_for_a_colleague(open_tab: OpenTab, rig: PortalRig) -> None:
    owner = rig.people["owner"]
    asked = query(rig, "still")
    spec = {"version": 1, "page": "/explore", "query": asked}
    body = {"name": "For a colleague", "shared": True, "spec": spec}
    made = owner.made(f"/projects/{rig.project_id}/views", body)
    page = open_tab("viewer", zone="Asia/Kathmandu").open(f"/views/{made['id']}")
    expect(page.get_by_role("application")).to_have_count(2)
    assert parse_qs(urlsplit(page.url).query) == parse_qs(asked)
    assert owner.delete(f"/views/{made['id']}").status_code == 204


def test_a_window_over_a_change_of_the_clocks_says_both_zones(open_tab: OpenTab) -> None:
    page = open_tab("viewer", zone="Europe/Berlin").open(
        "/explore?s={sensor}&from=2026-10-25T00:00:00Z&to=2026-10-25T03:00:00Z&tz=local"
    )
    expect(page.get_by_text(re.compile(r"02:00:00 UTC\+2 . 04:00:00 UTC\+1"))).to_be_visible()
