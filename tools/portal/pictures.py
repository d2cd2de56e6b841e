"""`python -m tools.portal.pictures`: pictures for `docs/portal`, of what runs here (`make up`).

With `--all FOLDER` every page in both themes and at both widths, to look at.
"""

import argparse
import itertools
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import APIRequestContext, Browser, Page, ViewportSize, sync_playwright

from barograph.identity.accounts import create_login_code
from barograph.local.connection import ConnectionFile, read_connection
from barograph.settings import PROJECT, Settings
from tools.portal.pages import filled_pages
from tools.programs.chromium import ensure_chromium

INTO = PROJECT / "docs" / "portal"
HEIGHT = 800
THEMES: tuple[Literal["dark", "light"], ...] = ("dark", "light")
WIDTHS = (1280, 360)
# Long enough for live plots to have something to show.
SETTLE_MS = 4000
SETTLE_OF_MANY_MS = 1500
# Of a table or a list.
FIRST_LINK = "main :is(td, [role=gridcell]) a >> nth=0"


@dataclass(frozen=True)
class PortalPicture:
    """One page in one theme, `width` pixels wide. A name in `follow` is a link on the page to go on by."""

    name: str
    path: str
    theme: Literal["dark", "light"] = "light"
    width: int = 1280
    follow: str = ""
    settle_ms: int = SETTLE_MS


PICTURES = (
    PortalPicture("live", "/live", "dark"),
    PortalPicture("live-narrow", "/live", "light", 360),
    PortalPicture("sensors", "/sensors"),
    PortalPicture("sensor", "/sensors", "dark", follow=FIRST_LINK),
    PortalPicture("runs", "/runs"),
    PortalPicture("run", "/runs", follow=FIRST_LINK),
    PortalPicture("gateways", "/gateways", "dark"),
    PortalPicture("backfills", "/backfills"),
    PortalPicture("backfill", "/backfills", "dark", follow=FIRST_LINK),
    PortalPicture("calibration", "/calibrations", follow=FIRST_LINK),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.portal.pictures", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of what runs, if it is another than `.data`")
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page in every way, into a folder")
    parser.add_argument("--only", nargs="*", help="names of pictures; all")
    given = parser.parse_args()
    settings = Settings()
    connection = read_connection((given.data or settings.data_dir) / "connection.json")
    if connection is None:
        sys.stderr.write("Nothing runs here: start it with `make up`.\n")
        return 1
    with opened_browser(settings) as browser:
        if given.all:
            take(browser, connection, every_picture(browser, connection), given.all)
        else:
            take(browser, connection, PICTURES, INTO, given.only)
    return 0


@contextmanager
def opened_browser(settings: Settings) -> Generator[Browser]:
    """Without a window."""
    program = ensure_chromium(settings.services_dir)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program.executable, args=["--no-sandbox"], env={**program.environment}
        )
        yield browser
        browser.close()


def every_picture(browser: Browser, connection: ConnectionFile) -> list[PortalPicture]:
    """Takes a picture of each page that what runs has something for."""
    context = browser.new_context()
    _log_in(context.request, connection)
    pages = filled_pages(context.request, connection.api_url)
    context.close()
    return [
        PortalPicture(f"{name}-{theme}-{width}", path, theme, width, settle_ms=SETTLE_OF_MANY_MS)
        for name, path in pages.items()
        for theme in THEMES
        for width in WIDTHS
    ]


def take(
    browser: Browser,
    connection: ConnectionFile,
    pictures: Sequence[PortalPicture],
    into: Path,
    only: Sequence[str] | None = None,
) -> None:
    """Logged in as the first admin, by a code: once for each theme and width."""
    into.mkdir(exist_ok=True, parents=True)
    chosen = [each for each in pictures if not only or each.name in only]
    for theme, width in itertools.product(THEMES, WIDTHS):
        alike = [each for each in chosen if (each.theme, each.width) == (theme, width)]
        if not alike:
            continue
        size = ViewportSize(width=width, height=HEIGHT)
        context = browser.new_context(viewport=size, color_scheme=theme, reduced_motion="reduce")
        _log_in(context.request, connection)
        for picture in alike:
            _take(context.new_page(), connection, picture, into)
        context.close()


def _log_in(request: APIRequestContext, connection: ConnectionFile) -> None:
    code = create_login_code(connection.database_url, connection.admin_email)
    request.post(f"{connection.api_url}/session", data={"code": code}, headers={"Origin": connection.api_url})


def _take(page: Page, connection: ConnectionFile, picture: PortalPicture, into: Path) -> None:
    page.goto(connection.api_url + picture.path)
    page.wait_for_load_state("networkidle")
    if picture.follow:
        _follow(page, picture.follow)
    page.wait_for_timeout(picture.settle_ms)
    page.screenshot(path=into / f"{picture.name}.png")
    page.close()


def _follow(page: Page, link: str) -> None:
    page.locator(link).click()
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    sys.exit(main())
