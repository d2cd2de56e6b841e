"""`python -m tools.portal_pictures`: pictures for `docs/portal`, of what runs here (`make up`)."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from barograph.identity.accounts import create_login_code
from barograph.local.connection import ConnectionFile, read_connection
from barograph.settings import PROJECT, Settings
from tools.chromium import ensure_chromium

INTO = PROJECT / "docs" / "portal"
HEIGHT = 800
# Long enough for live plots to have something to show.
SETTLE_MS = 4000


@dataclass(frozen=True)
class PortalPicture:
    """One page in one theme, `width` pixels wide. A name in `follow` is a link on the page to go on by."""

    name: str
    path: str
    theme: Literal["dark", "light"] = "light"
    width: int = 1280
    follow: str = ""


PICTURES = (
    PortalPicture("live", "/live", "dark"),
    PortalPicture("live-narrow", "/live", "light", 360),
    PortalPicture("sensors", "/sensors"),
    PortalPicture("sensor", "/sensors", "dark", follow="main table a >> nth=0"),
    PortalPicture("runs", "/runs"),
    PortalPicture("run", "/runs", follow="main table a >> nth=0"),
    PortalPicture("gateways", "/gateways", "dark"),
    PortalPicture("backfills", "/backfills"),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.portal_pictures", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of what runs, if it is another than `.data`")
    parser.add_argument("--only", nargs="*", help="names of pictures; all")
    given = parser.parse_args()
    settings = Settings()
    connection = read_connection((given.data or settings.data_dir) / "connection.json")
    if connection is None:
        sys.stderr.write("Nothing runs here: start it with `make up`.\n")
        return 1
    take(settings, connection, [each for each in PICTURES if not given.only or each.name in given.only])
    return 0


def take(settings: Settings, connection: ConnectionFile, pictures: Sequence[PortalPicture]) -> None:
    """Logged in as the first admin, by a code."""
    INTO.mkdir(exist_ok=True)
    program = ensure_chromium(settings.services_dir)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program.executable, args=["--no-sandbox"], env={**program.environment}
        )
        for picture in pictures:
            _take(browser, connection, picture)
        browser.close()


def _take(browser: Browser, connection: ConnectionFile, picture: PortalPicture) -> None:
    size = ViewportSize(width=picture.width, height=HEIGHT)
    context = browser.new_context(viewport=size, color_scheme=picture.theme, reduced_motion="reduce")
    page = context.new_page()
    code = create_login_code(connection.database_url, connection.admin_email)
    page.request.post(
        f"{connection.api_url}/session", data={"code": code}, headers={"Origin": connection.api_url}
    )
    page.goto(connection.api_url + picture.path)
    page.wait_for_load_state("networkidle")
    if picture.follow:
        _follow(page, picture.follow)
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=INTO / f"{picture.name}.png")
    context.close()


def _follow(page: Page, link: str) -> None:
    page.locator(link).click()
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    sys.exit(main())
