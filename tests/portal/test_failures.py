"""What pages do when something fails: they say it in words, and come back by themselves."""

import re

import psycopg
from playwright.sync_api import expect

from tests.portal.conftest import OpenTab
from tests.portal.rig import PortalRig


def test_a_log_in_that_has_ended_leads_back_to_the_same_page(open_tab: OpenTab, rig: PortalRig) -> None:
    tab = open_tab("editor")
    page = tab.open("/sensors")
    with psycopg.connect(rig.server.database_url) as connection:
        connection.execute(
            "update login set revoked_at = now() from account"
            " where account.id = login.account_id and email = %s and revoked_at is null",
            [rig.people["editor"].email],
        )
    page.goto(rig.address("/gateways"))
    expect(page).to_have_url(re.compile(r"/login\?next=%2Fgateways$"))
    tab.log_in("editor")
    page.goto(rig.address("/login?next=%2Fgateways"))
    expect(page).to_have_url(re.compile("/gateways$"))


def test_a_server_that_is_away_is_named_until_it_is_back(open_tab: OpenTab) -> None:
    tab = open_tab("viewer")
    page = tab.open("/sensors")
    tab.context.route("**/api/**", lambda route: route.abort("connectionrefused"))
    page.get_by_role("link", name="Runs").first.click()
    expect(page.get_by_role("alert").first).to_contain_text("can't be reached")
    tab.context.unroute("**/api/**")
    expect(page.get_by_text("Valve 3, slow opening").first).to_be_visible()


def test_what_is_not_there_is_told_in_words(open_tab: OpenTab, rig: PortalRig) -> None:
    tab = open_tab("owner")
    page = tab.open(f"/runs/{rig.sensor_ids[0]}")
    expect(page.get_by_role("alert").or_(page.get_by_role("heading")).first).to_be_visible()
    expect(page.get_by_text(re.compile("no such|not found", re.IGNORECASE)).first).to_be_visible()
