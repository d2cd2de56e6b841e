"""What a browser shows where there is no build."""

import re
from pathlib import Path

from playwright.sync_api import Browser, expect

from barograph.identity.accounts import create_login_code
from barograph.identity.links import login_link
from barograph.local.portal.folders import unbuilt_note
from barograph.settings import Settings
from tests.api.server import serving
from tests.portal.rig import PortalRig


def test_a_page_says_why_and_logs_in_all_the_same(browser: Browser, rig: PortalRig, tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    unbuilt_note(dist).write_text("npm could not install what the portal is built with: ENOTFOUND")
    database_url = rig.server.database_url
    with serving(database_url, data_dir=tmp_path, portal_dist=dist) as server:
        code = create_login_code(database_url, rig.people["owner"].email)
        assert code is not None
        page = browser.new_page()
        page.goto(login_link(Settings.model_validate({"public_url": server.url}), code))
        expect(page.get_by_text("The portal is not built here.")).to_be_visible()
        expect(page.get_by_text("ENOTFOUND")).to_be_visible()
        expect(page.get_by_role("status")).to_have_text(re.compile("You are logged in as owner@rig"))
        assert "code=" not in page.url
        page.context.close()
        page.close()
