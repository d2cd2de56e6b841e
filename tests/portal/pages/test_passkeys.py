"""Passkeys as a second step, by an authenticator that Chromium plays itself."""

import re

from playwright.sync_api import Page, expect

from tests.api.server import PASSWORD
from tests.portal.conftest import OpenTab
from tests.portal.rig import PortalRig


def test_a_passkey_is_made_and_then_logs_in(open_tab: OpenTab, rig: PortalRig) -> None:
    rig.server.person("keys@rig.example").client.close()
    page = open_tab().page
    _plug_in(page)
    site = rig.server.url.replace("127.0.0.1", "localhost")
    _give_password(page, f"{site}/login?next=%2Faccount")
    page.get_by_role("button", name="Add a passkey").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("this machine")
    dialog.get_by_label("Current password").fill(PASSWORD)
    dialog.get_by_role("button", name="Make it").click()
    codes = page.get_by_role("dialog", name="Recovery codes")
    recovery = re.findall(r"\b[a-z2-9]{4}(?:-[a-z2-9]{4}){3}\b", codes.inner_text())
    assert len(recovery) > 5
    codes.get_by_role("button").last.click()
    expect(page.get_by_text("this machine")).to_be_visible()

    page.context.clear_cookies()
    _give_password(page, f"{site}/login?next=%2Faccount")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("this machine")).to_be_visible()

    page.context.clear_cookies()
    _give_password(page, f"{site}/login?next=%2Faccount")
    page.get_by_label("By").select_option("recovery-code")
    page.get_by_label("Recovery code").fill(recovery[0])
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text(f"{len(recovery) - 1} recovery codes are left")).to_be_visible()


def test_where_the_browser_allows_none_the_page_says_what_to_do(open_tab: OpenTab) -> None:
    page = open_tab("viewer").open("/account")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("dialog")).to_contain_text("open http://localhost:")


def _plug_in(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")  # pyright: ignore[reportUnknownMemberType]
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = {"options": options}
    session.send("WebAuthn.addVirtualAuthenticator", added)  # pyright: ignore[reportUnknownMemberType]


def _give_password(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("E-mail").fill("keys@rig.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile("Use a passkey|Add a passkey")).wait_for()
