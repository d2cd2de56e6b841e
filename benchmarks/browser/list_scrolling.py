"""How smoothly long lists scroll: Chromium's frames while they move, and while a bare page moves as far."""

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from barograph.local.portal.build import build_portal, portal_folders
from barograph.settings import Settings
from tests.api.server import PASSWORD, Server, serving
from tools.programs.chromium import ensure_chromium

ROOT = Path(__file__).parents[2]
SECONDS = 5
LISTS = (("runs", "/runs"), ("sensors", "/sensors"), ("audit", "/project?tab=audit"))
# Scrolls an element by about two rows a frame and tells how far apart its frames were, in milliseconds.
SCROLL = """
([selector, seconds]) => new Promise((resolve) => {
  const element = document.querySelector(selector);
  const apart = [];
  const began = performance.now();
  let last = began;
  const step = (now) => {
    apart.push(now - last);
    last = now;
    element.scrollTop += 70;
    if (now - began > seconds * 1000) resolve(apart.slice(2));
    else requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})
"""
BARE = "<div id=bare style='height: 600px; overflow: auto'><div style='height: 3600000px'></div></div>"


def measure_scrolling(database_url: str, project: str) -> Iterator[tuple[str, str, str]]:
    """A line for each list, and one for the bare page."""
    folders = portal_folders(Settings())
    build_portal(folders)
    program = ensure_chromium(ROOT / ".services")
    with serving(database_url, portal_dist=folders.dist) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program.executable, args=["--no-sandbox"], env={**program.environment}
        )
        page = logged_in(browser, server, project)
        for name, path in LISTS:
            page.goto(f"{server.url}{path}{'&' if '?' in path else '?'}project={project}")
            page.locator("[data-row='0']").wait_for()
            yield (name, *frames(page, ".list-frame"))
        page.set_content(BARE)
        yield ("bare page", *frames(page, "#bare"))
        browser.close()


def logged_in(browser: Browser, server: Server, project: str) -> Page:
    """A page of somebody who may see all of it."""
    email = "scroller@example.org"
    server.register(email)
    server.add_member(project, email, "owner")
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    answer = context.request.post(
        f"{server.url}/session",
        data={"email": email, "password": PASSWORD},
        headers={"Origin": server.url},
    )
    if not answer.ok:
        raise RuntimeError(answer.text())
    return context.new_page()


def frames(page: Page, selector: str) -> tuple[str, str]:
    """Frames a second, and the longest wait for one."""
    apart_ms: list[float] = page.evaluate(SCROLL, [selector, SECONDS])
    return f"{len(apart_ms) * 1000 / sum(apart_ms):.0f}", f"{max(apart_ms):.0f}"
