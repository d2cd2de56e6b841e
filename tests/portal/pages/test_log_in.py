"""Ways into the portal."""

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import expect

from barograph.identity.accounts import create_login_code
from barograph.identity.links import login_link
from barograph.settings import Settings
from tests.api.server import PASSWORD, serving
from tests.portal.conftest import OpenTab
from tests.portal.rig import PortalRig


def test_a_password_leads_to_the_page_that_was_asked_for(open_tab: OpenTab, rig: PortalRig) -> None:
    tab = open_tab()
    deep = f"/sensors/{rig.sensor_ids[1]}"
    page = tab.open(deep)
    expect(page).to_have_url(f"{rig.server.url}/login?next={quote(deep, safe='')}")
    page.get_by_label("E-mail").fill(rig.people["viewer"].email)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("email or password is wrong")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value(rig.people["viewer"].email)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(rig.server.url + deep)
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("p2", re.IGNORECASE))


def test_a_link_logs_in_once_and_shows_what_moves(open_tab: OpenTab, rig: PortalRig) -> None:
    code = create_login_code(rig.server.database_url, rig.people["owner"].email)
    assert code is not None
    link = login_link(Settings.model_validate({"public_url": rig.server.url}), code)
    with rig.sending():
        page = open_tab().page
        page.goto(link)
        page.locator("canvas").first.wait_for()
        assert "code=" not in page.url
    again = open_tab().page
    again.goto(link)
    expect(again.get_by_text(re.compile("used, expired or not valid"))).to_be_visible()
    expect(again.get_by_label("Password")).to_be_visible()


def test_an_account_is_offered_only_where_anybody_may_make_one(
    open_tab: OpenTab, rig: PortalRig, portal_dist: Path
) -> None:
    offered = "Make an account"
    expect(open_tab().open("/login").get_by_role("button", name=offered)).to_be_visible()
    with serving(rig.server.database_url, portal_dist=portal_dist, registration="invited") as closed:
        page = open_tab(at=replace(rig, server=closed)).open("/login")
        expect(page.get_by_text("Ask an owner of your project for an invitation")).to_be_visible()
        expect(page.get_by_role("button", name=offered)).to_have_count(0)
