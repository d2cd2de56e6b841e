"""Explore in a browser: what a week's work with plots does, by hand and by keys."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.portal.conftest import OpenTab
from tests.portal.rig import PAST_S, PortalRig

PICTURES = os.environ.get("EXPLORE_PICTURES")


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def test_plots(open_tab: OpenTab, rig: PortalRig) -> None:
    owner = rig.people["owner"]
    now = datetime.now(UTC).timestamp()
    note = {"from": iso(now - 200), "to": iso(now - 150), "text": "Valve stuck", "sensors": []}
    owner.made(f"/projects/{rig.project_id}/annotations", note)
    for width, theme in ((1280, "dark"), (1280, "light"), (360, "light")):
        tab = open_tab("owner", width=width, theme=theme)
        page = tab.open(f"/explore?s={rig.sensor_ids[0]}&s={rig.sensor_ids[2]}&live=5m")
        page.wait_for_timeout(1500)
        picture(page, f"explore-{theme}-{width}")
        page.locator(".figure .canvas").first.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("r")
        page.wait_for_timeout(1500)
        picture(page, f"drawer-{theme}-{width}")
        page.keyboard.press("Escape")
        page.locator("summary", has_text="Last 5 min").click()
        page.wait_for_timeout(300)
        picture(page, f"picker-{theme}-{width}")


def iso(t: float) -> str:
    return datetime.fromtimestamp(t, UTC).isoformat()
