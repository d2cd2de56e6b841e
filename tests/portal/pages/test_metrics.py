"""Metrics of a run: drawn by step and by time, beside other runs, in numbers, and while they are logged."""

import csv
import re
from io import StringIO

import pytest
from playwright.sync_api import expect

from tests.portal.conftest import OpenTab
from tests.portal.rig import PortalRig


def log(rig: PortalRig, run: str, name: str, values: dict[int, float | str]) -> None:
    points = [{"name": name, "step": step, "value": value} for step, value in values.items()]
    rig.people["owner"].made(f"/runs/{run}/metrics", {"points": points})


@pytest.fixture(scope="module")
def runs(rig: PortalRig) -> list[str]:
    """One that goes on, and one beside it; of many names."""
    owner = rig.people["owner"]
    made: list[str] = []
    for place, name in enumerate(("Training one", "Training two")):
        run = owner.made(f"/experiments/{rig.experiment_id}/runs", {"name": name})["id"]
        assert owner.patch(f"/runs/{run}", {"status": "running"}).status_code == 200
        log(rig, run, "loss", {step: 10 / step + place for step in range(1, 40)} | {40: "NaN", 41: 0})
        log(rig, run, "accuracy", {step: step / 40 for step in range(1, 41)})
        made.append(run)
    body = [{"name": f"layer {n:03}", "step": 1, "value": n} for n in range(100)]
    owner.made(f"/runs/{made[0]}/metrics", {"points": body})
    return made


def test_metrics_are_found_drawn_smoothed_and_told(open_tab: OpenTab, runs: list[str]) -> None:
    page = open_tab("viewer").open(f"/runs/{runs[0]}")
    page.get_by_role("link", name="Metrics", exact=True).click()
    table = page.get_by_role("region", name="Table: Metrics in short")
    expect(table.locator("tbody tr")).to_have_count(50)
    expect(page.get_by_text("52 more: search for them by their names.")).to_be_visible()
    page.get_by_label("Search 102 metrics").fill("LOSS")
    expect(table.locator("tbody tr")).to_have_count(1)
    expect(table.locator("tbody tr")).to_contain_text("0 @ 41")
    table.get_by_role("checkbox", name="loss").check()
    plot = page.get_by_role("application", name=re.compile(r"^Plot of Training one\. Steps 1 to 41"))
    expect(plot.last).to_be_visible()
    expect(page.get_by_text("Of Training one, not drawn: 1 NaN.")).to_be_visible()
    page.get_by_label("Log scale").check()
    expect(page.get_by_text(re.compile("1 NaN, 1 0 or less"))).to_be_visible()
    page.get_by_label("Smoothing").select_option("0.9")
    expect(page.get_by_role("application", name=re.compile("Training one, smoothed")).first).to_be_visible()
    expect(page).to_have_url(re.compile("smooth=0.9&log=1"))


def test_runs_are_laid_over_one_another_zoomed_and_taken_along(open_tab: OpenTab, runs: list[str]) -> None:
    page = open_tab("viewer").open(f"/runs/{runs[0]}?tab=metrics&m=loss")
    page.get_by_role("button", name="Lay a run over it").click()
    page.get_by_label("Search runs of the project").fill("Training two")
    page.get_by_role("button", name=re.compile("Training two")).click()
    plot = page.get_by_role("application", name=re.compile("Plot of Training one, Training two"))
    expect(plot).to_be_visible()
    plot.focus()
    plot.press("ArrowRight")
    expect(page.locator("output").first).to_contain_text("Training two")
    plot.press("+")
    expect(page).to_have_url(re.compile("window="))
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV").click()
    rows = list(csv.DictReader(StringIO(started.value.path().read_text())))
    assert {row["run"] for row in rows} == {"Training one", "Training two"}
    assert 10 <= len(rows) < 60
    plot.focus()
    plot.press("t")
    table = page.get_by_role("region", name="Table: Points of loss")
    expect(table.get_by_role("columnheader")).to_have_text(["Step", "Training one", "Training two"])
    page.get_by_role("button", name="All of it").click()
    expect(table.locator("tbody tr")).to_have_count(41)
    expect(table.locator("tbody tr").nth(39)).to_contain_text("NaN")
    page.get_by_role("button", name="By time").click()
    expect(table.get_by_role("columnheader").first).to_have_text("Since the start")
    page.get_by_role("link", name="Compare them").click()
    expect(page).to_have_url(re.compile(r"/compare\?runs=.*of=metrics&s=loss&by=time"))


def test_what_is_logged_is_seen_while_the_run_goes_on(
    open_tab: OpenTab, rig: PortalRig, runs: list[str]
) -> None:
    page = open_tab("viewer").open(f"/runs/{runs[1]}?tab=metrics&m=accuracy&table=1")
    rows = page.get_by_role("region", name="Table: Points of accuracy").locator("tbody tr")
    expect(rows).to_have_count(40)
    log(rig, runs[1], "accuracy", {41: 0.99})
    expect(rows).to_have_count(41, timeout=60_000)


def test_a_run_without_metrics_says_how_they_come_and_fits_a_phone(
    open_tab: OpenTab, rig: PortalRig, runs: list[str]
) -> None:
    bare = rig.people["owner"].made(f"/experiments/{rig.experiment_id}/runs", {"name": "Bare"})["id"]
    tab = open_tab("viewer", width=360)
    expect(
        tab.open(f"/runs/{bare}?tab=metrics").get_by_text("The run has logged no metric yet")
    ).to_be_visible()
    page = tab.open(f"/runs/{runs[0]}?tab=metrics&over={runs[1]}")
    expect(page.get_by_role("application").first).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
