"""Long lists in the browser: rows as they are seen, keys, filters in the address, many runs at once."""

import re
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.portal.conftest import OpenTab
from tests.portal.rig import PortalRig

RUNS = 450
PROJECT = "insert into project (name) values ('Long lists') returning id, public_id"
MEMBERS = """
    insert into member (project_id, account_id, role)
    select %(project)s, id, case when email like 'owner%%' then 'owner' else 'viewer' end
    from account where email in (%(owner)s, %(viewer)s)
"""
EXPERIMENT = """
    insert into experiment (project_id, name, status, started_at)
    values (%(project)s, 'Endurance', 'running', '2026-01-01') returning id
"""
MADE_RUNS = """
    insert into run (project_id, experiment_id, name, tags, status, started_at, finished_at, created_at)
    select
        %(project)s,
        %(experiment)s,
        format('Run %%s', number),
        array[format('rig-%%s', number %% 3)],
        case number %% 2 when 0 then 'running' else 'finished' end,
        '2026-02-01'::timestamptz - number * interval '1 hour',
        case when number %% 2 = 1 then '2026-02-02'::timestamptz end,
        '2026-02-01'::timestamptz - number * interval '1 hour'
    from generate_series(1, %(runs)s) as number
"""


@pytest.fixture(scope="module")
def project(rig: PortalRig) -> str:
    """A project with more runs than a page holds; its public id."""
    people = {role: person.email for role, person in rig.people.items()}
    with psycopg.connect(rig.server.database_url) as connection:
        row = connection.execute(PROJECT).fetchone()
        assert row is not None
        connection.execute(MEMBERS, {"project": row[0], **people})
        # What is made by hand passes no guard.
        connection.execute("select set_config('session_replication_role', 'replica', true)")
        made = connection.execute(EXPERIMENT, {"project": row[0]}).fetchone()
        assert made is not None
        connection.execute(MADE_RUNS, {"project": row[0], "experiment": made[0], "runs": RUNS})
    return str(row[1])


def drawn(grid: Locator) -> int:
    return grid.locator("[data-row]").count()


def run_names(page: Page) -> list[str]:
    return page.get_by_role("grid", name="Runs").locator("[data-row] a").all_inner_texts()


def test_a_long_list_is_read_and_drawn_as_it_is_scrolled(open_tab: OpenTab, project: str) -> None:
    page = open_tab("owner").open(f"/runs?project={project}")
    grid = page.get_by_role("grid", name="Runs")
    expect(grid.get_by_role("link", name="Run 1", exact=True)).to_be_visible()
    expect(grid).to_have_attribute("aria-rowcount", str(RUNS + 1))
    assert drawn(grid) < 60
    for _ in range(8):
        grid.evaluate("frame => frame.scrollTo(0, frame.scrollHeight)")
        if grid.get_by_role("link", name=f"Run {RUNS}", exact=True).count():
            break
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(100)
    expect(grid.get_by_role("link", name=f"Run {RUNS}", exact=True)).to_be_visible()
    expect(page.get_by_text(f"of {RUNS}")).to_be_visible()
    assert drawn(grid) < 60
    grid.evaluate("frame => frame.scrollTo(0, 0)")
    expect(grid.get_by_role("link", name="Run 1", exact=True)).to_be_visible()

    # The keyboard takes the rows as one.
    grid.locator("[data-row='0']").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(grid.locator("[data-row='2']")).to_be_focused()
    page.keyboard.press("Space")
    expect(grid.locator("[data-row='2']")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+Space")
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.keyboard.press("End")
    expect(grid.locator(f"[data-row='{RUNS - 1}']")).to_be_focused()
    page.keyboard.press("Home")
    expect(grid.locator("[data-row='0']")).to_be_focused()
    page.keyboard.press("Tab")
    expect(grid.get_by_label("Choose Run 1", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('[data-row]') === null")
    grid.locator("[data-row='0']").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/runs/[0-9a-f-]{36}$"))


def test_filters_stand_in_the_address_and_are_remembered(open_tab: OpenTab, project: str) -> None:
    page = open_tab("viewer").open(f"/runs?project={project}")
    facets = page.locator(".facets")
    facets.get_by_role("button", name=re.compile("^finished")).click()
    facets.get_by_role("button", name=re.compile("^rig-1")).click()
    expect(page).to_have_url(re.compile("status=finished&tag=rig-1"))
    expect(page.get_by_text("of 75")).to_be_visible()
    expect(facets.get_by_role("button", name=re.compile("^finished"))).to_contain_text("75")
    page.get_by_label("Filter by name or notes").fill("run 10")
    expect(page).to_have_url(re.compile("q=run\\+10"))
    expect(page.get_by_role("link", name="Run 103", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Run 1", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page).to_have_url(re.compile("sort=name"))
    assert run_names(page) == sorted(run_names(page))
    page.get_by_role("link", name="Sensors").first.click()
    expect(page).to_have_url(re.compile("/sensors"))
    page.get_by_role("link", name="Runs").first.click()
    expect(page).to_have_url(re.compile("status=finished"))
    page.get_by_role("button", name="Clear all").click()
    expect(page.get_by_text(f"of {RUNS}")).to_be_visible()
    facets.get_by_role("button", name=re.compile("^2026-02|^2026-01")).first.click()
    expect(page).to_have_url(re.compile("from=2026-"))


HOUR_TYPED = "2026-11-26 10:00:00 to 2026-11-26 11:00:00"
HOUR_ASKED = ("from=2026-11-26T10%3A00", "to=2026-11-26T11%3A00")
# Page, what is typed by label, and what the API is then asked.
FILTERED: tuple[tuple[str, dict[str, str], tuple[str, ...]], ...] = (
    ("/gateways", {"Filter by name": "daq"}, ("/producers?", "q=daq")),
    ("/calibrations", {"Filter by key or name": "feed"}, ("/sensors?", "q=feed")),
    (
        "/annotations",
        {"Filter by text": "valve", "Tag": "hot", "When": HOUR_TYPED},
        ("/annotations?", "q=valve", "tag=hot", *HOUR_ASKED),
    ),
    ("/alarms", {"When": HOUR_TYPED}, ("/alarms?", *HOUR_ASKED)),
    ("/events", {"When": HOUR_TYPED}, ("/events?", *HOUR_ASKED)),
    (
        "/project?tab=audit",
        {"Action, such as sensor.create": "sensor.create", "When": HOUR_TYPED},
        ("/audit?", "action=sensor.create", *HOUR_ASKED),
    ),
)


def test_a_link_to_filtered_rows_leads_to_the_same_ones(open_tab: OpenTab) -> None:
    maker, reader = open_tab("viewer"), open_tab("viewer").page
    for path, typed, asked in FILTERED:
        page = maker.open(path)
        for label, text in typed.items():
            page.get_by_label(label, exact=True).fill(text)
            page.keyboard.press("Tab")
        for part in asked[1:]:
            expect(page).to_have_url(re.compile(re.escape(part)))
        with reader.expect_request(lambda request, asked=asked: all(part in request.url for part in asked)):
            reader.goto(page.url)
        for label, text in typed.items():
            expect(reader.get_by_label(label, exact=True), path).to_have_value(text)


def test_a_period_that_can_not_be_read_is_said(open_tab: OpenTab) -> None:
    page = open_tab("viewer").open("/annotations")
    when = page.get_by_label("When", exact=True)
    when.fill("some time ago")
    when.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("no period")
    expect(when).to_have_value("some time ago")
    when.fill("last 2 h")
    when.press("Enter")
    expect(page).to_have_url(re.compile("last=2h"))
    expect(page.get_by_role("alert")).to_have_count(0)


def test_columns_are_chosen_and_kept_with_the_account(open_tab: OpenTab, project: str) -> None:
    tab = open_tab("viewer")
    page = tab.open(f"/runs?project={project}")
    head = page.get_by_role("grid", name="Runs").get_by_role("columnheader")
    expect(head.filter(has_text="Git")).to_be_visible()
    page.get_by_text("Columns", exact=True).click()
    with page.expect_response(re.compile("/auth/me")):
        page.get_by_label("Git", exact=True).uncheck()
    with page.expect_response(re.compile("/auth/me")):
        page.get_by_label("Finished", exact=True).check()
    expect(head.filter(has_text="Git")).to_have_count(0)
    expect(head.filter(has_text="Finished")).to_be_visible()
    elsewhere = open_tab("viewer").open(f"/runs?project={project}")
    other = elsewhere.get_by_role("grid", name="Runs").get_by_role("columnheader")
    expect(other.filter(has_text="Finished")).to_be_visible()
    expect(other.filter(has_text="Git")).to_have_count(0)
    elsewhere.get_by_text("Columns", exact=True).click()
    with elsewhere.expect_response(re.compile("/auth/me")):
        elsewhere.get_by_role("button", name="As they fit").click()


def test_many_runs_are_changed_and_each_that_is_not_says_why(
    open_tab: OpenTab, rig: PortalRig, project: str
) -> None:
    page = open_tab("owner").open(f"/runs?project={project}")
    for number in (1, 2, 6):
        page.get_by_label(f"Choose Run {number}", exact=True).check()
    expect(page.get_by_role("link", name="Compare", exact=True)).to_have_count(2)
    page.get_by_label("Tags to add or remove").fill("hot, new")
    with page.expect_response(re.compile("runs:bulk-tags")):
        page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("3 of 3 runs changed")).to_be_visible()
    page.get_by_role("button", name="Finish", exact=True).click()
    refused = page.get_by_role("alert").filter(has_text="not changed")
    expect(refused).to_contain_text("One run was not changed")
    expect(refused).to_contain_text(re.compile("Run 1: .*finished"))
    listed: list[dict[str, Any]] = rig.people["owner"].read(f"/projects/{project}/runs", tag="hot")["items"]
    assert {run["name"]: run["status"] for run in listed} == dict.fromkeys(
        ("Run 1", "Run 2", "Run 6"), "finished"
    )
    assert all({"hot", "new"} <= set(run["tags"]) for run in listed)
    page.get_by_label("Tags to add or remove").fill("new")
    with page.expect_response(re.compile("runs:bulk-tags")):
        page.get_by_role("button", name="Remove", exact=True).click()
    assert rig.people["owner"].read(f"/projects/{project}/runs", tag="new")["items"] == []


def test_sensors_are_found_by_what_they_are(open_tab: OpenTab, rig: PortalRig) -> None:
    tab = open_tab("viewer")
    page = tab.open(f"/sensors?project={rig.project_id}")
    facets = page.locator(".facets")
    facets.get_by_role("button", name=re.compile("^degC")).click()
    expect(page).to_have_url(re.compile("unit=degC"))
    grid = page.get_by_role("grid", name="Sensors")
    expect(grid.get_by_role("link")).to_have_count(1)
    expect(grid.get_by_role("link", name="feed/t1")).to_be_visible()
    refused = grid.get_by_role("button", name="Switch off")
    expect(refused).to_have_attribute("aria-disabled", "true")
    page.get_by_label("Choose feed/t1").check()
    page.get_by_role("link", name="Explore", exact=True).last.click()
    expect(page).to_have_url(re.compile(f"/explore\\?s={rig.sensor_ids[2]}"))


def test_rows_are_cards_where_there_is_little_room(open_tab: OpenTab, project: str) -> None:
    page = open_tab("viewer", width=360).open(f"/runs?project={project}")
    first = page.get_by_role("grid", name="Runs").locator("[data-row='0']")
    expect(first).to_contain_text("Run 1")
    box = first.bounding_box()
    assert box is not None
    assert box["height"] > 100
    page.get_by_text("Filters").click()
    page.locator(".facets").get_by_role("button", name=re.compile("^running")).click()
    # Two of them are finished by another test.
    expect(page.get_by_text(re.compile("of 22[35]$"))).to_be_visible()


def scroll_to(page: Page, name: str) -> Locator:
    """A row far down, once the pages before it have been read."""
    grid = page.get_by_role("grid", name="Runs")
    row = grid.locator("[data-row]").filter(has=page.get_by_role("link", name=name, exact=True))
    for _ in range(100):
        if row.count():
            break
        grid.evaluate("frame => frame.scrollBy(0, 900)")
        page.wait_for_timeout(50)
    row.evaluate("row => row.scrollIntoView({ block: 'center' })")
    page.wait_for_load_state("networkidle")
    return row


def test_back_leads_to_the_same_rows(open_tab: OpenTab, project: str) -> None:
    page = open_tab("viewer").open(f"/runs?project={project}")
    scroll_to(page, "Run 250").get_by_role("link", name="Run 250", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Run 250")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("link", name="Run 250", exact=True)).to_be_in_viewport()
    page.get_by_role("link", name="Sensors").first.click()
    page.get_by_role("link", name="Runs").first.click()
    expect(page.get_by_role("link", name="Run 1", exact=True)).to_be_in_viewport()


def test_rows_stay_where_they_are_while_new_ones_come(
    open_tab: OpenTab, rig: PortalRig, project: str
) -> None:
    owner = rig.people["owner"]
    experiment = owner.read(f"/projects/{project}/experiments")["items"][0]["id"]
    page = open_tab("viewer").open(f"/runs?project={project}")
    row = scroll_to(page, "Run 60")
    place, top = row.get_attribute("data-row"), row.bounding_box()
    owner.made(f"/experiments/{experiment}/runs", {"name": "A new one"})
    expect(row).not_to_have_attribute("data-row", str(place))
    assert row.bounding_box() == top
