"""One of many is chosen by typing, and a list that does not show all says so."""

from dataclasses import dataclass
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.api.server import Person
from tests.portal.conftest import OpenTab
from tests.portal.rig import PortalRig

# More than are offered at once.
MANY = 33


@dataclass(frozen=True)
class Hall:
    """A project with many of each."""

    person: Person
    project: str
    runs: list[str]

    def open(self, open_tab: OpenTab, path: str) -> Page:
        tab = open_tab()
        tab.log_in_as(self.person.email)
        return tab.open(f"{path}{'&' if '?' in path else '?'}project={self.project}")


@pytest.fixture(scope="module")
def hall(rig: PortalRig) -> Hall:
    person = rig.server.person("hall@rig.example")
    project = person.made("/projects", {"name": "Hall 2"})["id"]
    experiments = [
        person.made(f"/projects/{project}/experiments", {"name": f"Series {n:02}"})["id"] for n in range(MANY)
    ]
    runs = [
        person.made(f"/experiments/{experiments[0]}/runs", {"name": f"Firing {n:02}"})["id"]
        for n in range(MANY)
    ]
    for n in range(MANY):
        person.made(f"/projects/{project}/sensors", {"key": f"hall/strain-{n:02}"})
    assert person.patch(f"/experiments/{experiments[1]}", {"status": "archived"}).status_code == 200
    return Hall(person, project, runs)


@pytest.mark.nightly
def test_any_run_can_be_what_a_backfill_is_about(open_tab: OpenTab, hall: Hall) -> None:
    page = hall.open(open_tab, "/backfills/new")
    field = page.get_by_label("Run", exact=True)
    expect(field).to_have_value("Any")
    field.click()
    listed = page.get_by_role("listbox", name="Runs")
    expect(listed.get_by_text("The first 30. Type a part of the name to find others.")).to_be_visible()
    # The newest come first; the first run of all is not among them.
    expect(listed.get_by_role("option", name="Firing 00")).to_have_count(0)
    field.fill("firing 00")
    expect(listed.get_by_role("option", name="Firing 00")).to_be_visible()
    field.press("Enter")
    expect(field).to_have_value("Firing 00")
    expect(page.get_by_label("Capture session")).to_have_value("")
    # And back, by keys alone.
    field.press("ArrowDown")
    expect(listed).to_be_visible()
    expect(listed.get_by_role("option", selected=True)).to_have_text("Any")
    field.press("Enter")
    expect(field).to_have_value("Any")
    expect(page.get_by_label("Capture session")).to_have_count(0)


def test_a_run_is_made_in_any_experiment_that_is_open(open_tab: OpenTab, hall: Hall) -> None:
    page = hall.open(open_tab, "/runs")
    page.get_by_role("button", name="New run", exact=True).click()
    form = page.get_by_role("dialog", name="New run")
    field = form.get_by_label("Experiment", exact=True)
    # The newest, and no list over the form before it is asked for.
    expect(field).to_have_value(f"Series {MANY - 1}")
    expect(form.get_by_role("listbox", name="Experiments")).to_be_hidden()
    field.fill("series 01")
    listed = form.get_by_role("listbox", name="Experiments")
    expect(listed.get_by_text("No experiment that is open fits")).to_be_visible()
    field.press("Escape")
    expect(field).to_have_value(f"Series {MANY - 1}")
    field.fill("series 00")
    expect(listed.get_by_role("option", name="Series 00")).to_be_visible()
    field.press("Enter")
    name = f"Chosen {uuid4()}"
    form.get_by_label("Name of the run", exact=True).fill(name)
    form.get_by_role("button", name="Make run").click()
    expect(form).to_have_count(0)
    (run,) = hall.person.read(f"/projects/{hall.project}/runs", q=name)["items"]
    first = hall.person.read(f"/runs/{hall.runs[0]}")
    assert run["experiment_id"] == first["experiment_id"]


def test_sensors_beyond_those_that_are_offered_are_told_of(open_tab: OpenTab, hall: Hall) -> None:
    page = hall.open(open_tab, "/explore")
    field = page.get_by_label("Add a sensor")
    field.click()
    listed = page.get_by_role("listbox", name="Sensors")
    expect(listed.get_by_text("The first 30.")).to_be_visible()
    # What the arrows have come to is seen.
    for _ in range(25):
        field.press("ArrowDown")
    expect(listed.get_by_role("option", name="hall/strain-25")).to_be_in_viewport()
    field.fill("strain-32")
    expect(listed.get_by_role("option", name="hall/strain-32")).to_be_visible()
    field.press("Enter")
    expect(page.locator(".figure")).to_have_count(1)


def test_what_a_link_names_beyond_what_is_compared_is_told(open_tab: OpenTab, hall: Hall) -> None:
    page = hall.open(open_tab, f"/compare?runs={','.join(hall.runs[:21])}&s=a")
    expect(page.get_by_text("The first 20 of 21 runs are compared.")).to_be_visible()
    keys = "".join(f"&s=k{n}" for n in range(9))
    page = hall.open(open_tab, f"/compare?runs={','.join(hall.runs[:2])}{keys}")
    expect(page.get_by_text("The first 8 of 9 sensors are shown.")).to_be_visible()


def test_alarms_and_annotations_are_narrowed_to_a_sensor_or_a_run_by_the_address(
    open_tab: OpenTab, hall: Hall
) -> None:
    found = hall.person.read(f"/projects/{hall.project}/sensors", q="strain-07")["items"][0]["id"]
    path = f"/projects/{hall.project}/annotations"
    for text, more in (("of the sensor", {"sensors": [found]}), ("of the run", {"run": hall.runs[0]})):
        hall.person.made(path, {"text": text, "from": "now", **more})
    page = hall.open(open_tab, "/annotations")
    rows = page.get_by_role("grid").get_by_text("of the")
    expect(rows).to_have_count(2)
    field = page.get_by_label("Which sensor")
    field.click()
    field.fill("strain-07")
    page.get_by_role("option", name="hall/strain-07").click()
    expect(rows).to_have_text(["of the sensor"])
    assert f"sensor={found}" in page.url
    page.reload()
    expect(field).to_have_value("hall/strain-07")
    expect(rows).to_have_text(["of the sensor"])
    field.click()
    page.get_by_role("option", name="Every sensor").click()
    expect(rows).to_have_count(2)
    run = page.get_by_label("Which run")
    run.click()
    run.fill("firing 00")
    page.get_by_role("option", name="Firing 00").click()
    expect(rows).to_have_text(["of the run"])
    assert f"run={hall.runs[0]}" in page.url
    page = hall.open(open_tab, f"/alarms?show=all&sensor={found}")
    expect(page.get_by_label("Which sensor")).to_have_value("hall/strain-07")
    expect(page.get_by_role("heading", name="No alarm fits")).to_be_visible()
