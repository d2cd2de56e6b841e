"""The portal in a real browser, against the real programs. The browser and the tools come from set-up; where
they can't be fetched, these tests fail and say so.
"""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Literal, TypeAlias

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

from barograph.local.portal.build import build_portal, install_tools, portal_folders
from barograph.settings import Settings
from tests.api.server import PASSWORD, serving
from tests.conftest import SERVICES_DIR, database_name, temporary_database
from tests.portal.rig import PortalRig, make_rig
from tests.programs import running
from tools.programs.chromium import ensure_chromium

# Long, as other tests may keep the machine busy.
WITHIN_MS = 60_000
Role: TypeAlias = Literal["owner", "editor", "viewer", "admin"]
# The browser has nothing else to do: an answer has been drawn, and has asked what it asks.
REST = "() => new Promise((rested) => requestIdleCallback(() => setTimeout(rested, 30)))"
RESTS = 3
# Before somebody is logged in the browser itself notes every 401.
NOT_OURS = ("Failed to load resource",)


@pytest.fixture(scope="session")
def portal_dist() -> Path:
    """The portal as it is now, built."""
    folders = portal_folders(Settings())
    install_tools(folders)
    build_portal(folders)
    return folders.dist


@pytest.fixture(scope="package")
def rig(
    server_url: str, template_name: str, portal_dist: Path, tmp_path_factory: pytest.TempPathFactory
) -> Generator[PortalRig]:
    folder = tmp_path_factory.mktemp("portal")
    with (
        temporary_database(server_url, database_name(), template_name) as database_url,
        running("ingest", database_url, folder / "ingest.log") as ingest,
        serving(
            database_url, data_dir=folder, portal_dist=portal_dist, public_ingest_url=ingest.url
        ) as server,
    ):
        yield make_rig(server, ingest.url, folder)


@pytest.fixture(scope="package")
def playwright() -> Generator[Playwright]:
    """Not for the session: while it runs, nothing else in this thread can run an event loop."""
    expect.set_options(timeout=WITHIN_MS)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Generator[Browser]:
    program = ensure_chromium(SERVICES_DIR)
    # It opens no pages but ours, and its sandbox needs rights that containers don't give.
    browser = playwright.chromium.launch(
        executable_path=program.executable, args=["--no-sandbox"], env={**program.environment}
    )
    yield browser
    browser.close()


class BrowserTab:
    """A page in a browser of its own, and what its console complained of."""

    def __init__(self, context: BrowserContext, rig: PortalRig) -> None:
        self.context, self.rig = context, rig
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", lambda line: self._hear(line.type, line.text))
        self.page.on("pageerror", lambda error: self._hear("error", str(error)))
        self._asked: set[Request] = set()
        self.page.on("request", self._ask)
        self.page.on("requestfinished", self._forget)
        self.page.on("requestfailed", self._forget)

    def open(self, path: str) -> Page:
        """A path of the portal, once it has shown what it has."""
        self.page.goto(self.rig.address(path))
        self.settle()
        return self.page

    def settle(self) -> None:
        """Waits until the page asks for nothing more, and has drawn what it has."""
        self.page.wait_for_load_state()
        self.page.locator("main").first.wait_for()
        rests = 0
        while rests < RESTS:
            self.page.evaluate(REST)
            rests = 0 if self._asked else rests + 1

    def log_in(self, role: Role) -> None:
        """By the operation, as the log-in page does."""
        self.log_in_as(self.rig.people[role].email)

    def log_in_as(self, email: str) -> None:
        """Somebody who need not be of the rig."""
        body = {"email": email, "password": PASSWORD}
        url = self.rig.server.url
        answer = self.context.request.post(f"{url}/session", data=body, headers={"Origin": url})
        assert answer.ok, answer.text()

    def _ask(self, request: Request) -> None:
        self._asked.add(request)

    def _forget(self, request: Request) -> None:
        self._asked.discard(request)

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and not text.startswith(NOT_OURS):
            self.complaints.append(text)


OpenTab: TypeAlias = Callable[..., BrowserTab]


@pytest.fixture
def open_tab(browser: Browser, rig: PortalRig) -> Generator[OpenTab]:
    """Opens a browser of its own: `open_tab(role="viewer", width=360, theme="dark")`; without a role nobody
    is logged in. `at` is the rig behind another server. Afterwards no console may have complained: not of
    errors, and not of the page's policy.
    """
    tabs: list[BrowserTab] = []

    def open_tab(
        role: Role | None = None,
        *,
        width: int = 1280,
        theme: Literal["dark", "light"] = "light",
        zone: str | None = None,
        at: PortalRig | None = None,
    ) -> BrowserTab:
        size = ViewportSize(width=width, height=800)
        context = browser.new_context(
            viewport=size, color_scheme=theme, reduced_motion="reduce", timezone_id=zone
        )
        context.set_default_timeout(WITHIN_MS)
        tabs.append(BrowserTab(context, at or rig))
        if role is not None:
            tabs[-1].log_in(role)
        return tabs[-1]

    yield open_tab
    for tab in tabs:
        tab.context.close()
    assert [tab.complaints for tab in tabs if tab.complaints] == []
