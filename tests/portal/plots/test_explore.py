"""Explore in a browser: what a week's work with plots does, by hand and by keys."""

import csv
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from backfill.exports.work import Exporter, work_on_exports
from barograph.database.schema.program_roles import ProgramRole
from barograph.times import format_us
from tests.api.server import PASSWORD
from tests.portal.conftest import OpenTab
from tests.portal.plots.spiked import SPIKES, SpikedSensor, make_spiked_sensor, send_readings
from tests.portal.rig import PortalRig
from tests.programs import ROOT, url_of

SECOND_US = 1_000_000
MINUS = "\N{MINUS SIGN}"
# Where to put pictures of what is seen, for whoever wants to look.
PICTURES = os.environ.get("BAROGRAPH_TEST_PICTURES")


@dataclass(frozen=True)
class Scene:
    """A sensor with a session of a run over the middle of its minute, and a note about a moment in it."""

    rig: PortalRig
    sensor: SpikedSensor
    session_from_us: int
    session_to_us: int

    def path(self, from_us: int | None = None, to_us: int | None = None, **more: str) -> str:
        span = {
            "from": format_us(from_us or self.sensor.from_us),
            "to": format_us(to_us or self.sensor.to_us),
        }
        query = {"s": self.sensor.id, **span, **more}
        return "/explore?" + "&".join(f"{name}={value}" for name, value in query.items())


@pytest.fixture(scope="module")
def scene(rig: PortalRig) -> Scene:
    owner = rig.people["owner"]
    sensor = make_spiked_sensor(rig, "explore/spiked", seed=1)
    run = owner.made(f"/experiments/{rig.experiment_id}/runs", {"name": "Hot fire"})["id"]
    assert owner.send("PUT", f"/runs/{run}/sensors/{sensor.id}").status_code == 200
    assert owner.patch(f"/runs/{run}", {"status": "running"}).status_code == 200
    session = owner.made(f"/runs/{run}/capture-sessions", {"start": True})["id"]
    owner.made(f"/capture-sessions/{session}:stop")
    from_us, to_us = sensor.from_us + 20 * SECOND_US, sensor.from_us + 30 * SECOND_US
    bounds = {"started_at": format_us(from_us), "stopped_at": format_us(to_us)}
    assert owner.patch(f"/capture-sessions/{session}", bounds).status_code == 200
    note = {"from": format_us(from_us), "text": "Ignition", "sensors": [sensor.id]}
    owner.made(f"/projects/{rig.project_id}/annotations", note)
    backfill = {"sensors": [sensor.id], "reason": "A look", "dry_run": False}
    bounds = {"from": format_us(from_us), "to": format_us(to_us)}
    owner.made(f"/projects/{rig.project_id}/backfills", backfill | bounds)
    return Scene(rig, sensor, from_us, to_us)


def test_the_legend_is_exact_sorted_and_keeps_its_columns(open_tab: OpenTab, scene: Scene) -> None:
    tab = open_tab("editor")
    page = tab.open(scene.path() + f"&s={scene.rig.sensor_ids[0]}")
    assert shown_number(legend_cell(page, "Readings")) == scene.sensor.raw.size
    assert shown_number(legend_cell(page, "Flagged")) == SPIKES
    values = scene.sensor.physical
    for name, value in (("Min", values.min()), ("Mean", values.mean()), ("Max", values.max())):
        assert shown_number(legend_cell(page, name)) == pytest.approx(value, rel=1e-5, abs=1e-5)
    legend = page.get_by_role("region", name="Sensors that are shown")
    rows = legend.locator("tbody tr")
    head = legend.get_by_role("columnheader", name="Sensor")
    head.get_by_role("button").click()
    expect(rows.nth(0)).to_contain_text("chamber/p1")
    head.get_by_role("button").click()
    expect(rows.nth(0)).to_contain_text("explore/spiked")
    expect(head).to_have_attribute("aria-sort", "descending")
    page.locator("summary", has_text="Columns").click()
    with page.expect_response(lambda answer: answer.url.endswith("/auth/me")):
        page.get_by_label("Bucket").check()
    page.reload()
    tab.settle()
    expect(legend.get_by_role("columnheader", name="Bucket")).to_be_visible()
    expect(legend.get_by_role("columnheader", name="Sensor")).to_have_attribute("aria-sort", "descending")
    picture(page, "legend")


def test_keys_tell_values_list_readings_and_zoom(open_tab: OpenTab, scene: Scene) -> None:
    tab = open_tab("viewer")
    spike_us = int(scene.sensor.t_us[scene.sensor.spikes[3]])
    page = tab.open(scene.path(spike_us - 50_000, spike_us + 50_000))
    plot = page.get_by_role("application")
    plot.focus()
    page.keyboard.press("ArrowLeft")
    value = float(scene.sensor.physical[scene.sensor.spikes[3]])
    expect(page.locator("figure output")).to_have_text(re.compile(rf"explore/spiked {told(value)} bar"))
    page.keyboard.press("a")
    expect(page.locator("figure output")).to_have_text(re.compile("^Marker A, "))
    page.keyboard.press("r")
    drawer = page.get_by_role("complementary", name="Readings around the cursor")
    held = drawer.locator("tr", has=page.locator("[aria-current=true]"))
    expect(held).to_contain_text(told(value))
    raw = scene.sensor.raw[scene.sensor.spikes[3]]
    expect(held).to_contain_text("above range" if raw > 0 else "below range")
    expect(held.get_by_role("link", name="v1")).to_have_attribute("href", f"/calibrations/{scene.sensor.id}")
    picture(page, "readings")
    before = drawer.locator("tbody tr").first.inner_text()
    drawer.get_by_role("button", name="Earlier").click()
    expect(drawer.locator("tbody tr").first).not_to_have_text(before)
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(plot).to_be_focused()
    page.keyboard.press("+")
    expect(page).to_have_url(re.compile("from="))
    assert span_of(page) == pytest.approx(50_000, abs=2)
    page.get_by_role("button", name="Back", exact=True).click()
    expect(page.get_by_role("application", name=re.compile("100 ms from"))).to_be_visible()
    page.get_by_role("button", name="Forward", exact=True).click()
    expect(page.get_by_role("application", name=re.compile("50 ms from"))).to_be_visible()
    plot.focus()
    page.keyboard.press("Home")
    expect(page.get_by_role("application", name=re.compile("100 ms from"))).to_be_visible()
    page.keyboard.press("t")
    table = page.get_by_role("dialog", name="The plot as a table")
    expect(table.locator("tbody tr")).to_have_count(100)
    expect(table.locator("tbody tr", has_text=told(value)).first).to_contain_text("bar")


@pytest.mark.nightly
def test_what_is_known_around_the_window_leads_to_it(open_tab: OpenTab, scene: Scene) -> None:
    tab = open_tab("editor")
    page = tab.open(scene.path(scene.sensor.from_us, scene.sensor.from_us + 5 * SECOND_US))
    around = page.get_by_role("region", name="Around the window")
    expect(around.get_by_role("link", name=re.compile("A look"))).to_have_attribute(
        "href", re.compile("/backfills/")
    )
    around.get_by_role("button", name="Hot fire #1").click()
    from_us, to_us = window_of(page)
    assert from_us < scene.session_from_us < scene.session_to_us < to_us
    assert to_us - from_us < 12 * SECOND_US
    brush = around.get_by_role("slider")
    brush.focus()
    page.keyboard.press("ArrowRight")
    moved = window_of(page)
    assert moved[1] - moved[0] == pytest.approx(to_us - from_us, abs=2)
    assert moved[0] == pytest.approx(from_us + (to_us - from_us) / 4, abs=2)
    drag(page, brush, -100)
    assert window_of(page)[0] < moved[0]
    page.locator("summary[title='Window of time']").click()
    page.get_by_role("button", name=re.compile("#1 10 s")).click()
    assert window_of(page) == (scene.session_from_us, scene.session_to_us)
    picture(page, "around")
    # A stretch marked on the plot becomes an annotation.
    plot = page.locator(".u-over").first
    page.keyboard.down("Control")
    drag(page, plot, 200)
    page.keyboard.up("Control")
    dialog = page.get_by_role("dialog", name="Annotate")
    dialog.get_by_label("Text").fill("Chugging")
    dialog.get_by_role("button", name="Note it").click()
    expect(page.get_by_role("region", name="Annotations", exact=True)).to_contain_text("Chugging")
    assert window_of(page) == (scene.session_from_us, scene.session_to_us)
    noted = scene.rig.people["viewer"].read(f"/projects/{scene.rig.project_id}/annotations", q="Chugging")
    assert format_us(scene.session_from_us) < noted["items"][0]["from"] < noted["items"][0]["to"]


def test_a_link_shows_the_same_elsewhere_and_tells_what_has_changed(
    browser: Browser, open_tab: OpenTab, scene: Scene
) -> None:
    tab = open_tab("owner")
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = tab.open(scene.path(y0="-40,60", a=format_us(scene.session_from_us)))
    shown_number(legend_cell(page, "Flagged"))
    page.get_by_role("button", name="Copy link").click()
    link: str = page.evaluate("navigator.clipboard.readText()")
    query = parse_qs(urlsplit(link).query)
    assert query["tz"] == ["utc"]
    assert query["seen"]
    legend = page.get_by_role("region", name="Sensors that are shown").inner_text()
    elsewhere = browser.new_context(timezone_id="Pacific/Auckland", locale="de-DE")
    try:
        log_in(elsewhere, scene.rig)
        other = elsewhere.new_page()
        other.goto(link)
        other.wait_for_load_state("networkidle")
        shown_number(legend_cell(other, "Flagged"))
        assert other.get_by_role("region", name="Sensors that are shown").inner_text() == legend
        asked = parse_qs(urlsplit(other.url).query)
        assert asked == query
        note = other.get_by_text("Since this link was made")
        assert note.count() == 0
        send_readings(scene.rig, scene.sensor.key, scene.sensor.t_us[:2] + 1, np.array([0.5, 0.25]))
        other.goto(link)
        expect(note).to_contain_text("2 readings more")
        # Whoever looks on sees another window, of which the link said nothing.
        other.get_by_role("button", name="Zoom in").click()
        expect(note).to_be_hidden()
    finally:
        elsewhere.close()


@pytest.mark.nightly
def test_every_reading_is_sent_at_once_or_made_into_a_file(open_tab: OpenTab, scene: Scene) -> None:
    page = open_tab("viewer").open(scene.path(scene.session_from_us, scene.session_to_us))
    sensor = scene.sensor
    is_inside = (sensor.t_us >= scene.session_from_us) & (sensor.t_us < scene.session_to_us)
    shown_number(legend_cell(page, "Flagged"))
    # Without a mouse.
    page.locator("summary", has_text="Export").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Every reading")
    thousands, rest = divmod(int(is_inside.sum()), 1000)
    expect(dialog).to_contain_text(re.compile(rf"About {thousands}\s{rest:03} readings"))
    dialog.get_by_label("Form").select_option("CSV")
    dialog.get_by_role("button", name="Raw").click()
    with page.expect_download() as sent:
        dialog.get_by_role("button", name="Download").click()
    assert raw_values(sent.value.path()) == sensor.raw[is_inside].tolist()
    dialog.get_by_role("button", name="Make a file").click()
    row = dialog.locator("tbody tr").first
    expect(row).to_contain_text("waiting")
    picture(page, "export")
    work_on_exports(exporter_of(scene.rig))
    expect(row).to_contain_text("finished")
    with page.expect_download() as made:
        row.get_by_role("link", name="Download").click()
    content = made.value.path().read_bytes()
    expect(row).to_contain_text(hashlib.sha256(content).hexdigest())
    assert raw_values(made.value.path()) == sensor.raw[is_inside].tolist()
    picture(page, "exported")


def test_gaps_the_future_and_what_is_not_loaded_look_different(open_tab: OpenTab, scene: Scene) -> None:
    tab = open_tab("viewer")
    length_us = 4 * 3600 * SECOND_US
    page = tab.open(scene.path(scene.sensor.from_us - length_us // 2, scene.sensor.from_us + length_us // 2))
    shown_number(legend_cell(page, "Flagged"))
    # Before the readings there is a gap; they are an hour old, and another hour lies in the future.
    gap, future = texture(page, 0.2), texture(page, 0.9)
    tab.context.route("**/api/v1/series?*", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("alert").first).to_be_visible()
    unloaded = texture(page, 0.2)
    assert len({gap, future, unloaded}) == 3
    key = page.get_by_role("list", name="What the textures of a plot say")
    for words in ("no reading", "the future", "not loaded yet", "annotated", "flagged"):
        expect(key).to_contain_text(words)


def test_the_words_of_flags_are_those_of_conversions() -> None:
    told_bits = {
        int(bit): words
        for bit, words in re.findall(r'\[(\d+), "([a-z ]+)"\]', (ROOT / "portal/src/flags.ts").read_text())
    }
    known = re.findall(r"^    ([A-Z_]+) = (\d+)$", (ROOT / "conversion/flags.py").read_text(), re.MULTILINE)
    assert told_bits == {int(bit): name.lower().replace("_", " ") for name, bit in known}


def legend_cell(page: Page, column: str) -> Locator:
    """Of the spiked sensor."""
    legend = page.get_by_role("region", name="Sensors that are shown")
    row = legend.locator("tbody tr", has_text="explore/spiked")
    expect(row).to_be_visible()
    heads = legend.locator("thead th").all_inner_texts()
    return row.locator("td").nth([head.rstrip(" ↑↓") for head in heads].index(column))


def shown_number(cell: Locator) -> float:
    """Once it is there."""
    expect(cell).to_have_text(re.compile(r"\d"))
    return float(re.sub(r"\s", "", cell.inner_text()).replace(MINUS, "-"))


def raw_values(path: Path) -> list[float]:
    """Of a CSV file."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return [float(row["raw"]) for row in csv.DictReader(lines)]


def exporter_of(rig: PortalRig) -> Exporter:
    """As a worker's."""
    assert rig.server.data_dir is not None
    return Exporter(url_of(ProgramRole.WORKER, rig.server.database_url), rig.server.data_dir / "exports", 0)


def told(value: float) -> str:
    """As the portal writes it: six digits, a true minus."""
    return f"{value:.6g}".replace("-", MINUS)


def window_of(page: Page) -> tuple[int, int]:
    """What the address says, once the page rests."""
    page.wait_for_load_state("networkidle")
    query = parse_qs(urlsplit(page.url).query)
    micros: list[Any] = [
        np.datetime64(query[name][0].rstrip("Z"), "us").astype(int) for name in ("from", "to")
    ]
    return int(micros[0]), int(micros[1])


def span_of(page: Page) -> int:
    from_us, to_us = window_of(page)
    return to_us - from_us


def drag(page: Page, what: Locator, by_px: float) -> None:
    """From its middle."""
    what.scroll_into_view_if_needed()
    box = what.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by_px / 2, y, steps=4)
    page.mouse.move(x + by_px, y, steps=4)
    page.mouse.up()


def texture(page: Page, share: float) -> str:
    """A few pixels of the first plot, near its foot, at a share of its width."""
    script = """([share]) => {
        const canvas = document.querySelector(".figure canvas");
        const over = document.querySelector(".figure .u-over");
        const x = (over.offsetLeft + share * over.offsetWidth) * devicePixelRatio;
        const y = (over.offsetTop + over.offsetHeight * 0.8) * devicePixelRatio;
        const copy = Object.assign(document.createElement("canvas"), {width: 16, height: 16});
        const context = copy.getContext("2d", {willReadFrequently: true});
        context.drawImage(canvas, x, y, 16, 16, 0, 0, 16, 16);
        return [...context.getImageData(0, 0, 16, 16).data].join()
    }"""
    return page.evaluate(script, [share])


def log_in(context: BrowserContext, rig: PortalRig) -> None:
    url = rig.server.url
    body = {"email": rig.people["viewer"].email, "password": PASSWORD}
    assert context.request.post(f"{url}/session", data=body, headers={"Origin": url}).ok


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
