"""Measures: defined in the project, read on a run, and used to find and order runs."""

import os

import psycopg
import pytest
from playwright.sync_api import Locator, expect

from tests.portal.conftest import OpenTab
from tests.portal.rig import PortalRig


@pytest.fixture(scope="module")
def runs(rig: PortalRig) -> list[str]:
    """Three that have values, as the worker would leave them; that of the last one is stale."""
    owner = rig.people["owner"]
    body = {"name": "top_p1", "sensor": "chamber/p1", "stat": "max"}
    owner.made(f"/projects/{rig.project_id}/measures", body)
    made: list[str] = []
    with psycopg.connect(rig.server.database_url) as connection:
        for place, value in enumerate((90.5, 97.25, 95.0)):
            run = owner.made(f"/experiments/{rig.experiment_id}/runs", {"name": f"Measured {place}"})["id"]
            connection.execute(
                "insert into measure_value"
                " (measure_id, run_id, stretches, definition, value, readings, computed_at)"
                " select measure.id, run.id, '{}', measure.definition - %s, %s, 600, now()"
                " from measure, run where measure.name = 'top_p1' and run.public_id = %s",
                (1 if place == 2 else 0, value, run),
            )
            made.append(run)
        connection.execute("delete from measure_due")
    return made


def test_a_measure_is_defined_changed_and_deleted(open_tab: OpenTab) -> None:
    page = open_tab("editor").open("/project?tab=measures")
    page.get_by_role("button", name="New measure", exact=True).click()
    form = page.get_by_role("dialog")
    form.get_by_label("Name").fill("burn_s")
    form.get_by_label("Statistic").fill("duration")
    form.get_by_label("Of the sensor (key)").fill("chamber/p1")
    form.get_by_label("Which time counts").select_option("above")
    form.get_by_label("That sensor (key)").fill("feed/nothing")
    form.get_by_label("Above").fill("0.5")
    form.get_by_role("button", name="Make measure", exact=True).click()
    expect(form.get_by_text("the project has no sensor feed/nothing", exact=True)).to_be_visible()
    form.get_by_label("That sensor (key)").fill("feed/flow")
    expect(form.get_by_text("how long feed/flow > 0.5, while chamber/p1 took part")).to_be_visible()
    form.get_by_role("button", name="Make measure", exact=True).click()
    row = page.get_by_role("row", name="burn_s")
    expect(row).to_contain_text("how long feed/flow > 0.5")
    row.get_by_role("button", name="Change").click()
    form.get_by_label("Statistic").fill("p99")
    form.get_by_label("Which time counts").select_option("always")
    form.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("p99 of chamber/p1")
    row.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("row", name="burn_s")).to_have_count(0)


def test_a_definition_says_what_it_would_be_before_it_is_kept(open_tab: OpenTab, rig: PortalRig) -> None:
    owner, key = rig.people["owner"], "chamber/previewed"
    sensor = owner.made(f"/projects/{rig.project_id}/sensors", {"key": key})
    form = open_definition(open_tab)
    form.get_by_label("Of the sensor (key)").fill("feed/nothing")
    expect(form.get_by_text("it asks for what the project does not have")).to_be_visible()
    form.get_by_label("Of the sensor (key)").fill(key)
    expect(form.get_by_text("No run has captured this sensor yet.")).to_be_visible()
    run = owner.made(f"/experiments/{rig.experiment_id}/runs", {"name": "Previewed"})["id"]
    owner.send("PUT", f"/runs/{run}/sensors/{sensor['id']}").raise_for_status()
    owner.patch(f"/runs/{run}", {"status": "running"}).raise_for_status()
    session = owner.made(f"/runs/{run}/capture-sessions", {"start": True})["id"]
    owner.made(f"/capture-sessions/{session}:stop")
    form = open_definition(open_tab)
    form.get_by_label("Of the sensor (key)").fill(key)
    form.get_by_label("Statistic").fill("count")
    expect(form.get_by_text("Of Previewed: ")).to_be_visible()


def open_definition(open_tab: OpenTab) -> Locator:
    page = open_tab("editor").open("/project?tab=measures")
    page.get_by_role("button", name="New measure", exact=True).click()
    return page.get_by_role("dialog")


def test_a_run_shows_what_was_measured_and_whether_it_holds(open_tab: OpenTab, runs: list[str]) -> None:
    tab = open_tab("viewer")
    table = tab.open(f"/runs/{runs[1]}?tab=metrics").get_by_role("region", name="Table: Measures of the run")
    expect(table).to_contain_text("97.25 bar")
    expect(table).to_contain_text("max of chamber/p1")
    expect(table.get_by_text("stale")).to_have_count(0)
    table = tab.open(f"/runs/{runs[2]}?tab=metrics").get_by_role("region", name="Table: Measures of the run")
    expect(table.get_by_text("stale")).to_be_visible()


def test_runs_are_ordered_and_found_by_a_measure(open_tab: OpenTab, runs: list[str]) -> None:
    page = open_tab("viewer").open("/runs")
    page.get_by_label("Column").select_option("top_p1")
    rows = page.get_by_role("row").filter(has_text="Measured")
    expect(rows.nth(0)).to_contain_text("97.25")
    expect(rows.nth(2)).to_contain_text("90.5")
    page.get_by_label("Only runs with").fill("top_p1 is high")
    page.get_by_label("Only runs with").press("Enter")
    expect(page.get_by_text("A measure, one of")).to_be_visible()
    page.get_by_label("Only runs with").fill("top_p1 > 95")
    page.get_by_label("Only runs with").press("Enter")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="top_p1>95").click()
    expect(rows).to_have_count(3)
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/measure-runs.png")
        page.goto(f"/runs/{runs[2]}?tab=metrics")
        page.wait_for_timeout(2000)
        page.screenshot(path=f"{folder}/measure-run.png")
        page.goto("/project?tab=measures")
        page.wait_for_timeout(1500)
        page.screenshot(path=f"{folder}/measure-project.png")
        page.set_viewport_size({"width": 360, "height": 740})
        page.screenshot(path=f"{folder}/measure-project-360.png")
