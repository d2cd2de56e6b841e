"""The page that lays runs over one another: aligned, moved, kept, exported, by keyboard and on a phone."""

import csv
import json
import os
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from tests.portal.compared import capture_runs
from tests.portal.conftest import OpenTab
from tests.portal.rig import PortalRig


@pytest.fixture(scope="module")
def runs(rig: PortalRig) -> list[str]:
    return capture_runs(rig, 20)


def address(runs: list[str], more: str = "") -> str:
    return f"/compare?runs={','.join(runs)}{more}"


def plots(page: Page) -> list[str]:
    return [each.get_attribute("aria-label") or "" for each in page.get_by_role("application").all()]


def test_runs_are_laid_over_one_another_with_differences(open_tab: OpenTab, runs: list[str]) -> None:
    page = open_tab("viewer").open(address(runs[:3]))
    expect(page.get_by_role("application").first).to_be_visible()
    shown = plots(page)
    assert any("Opening 1, Opening 2, Opening 3" in each for each in shown)
    assert any(each.startswith("Plot of Opening 2, Opening 3.") for each in shown)
    expect(page.get_by_text("Difference to Opening 1").first).to_be_visible()
    page.get_by_role("button", name="Difference", exact=True).click()
    expect(page.get_by_text("Difference to Opening 1")).to_have_count(0)
    table = page.get_by_role("region", name="Table: Statistics of what is shown")
    expect(table.get_by_role("row")).to_have_count(1 + 9)
    table.get_by_role("button", name="Mean").click()
    column = table.locator("tbody tr td:nth-child(4)").all_inner_texts()
    # The minus sign of people is another one.
    means = [float(each.replace(chr(0x2212), "-")) for each in column]
    assert means == sorted(means)
    parameters = page.get_by_role("region", name="Table: Parameters")
    expect(parameters.locator("tbody tr").first).to_contain_text("supply_bar")
    page.get_by_label("Only those that differ").check()
    expect(parameters.locator("tbody tr")).to_have_count(1)


def test_time_is_counted_from_where_a_sensor_crosses_a_value(open_tab: OpenTab, runs: list[str]) -> None:
    page = open_tab("viewer").open(address(runs[:3]))
    page.get_by_label("Time is counted from").select_option("crossing")
    page.get_by_label("Sensor", exact=True).select_option("chamber/p1")
    page.get_by_label("Value, bar").fill("60")
    page.get_by_role("button", name="Align").click()
    expect(page).to_have_url(re.compile(r"t0=crossing:chamber%252Fp1:60"))
    page.get_by_label("Value, bar").fill("6000")
    page.get_by_role("button", name="Align").click()
    expect(page.get_by_text("No T0: never crosses: chamber/p1 rising through 6000 bar").first).to_be_visible()


def test_t0_is_moved_by_arrows_and_by_typing(open_tab: OpenTab, runs: list[str]) -> None:
    page = open_tab("viewer").open(address(runs[:2], "&window=0,40000000"))
    moved = page.get_by_label("T0 of Opening 2 is moved by")
    moved.fill("-150ms")
    moved.press("Enter")
    expect(page).to_have_url(re.compile(f"shift={runs[1]}:-150000"))
    page.get_by_label(re.compile("Move T0 of Opening 2 on by")).click()
    expect(page).not_to_have_url(re.compile(":-150000"))
    moved.press("ArrowDown")
    expect(page).to_have_url(re.compile(":-150000"))
    page.get_by_label("Opening 2 is the baseline").check()
    expect(page.get_by_text("Difference to Opening 2").first).to_be_visible()


def test_a_line_is_dragged_where_it_belongs(open_tab: OpenTab, runs: list[str]) -> None:
    page = open_tab("viewer").open(address(runs[:2], "&s=chamber/p1&window=0,40000000"))
    page.get_by_role("button", name="Drag the line of Opening 2").click()
    handle = page.get_by_role("slider", name="Where the line of Opening 2 lies")
    box = handle.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 100, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 50, steps=4)
    page.mouse.up()
    # Back by 40 pixels: T0 lies later by what these stand for.
    expect(page).to_have_url(re.compile(rf"shift={runs[1]}:\d+"))
    found = re.search(r"shift=[0-9a-f-]+:(\d+)", page.url)
    assert found is not None
    assert int(found[1]) == pytest.approx(40_000_000 * 40 / box["width"], rel=0.1)
    handle.focus()
    handle.press("ArrowLeft")
    expect(page).not_to_have_url(re.compile(f":{found[1]}(&|$)"))
    handle.press("Escape")
    expect(handle).to_have_count(0)


def test_metrics_of_runs_are_compared_by_step_and_by_time(
    open_tab: OpenTab, rig: PortalRig, runs: list[str]
) -> None:
    owner = rig.people["owner"]
    for place, run in enumerate(runs[:2]):
        points = [{"name": "loss", "step": step, "value": 1 / step + place} for step in range(1, 30)]
        points.append({"name": "loss", "step": 30, "value": "NaN"})
        owner.made(f"/runs/{run}/metrics", {"points": points})
    page = open_tab("viewer").open(address(runs[:2]))
    page.get_by_role("button", name="Metrics", exact=True).click()
    expect(page).to_have_url(re.compile("of=metrics"))
    plot = page.get_by_role("application", name=re.compile("Opening 1, Opening 2. Steps 1 to"))
    expect(plot).to_be_visible()
    table = page.get_by_role("region", name="Table: Statistics of what is shown")
    expect(table.locator("tbody tr").first).to_contain_text("loss")
    expect(table.locator("tbody tr").last).to_contain_text("step 1")
    plot.focus()
    plot.press("ArrowRight")
    expect(page.locator("output").first).to_contain_text("Step")
    moved = page.get_by_label("Step 0 of Opening 2 is moved by")
    moved.fill("3")
    moved.press("Enter")
    expect(page).to_have_url(re.compile(f"shift={runs[1]}:3"))
    page.get_by_role("button", name="By time").click()
    expect(page).to_have_url(re.compile("by=time"))
    expect(page.get_by_role("application").first).to_have_accessible_name(re.compile("after the beginning"))


def test_plots_are_read_as_tables(open_tab: OpenTab, runs: list[str]) -> None:
    page = open_tab("viewer").open(address(runs[:2], "&s=chamber/p1"))
    expect(page.get_by_role("application").first).to_be_visible()
    page.get_by_role("button", name="Table", exact=True).click()
    table = page.get_by_role("region", name="Table: chamber/p1: mean, bar")
    expect(table.get_by_role("columnheader")).to_have_text(["Since T0", "Opening 1", "Opening 2"])
    assert table.locator("tbody tr").count() > 20
    expect(page.get_by_role("application")).to_have_count(0)
    page.get_by_role("button", name="Table", exact=True).click()
    page.get_by_role("application").first.press("t")
    expect(table).to_be_visible()
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/compare-table.png")
        page.set_viewport_size({"width": 360, "height": 740})
        page.screenshot(path=f"{folder}/compare-table-360.png")


def test_a_comparison_is_kept_and_opened_again(open_tab: OpenTab, runs: list[str]) -> None:
    tab = open_tab("editor")
    page = tab.open(address(runs[:2], "&s=feed/t1"))
    page.get_by_role("button", name="Save").click()
    page.get_by_role("textbox", name="Name").fill("Slow openings")
    page.get_by_role("button", name="Keep").click()
    expect(page).to_have_url(re.compile("saved="))
    tab.open("/compare")
    page.get_by_role("button", name="Slow openings").click()
    expect(page.get_by_role("application").first).to_be_visible()
    expect(page).to_have_url(re.compile(f"runs={','.join(runs[:2])}&s=feed%2Ft1"))


def test_what_is_compared_is_a_file(open_tab: OpenTab, runs: list[str]) -> None:
    page = open_tab("viewer").open(address(runs[:2], "&s=chamber/p1"))
    page.get_by_title("Export the comparison").click()
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV, a column for each member").click()
    rows = list(csv.reader(StringIO(started.value.path().read_text())))
    assert rows[0] == ["elapsed_us", "chamber/p1 Opening 1 mean [bar]", "chamber/p1 Opening 2 mean [bar]"]
    assert len(rows) > 50


@pytest.mark.parametrize(
    ("item", "read"),
    [
        ("CSV, a row for each value", pl.read_csv),
        ("Parquet", pl.read_parquet),
        ("Arrow", pl.read_ipc_stream),
    ],
)
def test_a_file_is_of_the_kind_that_was_chosen(
    open_tab: OpenTab, runs: list[str], item: str, read: Callable[[Path], pl.DataFrame]
) -> None:
    page = open_tab("viewer").open(address(runs[:2], "&s=chamber/p1&s=feed/t1"))
    page.get_by_title("Export the comparison").click()
    with page.expect_download() as started:
        page.get_by_role("button", name=item, exact=True).click()
    table = read(started.value.path())
    assert set(table["key"]) == {"chamber/p1", "feed/t1"}
    assert table["mean"].null_count() < len(table)


def test_the_whole_answer_is_a_file(open_tab: OpenTab, runs: list[str]) -> None:
    page = open_tab("viewer").open(address(runs[:2], "&s=chamber/p1"))
    page.get_by_title("Export the comparison").click()
    with page.expect_download() as started:
        page.get_by_role("button", name="JSON, with spread and differences").click()
    answer = json.loads(started.value.path().read_text())
    assert [each["run_id"] for each in answer["members"]] == runs[:2]
    assert all(answer[part] for part in ("spread", "difference", "summary"))


@pytest.mark.nightly
def test_twenty_runs_are_told_apart(open_tab: OpenTab, runs: list[str]) -> None:
    page = open_tab("viewer", theme="dark").open(address(runs, "&s=chamber/p1"))
    members = page.locator(".members li")
    expect(members).to_have_count(20)
    drawn = members.locator(".swatch").evaluate_all("each => each.map((one) => one.style.background)")
    assert len(set(drawn)) == 20
    expect(page.get_by_role("application").first).to_have_accessible_name(re.compile("Opening 20"))
    members.last.get_by_role("link", name="Opening 20", exact=True).focus()
    expect(members.last).to_have_class("picked")
    _look(page, "compare-20")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


@pytest.mark.nightly
def test_units_that_can_t_be_joined_are_named_and_left_out(
    open_tab: OpenTab, rig: PortalRig, runs: list[str]
) -> None:
    other = _foreign_run(rig)
    page = open_tab("owner").open(f"/compare?runs={runs[0]},{other}")
    refused = page.get_by_role("alert")
    expect(refused).to_contain_text("chamber/p1 is in bar in Opening 1 and in K in Foreign")
    # Whose lines can't be drawn stand there all the same.
    expect(page.locator(".members li")).to_have_count(2)
    expect(page.locator(".members")).to_contain_text("Foreign")
    _look(page, "compare-units")
    page.get_by_role("button", name="Leave chamber/p1 out").click()
    expect(refused).to_have_count(0)
    expect(page).to_have_url(re.compile("s=chamber%2Fp2"))
    expect(page.get_by_role("application").first).to_be_visible()
    page.get_by_label("Add a sensor").fill("chamber/p1")
    page.get_by_role("option", name="chamber/p1").click()
    expect(refused).to_be_visible()
    page.get_by_role("button", name="Leave Foreign out").click()
    expect(page.get_by_text("Choose two runs or more")).to_be_visible()


@pytest.mark.nightly
def test_a_comparison_that_is_kept_is_changed_under_its_name(
    open_tab: OpenTab, rig: PortalRig, runs: list[str]
) -> None:
    owner = rig.people["owner"]
    question = {
        "runs": runs[:2],
        "sensors": ["feed/t1"],
        "align": {"capture_session": 1},
        "shift_us": {runs[1]: 5_000_000},
    }
    body = {"name": "Moved openings", "question": question}
    saved = owner.made(f"/projects/{rig.project_id}/comparisons", body)["id"]
    page = open_tab("editor").open(
        f"{address(runs[:2], '&s=feed/t1')}&t0=crossing:feed%252Ft1:60&saved={saved}"
    )
    expect(page.get_by_role("application").first).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Moved openings")
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    kept = owner.read(f"/comparisons/{saved}")["question"]
    assert kept["align"]["sensor"] == "feed/t1"
    assert "shift_us" not in kept or not kept["shift_us"]
    page.get_by_role("button", name="Save").click()
    page.get_by_role("textbox", name="Name").fill("Another name")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page).not_to_have_url(re.compile(saved))


def _foreign_run(rig: PortalRig) -> str:
    """Of another project, whose sensors are called the same and measure something else."""
    owner = rig.people["owner"]
    project = owner.made("/projects", {"name": "Other rig"})["id"]
    run = owner.made(
        f"/experiments/{owner.made(f'/projects/{project}/experiments', {'name': 'e'})['id']}/runs",
        {"name": "Foreign", "status": "running"},
    )["id"]
    for key, unit in (("chamber/p1", "K"), ("chamber/p2", "bar")):
        sensor = owner.made(f"/projects/{project}/sensors", {"key": key, "output_unit": unit})["id"]
        assert owner.send("PUT", f"/runs/{run}/sensors/{sensor}").status_code == 200
    session = owner.made(f"/runs/{run}/capture-sessions", {"start": True})["id"]
    owner.made(f"/capture-sessions/{session}:stop", {})
    return run


def _look(page: Page, name: str) -> None:
    """For whoever wants to see it."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")
        size = page.viewport_size
        page.set_viewport_size({"width": 360, "height": 740})
        page.screenshot(path=f"{folder}/{name}-360.png")
        if size:
            page.set_viewport_size(size)


def test_capture_sessions_are_compared_too(open_tab: OpenTab, rig: PortalRig, runs: list[str]) -> None:
    owner = rig.people["owner"]
    sessions = [owner.read(f"/runs/{run}/capture-sessions")["items"][0]["id"] for run in runs[:2]]
    page = open_tab("viewer").open(f"/compare?sessions={','.join(sessions)}")
    assert any("Opening 1 #1, Opening 2 #1" in each for each in plots(page))


@pytest.mark.nightly
def test_ten_runs_fit_a_phone_and_are_read_by_keyboard(open_tab: OpenTab, runs: list[str]) -> None:
    tab = open_tab("viewer", width=360)
    page = tab.open(address(runs[:10]))
    plot = page.get_by_role("application").first
    expect(plot).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    plot.focus()
    plot.press("ArrowRight")
    expect(page.locator("output").first).to_contain_text("Opening 10")
    plot.press("+")
    expect(page).to_have_url(re.compile("window="))
    plot.press("Home")
    expect(page).not_to_have_url(re.compile("window="))
