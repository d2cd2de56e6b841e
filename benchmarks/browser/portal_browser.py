"""A browser that tells what it draws, and when: for the benchmark of the portal."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

from playwright.sync_api import BrowserContext, CDPSession, Page, sync_playwright

from benchmarks.databases import ROOT
from benchmarks.support.live_load import LivePicture
from tests.api.server import PASSWORD
from tools.programs.chromium import ensure_chromium

# Before the page's own scripts. Times are of the clock that the gateways' process has too.
_NOTES = """
const noted = { frames: [], answers: [], shown: [], shifts: 0, longTasks: [], began: 0 };
globalThis.noted = noted;
// What a picture held when it was drawn: the last sensor's last value is the number of a frame.
globalThis.barographWitness = (picture) => {
  const { columns } = picture.channels[picture.channels.length - 1];
  if (columns.end === columns.start) return;
  const seq = columns.last[columns.end - 1];
  plain(() => noted.shown.push([Date.now(), seq]));
};
const plain = globalThis.requestAnimationFrame.bind(globalThis);
globalThis.requestAnimationFrame = (callback) => plain((time) => {
  const from = performance.now();
  callback(time);
  // Plots draw in a task that they queue meanwhile.
  queueMicrotask(() => noted.frames.push([from, performance.now() - from]));
});
const ask = globalThis.fetch.bind(globalThis);
globalThis.fetch = async (...given) => {
  const address = given[0].url ?? String(given[0]);
  const answer = await ask(...given);
  const columns = Number(new URL(address, location.href).searchParams.get("columns") ?? 0);
  // The strip that shows more than the window asks for so many.
  if (address.includes("/series?") && columns && columns !== 400) {
    answer.clone().arrayBuffer().then(() => plain(() => plain(() =>
      noted.answers.push([performance.now(), columns, answer.status]))), () => {});
  }
  return answer;
};
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) noted.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) noted.longTasks.push([entry.startTime, entry.duration]);
}).observe({ type: "longtask", buffered: true });
"""
# Shows another window, as Back does, and waits for the answer that is as fine as the plot is wide.
_ZOOM = """
async ([address, patienceMs]) => {
  noted.answers.length = 0;
  const began = performance.now();
  history.pushState(null, "", address);
  dispatchEvent(new PopStateEvent("popstate"));
  const finest = () => noted.answers.find(([, columns]) => columns >= 600);
  while (!finest() && performance.now() - began < patienceMs)
    await new Promise((done) => setTimeout(done, 4));
  const detail = finest();
  return {
    first: (noted.answers[0]?.[0] ?? Infinity) - began,
    detail: (detail?.[0] ?? Infinity) - began,
    refused: noted.answers.some(([, , status]) => status !== 200) || !detail,
  };
}
"""


class PortalBrowser:
    """A browser of somebody who is logged in."""

    def __init__(self, context: BrowserContext, picture: LivePicture, email: str) -> None:
        self.context, self.picture, self.email = context, picture, email

    def log_in(self) -> None:
        """Logs in by the operation."""
        body = {"email": self.email, "password": PASSWORD}
        url = self.picture.url
        answer = self.context.request.post(f"{url}/session", data=body, headers={"Origin": url})
        assert answer.ok, answer.text()

    def open(self, path: str) -> Page:
        """A page of the portal, as soon as its document is there."""
        page = self.context.new_page()
        page.goto(self.picture.url + path, wait_until="commit")
        return page


@contextmanager
def portal_browser(picture: LivePicture, email: str) -> Generator[PortalBrowser]:
    """A fresh one, without a cache."""
    program = ensure_chromium(ROOT / ".services")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program.executable, args=["--no-sandbox"], env={**program.environment}
        )
        with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
            context.add_init_script(_NOTES)
            context.set_default_timeout(60_000)
            yield PortalBrowser(context, picture, email)
        browser.close()


def noted(page: Page, what: str) -> list[tuple[float, float]]:
    """The pairs of a moment and a number that the page has noted."""
    return page.evaluate("(what) => globalThis.noted[what]", what)


def forget(page: Page, what: str) -> None:
    """From now on anew."""
    page.evaluate("(what) => { globalThis.noted[what].length = 0 }", what)


def zoom(page: Page, address: str, patience_s: float = 30) -> dict[str, Any]:
    """Another window: milliseconds to the first picture and to the detail, and whether one was refused."""
    return page.evaluate(_ZOOM, [address, patience_s * 1000])


def until_shown(page: Page) -> float:
    """Waits for the first live point; when it was drawn, in seconds since 1970."""
    while not (shown := noted(page, "shown")):
        page.wait_for_timeout(20)
    return shown[0][0] / 1000


def heap_bytes(session: CDPSession) -> int:
    """The memory of the page's objects, after garbage is gone."""
    # Playwright leaves what the protocol answers untyped.
    session.send("HeapProfiler.collectGarbage")  # pyright: ignore[reportUnknownMemberType]
    usage = cast("dict[str, float]", session.send("Runtime.getHeapUsage"))  # pyright: ignore[reportUnknownMemberType]
    return int(usage["usedSize"])
