"""What pages do when something fails: they say it in words, lose nothing, and come back by themselves."""

import re
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page, Route, expect

from tests.api.server import PASSWORD, SIGNING_KEY, Server, serving
from tests.portal.conftest import OpenTab, Role
from tests.portal.everywhere.forms import FORMS, PortalForm
from tests.portal.rig import PortalRig
from tests.programs import Program, running

# Of each kind one: a dialog, a form in the page, one whose save opens another.
OFTEN = ("sensor", "settings", "calibration")
# What is told for a second only may be gone before a test looks.
NOTE_ALERTS = """
globalThis.alertsSeen = [];
new MutationObserver(() => {
  for (const each of document.querySelectorAll("[role=alert]")) alertsSeen.push(each.textContent);
}).observe(document, { childList: true, subtree: true });
"""
# What Chromium notes of a socket whose server is gone.
SOCKET_GONE = "WebSocket connection to"


def end_log_in(rig: PortalRig, role: Role) -> None:
    """The person's newest one, as another browser of theirs could."""
    with psycopg.connect(rig.server.database_url) as connection:
        connection.execute(
            "update login set revoked_at = now() where id = ("
            " select login.id from login join account on account.id = account_id"
            " where email = %s order by login.created_at desc limit 1)",
            [rig.people[role].email],
        )


def log_in_again(page: Page) -> None:
    """Over the page, which has stayed."""
    asked = page.get_by_role("dialog", name="Log in again")
    asked.get_by_label("Password").fill(PASSWORD)
    asked.get_by_role("button", name="Log in").click()
    expect(asked).to_have_count(0)


def busy(route: Route) -> None:
    """What a busy server answers to whoever wants to change something."""
    if route.request.method == "GET":
        return route.continue_()
    return route.fulfill(
        status=503,
        headers={"Retry-After": "1"},
        content_type="application/problem+json",
        body='{"title": "Unavailable", "status": 503, "detail": "the database is busy"}',
    )


@pytest.fixture(scope="module")
def own_api(
    rig: PortalRig, portal_dist: Path, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Program]:
    """A program of its own, to be killed."""
    folder = tmp_path_factory.mktemp("killed")
    settings = {
        "BAROGRAPH_DATA_DIR": str(folder),
        "BAROGRAPH_PORTAL_DIST": str(portal_dist),
        "BAROGRAPH_SIGNING_KEY": SIGNING_KEY,
    }
    with running("api", rig.server.database_url, folder / "api.log", settings) as program:
        yield program


def behind(rig: PortalRig, url: str) -> PortalRig:
    return replace(rig, server=Server(url, rig.server.database_url))


def test_a_log_in_that_has_ended_leads_back_to_the_same_page(open_tab: OpenTab, rig: PortalRig) -> None:
    tab = open_tab("editor")
    page = tab.open("/sensors")
    end_log_in(rig, "editor")
    page.goto(rig.address("/gateways"))
    asked = page.get_by_role("dialog", name="Log in again").or_(page.get_by_role("heading", name="Barograph"))
    expect(asked).to_be_visible()
    tab.log_in("editor")
    page.goto(rig.address("/login?next=%2Fgateways"))
    expect(page).to_have_url(re.compile("/gateways$"))


@pytest.mark.nightly
def test_what_is_typed_outlives_the_server(open_tab: OpenTab, rig: PortalRig, own_api: Program) -> None:
    tab = open_tab("owner", at=behind(rig, own_api.url))
    live = tab.context.new_page()
    live.goto(own_api.url + f"/live?s={rig.sensor_ids[0]}")
    expect(live.get_by_text("Behind").or_(live.locator("canvas")).first).to_be_visible()
    page = tab.open("/sensors")
    page.get_by_role("button", name="New sensor").click()
    page.get_by_label("Key", exact=True).fill("outlives/p1")
    own_api.kill()
    page.get_by_role("button", name="Make sensor").click()
    told = page.get_by_role("dialog").get_by_role("alert")
    expect(told).to_contain_text("can't be reached")
    expect(told).to_contain_text("tried again by itself")
    expect(page.get_by_label("Key", exact=True)).to_have_value("outlives/p1")
    expect(live.get_by_text("The server can't be reached").first).to_be_visible()
    own_api.start()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("link", name="outlives/p1")).to_be_visible()
    expect(live.get_by_text("The server can't be reached")).to_have_count(0)
    found = rig.people["owner"].read(f"/projects/{rig.project_id}/sensors", q="outlives/p1")
    assert len(found["items"]) == 1
    tab.complaints[:] = [each for each in tab.complaints if not each.startswith(SOCKET_GONE)]


def test_a_server_that_is_away_is_named_until_it_is_back(open_tab: OpenTab) -> None:
    tab = open_tab("viewer")
    page = tab.open("/sensors")
    tab.context.route("**/api/**", lambda route: route.abort("connectionrefused"))
    page.get_by_role("link", name="Runs").first.click()
    expect(page.get_by_role("alert").first).to_contain_text("can't be reached")
    tab.context.unroute("**/api/**")
    expect(page.get_by_text("Valve 3, slow opening").first).to_be_visible(timeout=20_000)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(form, id=form.name, marks=() if form.name in OFTEN else pytest.mark.nightly)
        for form in FORMS
    ],
)
def test_a_form_outlives_a_busy_server_and_the_log_in(
    open_tab: OpenTab, rig: PortalRig, form: PortalForm
) -> None:
    tab = open_tab("owner")
    page = tab.open(form.place)
    typed = form.fill(page)
    page.route("**/api/**", busy)
    form.submit(page)
    expect(page.get_by_role("alert").filter(has_text="the database is busy")).to_contain_text("tried again")
    end_log_in(rig, "owner")
    page.unroute("**/api/**")
    expect(page.get_by_role("dialog", name="Log in again")).to_be_visible()
    for label, text in typed.items():
        expect(form.field(page, label)).to_have_value(text)
    log_in_again(page)
    form.expect_done(page)


def test_what_is_typed_while_it_waits_is_not_overtaken(open_tab: OpenTab, rig: PortalRig) -> None:
    page = open_tab("owner").open("/sensors")
    page.get_by_role("button", name="New sensor").click()
    page.get_by_label("Key", exact=True).fill("waits/p1")
    page.route("**/api/**", busy)
    page.get_by_role("button", name="Make sensor").click()
    told = page.get_by_role("dialog").get_by_role("alert")
    expect(told).to_contain_text("tried again")
    page.get_by_label("Key", exact=True).fill("waits/p10")
    expect(told).to_contain_text("it waits until you send it")
    page.unroute("**/api/**")
    page.wait_for_timeout(1500)
    expect(page.get_by_label("Key", exact=True)).to_have_value("waits/p10")
    page.get_by_role("button", name="Make sensor").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    found = rig.people["owner"].read(f"/projects/{rig.project_id}/sensors", q="waits/")
    assert [each["key"] for each in found["items"]] == ["waits/p10"]


def test_the_same_of_a_plot_and_of_a_list(open_tab: OpenTab, rig: PortalRig) -> None:
    tab = open_tab("viewer")
    live = tab.context.new_page()
    live.goto(rig.address("/live?s={sensor}"))
    live.locator("canvas").first.wait_for()
    page = tab.open("/runs")
    end_log_in(rig, "viewer")
    log_in_again(page)
    expect(page.get_by_text("Valve 3, slow opening").first).to_be_visible()
    log_in_again(live)
    expect(live.get_by_text("The log-in has ended")).to_have_count(0)


def test_a_role_that_is_taken_is_said_and_one_that_is_given_is_used(
    open_tab: OpenTab, rig: PortalRig
) -> None:
    owner, editor = rig.people["owner"], rig.people["editor"]
    members = owner.read(f"/projects/{rig.project_id}/members")["items"]
    path = f"/projects/{rig.project_id}/members/" + next(
        each["user_id"] for each in members if each["email"] == editor.email
    )
    tab = open_tab("editor")
    tab.page.clock.install()
    page = tab.open("/sensors")
    page.get_by_role("button", name="New sensor").click()
    page.get_by_label("Key", exact=True).fill("taken/p1")
    assert owner.send("PUT", path, {"role": "viewer"}).status_code == 200
    page.get_by_role("button", name="Make sensor").click()
    told = page.get_by_role("dialog").get_by_role("alert")
    expect(told).to_be_visible()
    expect(told).to_contain_text(re.compile("role|editor", re.IGNORECASE))
    expect(page.get_by_label("Key", exact=True)).to_have_value("taken/p1")
    expect(page.locator("button", has_text="New sensor")).to_have_attribute("aria-disabled", "true")
    assert owner.send("PUT", path, {"role": "editor"}).status_code == 200
    page.clock.fast_forward(31_000)
    expect(page.locator("button", has_text="New sensor")).not_to_have_attribute("aria-disabled", "true")
    page.get_by_role("button", name="Make sensor").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def expect_both(page: Page, mine: str, theirs: str) -> None:
    row = page.get_by_role("row").filter(has_text=mine).filter(has_text=theirs)
    expect(row).to_be_visible()


def test_what_somebody_else_changed_stands_beside_what_was_typed(open_tab: OpenTab, rig: PortalRig) -> None:
    owner, sensor = rig.people["owner"], rig.sensor_ids[1]
    page = open_tab("owner").open(f"/sensors/{sensor}")
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_label("Name", exact=True).fill("mine")
    assert owner.patch(f"/sensors/{sensor}", {"name": "theirs"}).status_code == 200
    page.get_by_role("button", name="Save").click()
    expect_both(page, "mine", "theirs")
    page.get_by_role("button", name="Keep mine").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert owner.read(f"/sensors/{sensor}")["name"] == "mine"


def test_so_of_a_measure(open_tab: OpenTab, rig: PortalRig) -> None:
    owner = rig.people["owner"]
    body = {"name": "highest", "sensor": "chamber/p1", "stat": "max", "over": "run"}
    made = owner.made(f"/projects/{rig.project_id}/measures", body)
    page = open_tab("owner").open("/project?tab=measures")
    page.get_by_role("row").filter(has_text="highest").get_by_role("button", name="Change").click()
    page.get_by_label("Name", exact=True).fill("mine")
    assert owner.patch(f"/measures/{made['id']}", {"name": "theirs"}).status_code == 200
    page.get_by_role("button", name="Save").click()
    expect_both(page, "mine", "theirs")
    page.get_by_role("button", name="Keep mine").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert owner.delete(f"/measures/{made['id']}").status_code == 204


def test_a_move_that_came_second_is_made_of_what_is_there_now(open_tab: OpenTab, rig: PortalRig) -> None:
    owner, sensor = rig.people["owner"], rig.sensor_ids[2]
    tab = open_tab("editor")
    for number, place in enumerate((f"/sensors/{sensor}", "/sensors?q=feed%2Ft1")):
        page = tab.open(place)
        page.get_by_role("button", name="Switch off").click()
        asked = page.get_by_role("dialog")
        name, last = f"renamed {number}", owner.read(f"/sensors/{sensor}")["name"]
        assert owner.patch(f"/sensors/{sensor}", {"name": name}).status_code == 200
        asked.get_by_role("button", name="Switch off").click()
        expect(asked.get_by_role("alert")).to_contain_text("Somebody else has changed this")
        expect_both(page, last, name)
        asked.get_by_role("button", name="Switch off").click()
        expect(asked).to_have_count(0)
        page.get_by_role("button", name="Switch on").click()
        # Somebody else has done it meanwhile.
        assert owner.patch(f"/sensors/{sensor}", {"status": "active"}).status_code == 200
        page.get_by_role("dialog").get_by_role("button", name="Switch on").click()
        expect(page.get_by_role("button", name="Switch off")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_so_is_a_deletion(open_tab: OpenTab, rig: PortalRig) -> None:
    owner = rig.people["owner"]
    made = owner.made(f"/projects/{rig.project_id}/annotations", {"from": "now", "text": "as it was seen"})
    page = open_tab("owner").open("/annotations")
    page.get_by_role("row").filter(has_text="as it was seen").get_by_role("button", name="Delete").click()
    assert owner.patch(f"/annotations/{made['id']}", {"text": "of weight"}).status_code == 200
    asked = page.get_by_role("dialog")
    asked.get_by_role("button", name="Delete").click()
    expect_both(page, "as it was seen", "of weight")
    asked.get_by_role("button", name="Delete").click()
    expect(asked).to_have_count(0)
    assert owner.get(f"/annotations/{made['id']}").status_code == 404


def test_what_is_decommissioned_is_taken_back(open_tab: OpenTab, rig: PortalRig) -> None:
    owner, sensor = rig.people["owner"], rig.sensor_ids[3]
    page = open_tab("editor").open(f"/sensors/{sensor}")
    moves = ("Switch off", "Switch on", "Decommission", "Take back", "Switch on")
    for number, move in enumerate(moves):
        page.get_by_role("button", name=move).click()
        page.get_by_role("dialog").get_by_role("button", name=move).click()
        expect(page.get_by_role("dialog"), f"{number} {move}").to_have_count(0)
    expect(page.get_by_role("button", name="Switch off")).to_be_visible()
    assert owner.read(f"/sensors/{sensor}")["status"] == "active"


def test_so_in_settings_and_what_is_there_may_be_taken(open_tab: OpenTab, rig: PortalRig) -> None:
    owner, path = rig.people["owner"], f"/projects/{rig.project_id}"
    page = open_tab("owner").open("/project")
    page.get_by_label("Description").fill("mine")
    assert owner.patch(path, {"description": "theirs"}).status_code == 200
    page.get_by_role("button", name="Save").click()
    expect_both(page, "mine", "theirs")
    page.get_by_role("button", name="Take what is there").click()
    expect(page.get_by_label("Description")).to_have_value("theirs")
    page.get_by_label("Description").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    assert not owner.read(path)["description"]


def test_so_of_an_annotation(open_tab: OpenTab, rig: PortalRig) -> None:
    owner = rig.people["owner"]
    made = owner.made(f"/projects/{rig.project_id}/annotations", {"from": "now", "text": "as it was"})
    page = open_tab("owner").open("/annotations")
    page.get_by_role("row").filter(has_text="as it was").get_by_role("button", name="Change").click()
    page.get_by_label("Note", exact=True).fill("mine")
    assert owner.patch(f"/annotations/{made['id']}", {"text": "theirs"}).status_code == 200
    page.get_by_role("button", name="Save").click()
    expect_both(page, "mine", "theirs")
    page.get_by_role("button", name="Keep mine").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert owner.delete(f"/annotations/{made['id']}").status_code == 204


@pytest.mark.parametrize(
    "forms",
    [
        pytest.param([form for form in FORMS if form.name in OFTEN], id="some"),
        pytest.param(
            [form for form in FORMS if form.name not in OFTEN], id="others", marks=pytest.mark.nightly
        ),
    ],
)
def test_a_field_says_what_is_wrong_with_it(open_tab: OpenTab, forms: Sequence[PortalForm]) -> None:
    tab = open_tab("owner")
    for form in forms:
        page = tab.open(form.place)
        form.fill(page)
        for label, text in form.refused.items():
            form.field(page, label).fill(text)
        if form.refused:
            form.submit(page)
        for label, text in form.refused.items():
            field = form.field(page, label)
            expect(field, form.name).to_have_attribute("aria-invalid", "true")
            expect(field).to_have_value(text)
            says = page.locator(f"[id='{field.get_attribute('aria-describedby')}']")
            expect(says).to_have_class("fault")


def test_too_many_requests_are_told_and_sent_later(
    open_tab: OpenTab, rig: PortalRig, portal_dist: Path, tmp_path: Path
) -> None:
    settings = {"portal_dist": portal_dist, "requests_per_s_of_login": 2}
    with serving(rig.server.database_url, data_dir=tmp_path, **settings) as server:
        tab = open_tab("owner", at=behind(rig, server.url))
        tab.page.add_init_script(NOTE_ALERTS)
        page = tab.open("/project?tab=tokens")
        page.get_by_role("button", name="New token").click()
        page.get_by_label("Name", exact=True).fill("patient")
        while tab.context.request.get(f"{server.url}/api/v1/projects").status != 429:
            pass
        page.get_by_role("button", name="Make token").click()
        expect(page.get_by_role("dialog", name="The token")).to_be_visible()
        told = " ".join(page.evaluate("globalThis.alertsSeen"))
        assert "too many requests" in told
        assert "tried again by itself" in told
        page.close()


def test_what_is_not_there_is_told_in_words(open_tab: OpenTab, rig: PortalRig) -> None:
    tab = open_tab("owner")
    page = tab.open(f"/runs/{rig.sensor_ids[0]}")
    expect(page.get_by_role("alert").or_(page.get_by_role("heading")).first).to_be_visible()
    expect(page.get_by_text(re.compile("no such|not found", re.IGNORECASE)).first).to_be_visible()


def test_what_is_deleted_while_it_is_looked_at_says_so(open_tab: OpenTab, rig: PortalRig) -> None:
    owner = rig.people["owner"]
    run = owner.made(f"/experiments/{rig.experiment_id}/runs", {"name": "Short-lived"})["id"]
    page = open_tab("viewer").open(f"/runs/{run}")
    assert owner.delete(f"/runs/{run}").status_code == 204
    expect(page.get_by_role("alert").filter(has_text="no such run")).to_be_visible()
    expect(page.get_by_role("heading", level=1, name="Short-lived")).to_be_visible()
