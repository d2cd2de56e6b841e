"""What a role may not do can be seen before it is tried: nothing is asked for that is refused."""

import re
from collections.abc import Generator

import pytest
from playwright.sync_api import Response, expect

from tests.api.server import Person
from tests.portal.conftest import OpenTab
from tests.portal.rig import PortalRig

# What is told of a call that was refused.
TOLD = re.compile("Not allowed|physical values only", re.IGNORECASE)


@pytest.fixture
def physical_only(rig: PortalRig) -> Generator[None]:
    """Viewers see no raw values."""
    owner, path = rig.people["owner"], f"/projects/{rig.project_id}"
    assert owner.patch(path, {"raw_access": "editors"}).status_code == 200
    yield
    assert owner.patch(path, {"raw_access": "members"}).status_code == 200


@pytest.mark.usefixtures("physical_only")
def test_who_may_not_see_raw_values_is_not_led_to_them(open_tab: OpenTab) -> None:
    tab = open_tab("viewer")
    refused: list[str] = []

    def hear(answer: Response) -> None:
        if answer.status == 403:
            refused.append(answer.url)

    tab.page.on("response", hear)
    for place in ("/sensors/{sensor}", "/gateways", "/calibrations/{sensor}"):
        page = tab.open(place)
        expect(page.get_by_text("Raw values are for editors and owners")).to_be_visible()
    page = tab.open("/explore?s={sensor}&live=5m")
    raw = page.get_by_role("button", name="Raw", exact=True)
    expect(raw).to_have_attribute("aria-disabled", "true")
    raw.click(force=True)
    expect(page.get_by_role("status").filter(has_text="physical values only")).to_be_visible()
    page.locator("summary").filter(has_text="Export").click()
    page.get_by_role("button", name="Every reading…").click()
    both = page.get_by_role("dialog").get_by_role("button", name="Both")
    expect(both).to_have_attribute("aria-disabled", "true")
    assert refused == []
    # A link of somebody who may: said in words, and not to be tried again.
    page = tab.open("/explore?s={sensor}&live=5m&layer=raw")
    expect(page.get_by_role("alert").filter(has_text=TOLD)).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_ways_to_what_a_viewer_may_not_do_say_so(open_tab: OpenTab) -> None:
    tab = open_tab("viewer")
    for place, name in (
        ("/backfills", "New backfill"),
        ("/gateways", "Connect a gateway"),
        ("/calibrations/{sensor}", "Apply to history"),
    ):
        page = tab.open(place)
        expect(page.locator("main button", has_text=name).first).to_have_attribute("aria-disabled", "true")
        expect(page.get_by_role("link", name=name, exact=True)).to_have_count(0)
    for place in ("/backfills/new", "/gateways/connect", "/project"):
        page = tab.open(place)
        expect(page.locator("main").get_by_text(re.compile("Viewers can't|Only owners"))).to_be_visible()


def test_who_is_taken_out_of_a_project_is_told(open_tab: OpenTab, rig: PortalRig) -> None:
    owner, server = rig.people["owner"], rig.server
    leaver = server.person("leaver@rig.example")
    other = leaver.made("/projects", {"name": "Their own"})["id"]
    leaver.join(owner, rig.project_id, "editor")
    tab = open_tab()
    tab.log_in_as(leaver.email)
    page = tab.open(f"/sensors?project={rig.project_id}")
    page.get_by_role("button", name="New sensor").click()
    page.get_by_label("Key", exact=True).fill("leaver/p1")
    _take_out(owner, rig.project_id, leaver.email)
    page.get_by_role("button", name="Make sensor").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_text("You are no longer in the project “Rig 7”")).to_be_visible()
    expect(form.get_by_label("Key", exact=True)).to_have_value("leaver/p1")
    form.get_by_role("button", name="Go on without it").click()
    expect(page.locator("header").first).to_contain_text("Their own")
    expect(page.get_by_text("You are no longer in the project “Rig 7”")).to_have_count(0)
    leaver.delete(f"/projects/{other}")


def test_who_has_typed_nothing_is_led_to_another_project(open_tab: OpenTab, rig: PortalRig) -> None:
    owner = rig.people["owner"]
    leaver = rig.server.person("reader@rig.example")
    leaver.made("/projects", {"name": "Another of theirs"})
    leaver.join(owner, rig.project_id, "viewer")
    tab = open_tab()
    tab.log_in_as(leaver.email)
    page = tab.open(f"/sensors?project={rig.project_id}")
    _take_out(owner, rig.project_id, leaver.email)
    expect(page.get_by_text("You are no longer in the project “Rig 7”")).to_be_visible()
    expect(page.locator("header").first).to_contain_text("Another of theirs")


def _take_out(owner: Person, project: str, email: str) -> None:
    members = owner.read(f"/projects/{project}/members")["items"]
    user = next(each["user_id"] for each in members if each["email"] == email)
    assert owner.delete(f"/projects/{project}/members/{user}").status_code == 204


def test_another_log_in_of_the_browser_is_noticed(open_tab: OpenTab, rig: PortalRig) -> None:
    tab = open_tab("editor")
    page = tab.open("/account")
    expect(page.locator("main").get_by_text(rig.people["editor"].email).first).to_be_visible()
    tab.log_in("viewer")
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator("main").get_by_text(rig.people["viewer"].email).first).to_be_visible()
