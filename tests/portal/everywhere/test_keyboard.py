"""A day's work without a mouse: what is focused can be seen, and every step is done by keys."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.api.server import PASSWORD
from tests.portal.compared import capture_runs
from tests.portal.conftest import OpenTab
from tests.portal.rig import PortalRig

# More keys than any page has places to stop at.
MAX_STEPS = 120
# What the browser draws about the place that has the focus, by itself or about its field.
FOCUS = """() => {
  const place = document.activeElement;
  const styles = [place, place.parentElement].map((each) => getComputedStyle(each));
  const seen = styles.some((style) =>
    (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== "none");
  const box = place.getBoundingClientRect();
  return [seen, box.width > 0 && box.height > 0, place.outerHTML.slice(0, 200)];
}"""
CURSOR = ".figure output"


class Keyboard:
    """Hands that never leave the keys, and eyes that look for the focus after each."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        """Over what stands there."""
        self.press("Control+a")
        self.page.keyboard.type(text)

    def reach(self, place: Locator) -> None:
        """By Tab alone; the focus is seen at every stop."""
        expect(place).to_be_visible()
        stops = list[str]()
        for _ in range(MAX_STEPS):
            if place.evaluate("(each) => each === document.activeElement"):
                return
            self.press("Tab")
            stops.append(self.look())
        raise AssertionError(f"Tab does not lead there: {stops[-40:]}")

    def look(self) -> str:
        """Where the focus is, which can be seen."""
        is_seen, has_room, where = self.page.evaluate(FOCUS)
        assert is_seen or where.startswith(("<body", "<html")), f"the focus is not seen on {where}"
        assert has_room, f"nothing is there to be seen: {where}"
        return where

    def choose(self, place: Locator, key: str = "Enter") -> None:
        """Reaches it and presses a key there."""
        self.reach(place)
        self.press(key)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True).first


def query_of(page: Page) -> str:
    return page.url.partition("?")[2]


def test_log_in_and_plot_and_zoom(open_tab: OpenTab, rig: PortalRig, tmp_path: Path) -> None:
    page = open_tab().open("/explore?s={sensor}&live=5m")
    keys = Keyboard(page)
    keys.reach(page.get_by_label("E-mail"))
    keys.write(rig.people["editor"].email)
    keys.press("Tab")
    keys.write(PASSWORD)
    keys.press("Enter")
    plot = page.get_by_role("application").first
    expect(plot).to_be_visible()
    page.wait_for_load_state("networkidle")

    keys.reach(plot)
    keys.press("ArrowRight")
    expect(page.locator(CURSOR).first).to_contain_text(re.compile(r"\d:\d\d.*(bar|no reading)"))
    said = page.locator(CURSOR).first.inner_text()
    for _ in range(5):
        keys.press("ArrowLeft")
    expect(page.locator(CURSOR).first).not_to_have_text(said)
    keys.press("+")
    expect(page).to_have_url(re.compile("from=.*to="))
    near = query_of(page)
    keys.press("-")
    expect(page).not_to_have_url(re.compile(re.escape(near)))
    keys.press("a")
    expect(page).to_have_url(re.compile(r"[?&]a="))
    for _ in range(8):
        keys.press("ArrowRight")
    keys.press("b")
    expect(page).to_have_url(re.compile(r"[?&]b="))
    keys.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Zoom in and out about the cursor")
    keys.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    keys.reach(plot)
    keys.press("Home")
    expect(page).to_have_url(re.compile("live=5m"))
    keys.press("PageUp")
    expect(page).to_have_url(re.compile("from=.*to="))
    keys.press("l")
    expect(page).to_have_url(re.compile("live="))

    page.keyboard.press("Shift+Tab")
    keys.choose(page.locator("summary").filter(has_text="Export"))
    with page.expect_download() as download:
        keys.choose(page.get_by_role("button", name="What is drawn, as CSV"))
    saved = tmp_path / "drawn.csv"
    download.value.save_as(saved)
    assert saved.read_text().splitlines()


@pytest.mark.nightly
def test_capture_and_tokens(open_tab: OpenTab, rig: PortalRig) -> None:
    with rig.sending():
        page = open_tab("editor").open("/live")
        keys = Keyboard(page)
        plot = page.get_by_role("application").first
        keys.reach(plot)
        keys.press("ArrowRight")
        expect(page.locator(CURSOR).first).to_contain_text(re.compile(r"\d:\d\d"))
        first, then = ("Start capture", "Stop capture")
        if button(page, then).is_visible():
            first, then = then, first
        keys.choose(button(page, first))
        expect(button(page, then)).to_be_visible()
        keys.choose(button(page, then))
        expect(button(page, first)).to_be_visible()

        keys.press("Control+k")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.type("Project")
        expect(page.get_by_role("dialog").get_by_text("Project", exact=True).first).to_be_visible()
        keys.press("Enter")
        expect(page).to_have_url(re.compile("/project"))
    keys.choose(page.get_by_role("tab", name="Gateway tokens"))
    keys.choose(button(page, "New token"))
    keys.reach(page.get_by_label("Name", exact=True))
    page.keyboard.type("by keys")
    keys.press("Enter")
    expect(page.get_by_role("dialog", name="The token")).to_be_visible()
    keys.choose(button(page, "I have it"))
    expect(page.get_by_role("row").filter(has_text="by keys")).to_be_visible()


@pytest.mark.nightly
def test_activate_a_version_and_try_a_backfill(open_tab: OpenTab, rig: PortalRig) -> None:
    sensor = rig.sensor_ids[3]
    page = open_tab("editor").open(f"/calibrations/{sensor}")
    keys = Keyboard(page)
    keys.reach(page.get_by_label("Note"))
    page.keyboard.type("by keys")
    keys.choose(button(page, "Save version"))
    dialog = page.get_by_role("dialog", name=re.compile("Activate version"))
    expect(dialog).to_be_visible()
    keys.choose(dialog.get_by_role("button", name="Activate", exact=True))
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("row").filter(has_text="by keys")).to_contain_text("now")

    page.goto(rig.address(f"/backfills/new?sensor={sensor}"))
    keys.reach(page.get_by_label("Period"))
    page.keyboard.type("last 1 h")
    keys.reach(page.get_by_label("Reason"))
    page.keyboard.type("by keys")
    keys.choose(button(page, "Dry run"))
    expect(page).to_have_url(re.compile(r"/backfills/[0-9a-f-]{36}"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()


@pytest.mark.nightly
def test_runs_are_compared(open_tab: OpenTab, rig: PortalRig) -> None:
    runs = capture_runs(rig, 3)
    page = open_tab("editor").open(f"/compare?runs={','.join(runs)}&s=chamber/p1")
    keys = Keyboard(page)
    expect(page.get_by_role("application").first).to_be_visible()
    keys.choose(page.get_by_label("Time is counted from"), "End")
    keys.reach(page.get_by_label("Value, bar"))
    keys.write("60")
    keys.press("Enter")
    expect(page).to_have_url(re.compile("t0=crossing:"))
    keys.choose(page.get_by_label("T0 of Opening 2 is moved by"), "ArrowUp")
    expect(page).to_have_url(re.compile(f"shift={runs[1]}:"))
    keys.choose(button(page, "Drag the line of Opening 3"))
    keys.choose(page.get_by_role("slider"), "ArrowLeft")
    expect(page).to_have_url(re.compile(f"shift={runs[2]}:"))
    keys.press("Escape")
    expect(page.get_by_role("slider")).to_have_count(0)
    plot = page.get_by_role("application").first
    keys.choose(plot, "ArrowRight")
    expect(page.locator(CURSOR).first).to_contain_text("Opening 3")
    keys.press("t")
    expect(page.get_by_role("region", name="Table: chamber/p1: mean, bar")).to_be_visible()
    keys.choose(page.get_by_title("Export the comparison"))
    keys.reach(page.get_by_role("button", name="Parquet", exact=True))
    with page.expect_download():
        keys.press("Enter")
