"""No project, many projects, many sensors: what a page says at first, and how one of many is found."""

from uuid import UUID, uuid4

import psycopg
import pytest
from playwright.sync_api import expect

from tests.api.server import Person
from tests.portal.conftest import BrowserTab, OpenTab
from tests.portal.rig import PortalRig

PROJECTS, SENSORS = 60, 260
LONG_NAME = "Prüfstand 7, 燃焼試験, mit einem Namen, der länger ist als die Leiste breit ist"


def tab_of(open_tab: OpenTab, person: Person) -> BrowserTab:
    tab = open_tab()
    tab.log_in_as(person.email)
    return tab


def test_who_is_in_no_project_is_told_what_to_do(open_tab: OpenTab, rig: PortalRig) -> None:
    newcomer = rig.server.person("newcomer@rig.example")
    tab = tab_of(open_tab, newcomer)
    for path in ("/", "/runs", "/sensors", "/gateways", "/gateways/connect", "/project"):
        page = tab.open(path)
        expect(page.get_by_role("heading", name="You are in no project")).to_be_visible()
        expect(page.get_by_text("Loading…")).to_have_count(0)
    page.get_by_role("link", name="Make a project").click()
    page.get_by_role("textbox", name="Name").fill(LONG_NAME)
    page.get_by_role("button", name="Make project").click()
    expect(page.get_by_role("heading", name="Connect a gateway")).to_be_visible()
    # A long name pushes nothing out of a phone's window.
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 360
    expect(page.get_by_label(f"Account: {newcomer.email}")).to_be_in_viewport()
    # From the page of the project too, again and again.
    tab.open("/project")
    for _ in range(2):
        page.locator("header summary").first.click()
        page.get_by_role("link", name="New project").click()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("heading", name=LONG_NAME)).to_be_visible()


@pytest.fixture(scope="module")
def crowded(rig: PortalRig) -> tuple[Person, UUID]:
    """Somebody with many projects, and the one with many sensors: made beside the API, which takes longer."""
    person = rig.server.person("many@rig.example")
    with psycopg.connect(rig.server.database_url) as connection:
        connection.execute(
            "with made as (insert into project (name)"
            " select 'Rig ' || to_char(place, 'FM000') from generate_series(1, %s) as place returning id)"
            " insert into member (project_id, account_id, role)"
            " select made.id, account.id, 'owner' from made, account where email = %s",
            (PROJECTS, person.email),
        )
        row = connection.execute(
            "insert into sensor (project_id, key, name, tags, status)"
            " select project.id, 'rack/channel-' || to_char(place, 'FM0000'), '', '{}', 'active'"
            " from project, generate_series(1, %s) as place where project.name = 'Rig 007'"
            " returning (select public_id from project where name = 'Rig 007')",
            (SENSORS,),
        ).fetchone()
    assert row is not None
    return person, row[0]


def test_one_of_many_projects_is_found_by_typing(open_tab: OpenTab, crowded: tuple[Person, UUID]) -> None:
    page = tab_of(open_tab, crowded[0]).open("/runs")
    menu = page.locator("header summary").first
    menu.click()
    expect(page.get_by_text("10 more: type a part of the name.")).to_be_visible()
    search = page.get_by_label("Search 60 projects")
    search.fill("rig of nobody")
    expect(page.get_by_text("No project is called so.")).to_be_visible()
    search.fill("rig 007")
    search.press("Enter")
    expect(menu).to_contain_text("Rig 007")
    expect(search).to_be_hidden()


def test_sensors_beyond_those_that_are_listed_are_found_beside_live_plots(
    open_tab: OpenTab, crowded: tuple[Person, UUID]
) -> None:
    page = tab_of(open_tab, crowded[0]).open(f"/live?project={crowded[1]}")
    listed = page.get_by_role("complementary", name="Sensors")
    expect(listed.get_by_text("The first 200.")).to_be_visible()
    assert page.evaluate("document.scrollingElement.scrollHeight") <= 800
    page.get_by_label("Filter sensors").fill("channel-0230")
    listed.get_by_role("button", name="rack/channel-0230").click()
    expect(page.locator(".live-plots").get_by_role("link", name="rack/channel-0230")).to_be_visible()
    page.get_by_label("Filter sensors").fill("nothing of the kind")
    expect(listed.get_by_text("No sensor fits.")).to_be_visible()
    # Another project shows its own sensors, of which it has none.
    page.locator("header summary").first.click()
    page.get_by_label("Search 60 projects").fill("rig 008")
    page.get_by_label("Search 60 projects").press("Enter")
    expect(page.get_by_role("heading", name="Nothing is measured yet")).to_be_visible()


@pytest.mark.nightly
def test_a_link_that_names_more_sensors_than_are_drawn_says_so(
    open_tab: OpenTab, crowded: tuple[Person, UUID]
) -> None:
    person, project = crowded
    found = person.read(f"/projects/{project}/sensors", sort="key", limit=101)["items"]
    named = "&".join(f"s={each['id']}" for each in found)
    page = tab_of(open_tab, person).open(f"/explore?{named}")
    note = page.get_by_text("The link names 101 sensors. The first 100 of them are drawn.")
    expect(note).to_be_visible()
    # What is drawn from then on, its address names.
    page.get_by_role("button", name="Remove rack/channel-0001").first.click()
    expect(note).to_have_count(0)


def test_what_others_would_miss_goes_only_after_a_question(open_tab: OpenTab, rig: PortalRig) -> None:
    owner = rig.people["owner"]
    runs = [
        owner.made(f"/experiments/{rig.experiment_id}/runs", {"name": f"Kept {n}"})["id"] for n in range(2)
    ]
    question = {"runs": runs, "sensors": ["chamber/p1"]}
    kept = f"/projects/{rig.project_id}/comparisons"
    name = f"Kept {uuid4()}"
    comparison = owner.made(kept, {"name": name, "question": question})["id"]

    def is_kept() -> bool:
        return comparison in {each["id"] for each in owner.read(kept)["items"]}

    page = open_tab("editor").open("/compare")
    page.get_by_role("button", name="Open", exact=True).click()
    delete = page.get_by_role("button", name=f"Delete {name}")
    delete.click()
    asking = page.get_by_role("dialog", name=f"Delete {name}?")
    asking.get_by_role("button", name="Leave it").click()
    assert is_kept()
    delete.click()
    asking.get_by_role("button", name="Delete", exact=True).click()
    expect(delete).to_have_count(0)
    assert not is_kept()


def test_only_owners_take_somebody_out_of_a_project_themselves_too(open_tab: OpenTab) -> None:
    page = open_tab("viewer").open("/project?tab=members")
    leave = page.get_by_role("button", name="Leave the project")
    expect(leave).to_have_attribute("aria-disabled", "true")
