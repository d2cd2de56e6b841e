"""The rows of the portal's benchmark: what is measured, and what is wanted of it."""

import gzip
import re
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
from playwright.sync_api import Page

from barograph.local.portal.build import build_portal, portal_folders
from barograph.local.portal.folders import PortalFolders
from barograph.settings import Settings
from benchmarks.browser.portal_browser import PortalBrowser, forget, heap_bytes, noted, until_shown
from benchmarks.live import LiveApi, little_by_little, measure_crowd, measure_idle, measure_one, watch_one
from benchmarks.support.live_load import LivePicture, SeenFrames, SentFrames
from tests.api.server import PASSWORD

DEEP_LINKS = 10
LIVE_S, DELAY_S = 20.0, 20.0
HEAP_FROM_S, HEAP_S, LONG_HEAP_S = 60.0, 60.0, 1680.0


@dataclass(frozen=True)
class BarRow:
    """A line of the table."""

    number: int
    what: str
    seen: str
    bar: str
    holds: bool

    @property
    def cells(self) -> Sequence[str]:
        return (str(self.number), self.what, self.seen, self.bar, "yes" if self.holds else "no")


@dataclass(frozen=True)
class PortalBench:
    """The installation that runs, and how much of it is measured."""

    api: LiveApi
    database_url: str
    is_quick: bool
    is_long: bool

    @property
    def live_address(self) -> str:
        """All 20 sensors and the one that counts frames, which must come last."""
        sensors = "&".join(f"s={each}:raw" for each in self.api.picture.sensors)
        return f"/live?{sensors}&live=60s"


Later = list[Callable[[SentFrames], Sequence[BarRow]]]


def build_rows() -> list[BarRow]:
    """The time that set-up takes for the portal, and what a browser loads."""
    folders = portal_folders(Settings())
    again_s = seconds_of(lambda: build_portal(folders))
    (folders.dist / "stamp").unlink()
    anew_s = seconds_of(lambda: build_portal(folders))
    entry, whole = bytes_of(folders)
    return [
        BarRow(1, "set-up, nothing changed", f"{again_s * 1000:.0f} ms", "200 ms", again_s < 0.2),
        BarRow(1, "set-up, built anew, packages installed", f"{anew_s:.1f} s", "30 s", anew_s < 30),
        BarRow(2, "entry, gz", f"{entry / 1000:.0f} kB", "70 kB", entry <= 70_000),
        BarRow(2, "all chunks, gz", f"{whole / 1000:.0f} kB", "250 kB", whole <= 250_000),
    ]


def seconds_of(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def bytes_of(folders: PortalFolders) -> tuple[int, int]:
    """The bytes of what every page loads, and of all."""
    size = {path.name: packed(path) for path in (folders.dist / "assets").iterdir() if is_plain(path)}
    entry = re.findall(r'(?:src|href)="/assets/([^"]+)"', (folders.dist / "index.html").read_text())
    return sum(size[name] for name in set(entry)), sum(size.values())


def packed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes()))


def is_plain(path: Path) -> bool:
    return path.suffix not in {".br", ".gz"}


def live_rows(
    bench: PortalBench, browser: PortalBrowser, later: Later, wanted: frozenset[int]
) -> list[BarRow]:
    """Rows of pages that move."""
    measures: Sequence[tuple[int, Callable[[], list[BarRow]]]] = (
        (3, lambda: [*first_point(browser), *deep_links(browser)]),
        (20, lambda: quietness(browser)),
        (7, lambda: moving(bench, browser)),
        (8, lambda: delays(bench, browser, later)),
    )
    browser.log_in()
    return [row for number, measure in measures if number in wanted for row in measure()]


def first_point(browser: PortalBrowser) -> list[BarRow]:
    """From Enter on the log-in page to the first live point; the session alone by httpx beside it."""
    browser.context.clear_cookies()
    page = browser.open("/login")
    page.get_by_label("E-mail").fill(browser.email)
    page.get_by_label("Password").fill(PASSWORD)
    began_s = time.time()
    page.keyboard.press("Enter")
    took_s = until_shown(page) - began_s
    page.close()
    url, body = browser.picture.url, {"email": browser.email, "password": PASSWORD}
    alone_s = seconds_of(lambda: httpx.post(f"{url}/session", json=body, headers={"Origin": url}))
    seen = f"{took_s:.2f} s (the log-in alone {alone_s:.2f})"
    return [BarRow(3, "log in to first live point", seen, "2 s", took_s <= 2)]


def deep_links(browser: PortalBrowser) -> list[BarRow]:
    """Measures links to four sensors, as Live opens by itself."""
    sensors = "&".join(f"s={each}:raw" for each in browser.picture.sensors[:4])
    took_ms = list[float]()
    for _ in range(DEEP_LINKS):
        page = browser.open(f"/live?{sensors}&live=60s")
        drawn_s = until_shown(page)
        took_ms.append(drawn_s * 1000 - page.evaluate("performance.timeOrigin"))
        page.close()
    p95 = float(np.percentile(took_ms, 95))
    return [BarRow(3, "warm deep link to first plot, p95", f"{p95:.0f} ms", "800 ms", p95 <= 800)]


def quietness(browser: PortalBrowser) -> list[BarRow]:
    """First paint, shifts of the page, and tasks that keep it from answering."""
    page = browser.open("/live")
    loaded_s = until_shown(page) - page.evaluate("performance.timeOrigin") / 1000
    page.wait_for_timeout(LIVE_S * 1000)
    paint_ms = float(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
    shifts = float(page.evaluate("globalThis.noted.shifts"))
    tasks = [ms for start, ms in noted(page, "longTasks") if start > loaded_s * 1000 + 1000]
    longest = max(tasks, default=0.0)
    page.close()
    return [
        BarRow(20, "Live: first contentful paint", f"{paint_ms:.0f} ms", "1,000 ms", paint_ms <= 1000),
        BarRow(20, "Live: layout shift", f"{shifts:.3f}", "0.02", shifts <= 0.02),
        BarRow(20, "Live: longest task after load", f"{longest:.0f} ms", "100 ms", longest <= 100),
    ]


def moving(bench: PortalBench, browser: PortalBrowser) -> list[BarRow]:
    """Frames, script and memory with 20 sensors of 1 kHz."""
    page = browser.open(bench.live_address)
    until_shown(page)
    page.wait_for_timeout(5000)
    forget(page, "frames")
    page.wait_for_timeout(LIVE_S * 1000)
    frames = noted(page, "frames")
    fps = len(frames) / LIVE_S
    script_ms = float(np.percentile([ms for _, ms in frames], 95))
    before, after = heaps(page, browser, LONG_HEAP_S if bench.is_long else HEAP_S)
    page.close()
    what = "20 x 1 kHz, 60 s window"
    span = f"after {(HEAP_FROM_S + (LONG_HEAP_S if bench.is_long else HEAP_S)) / 60:.0f} min"
    growth = f"{before / 1e6:.1f} to {after / 1e6:.1f} MB {span}"
    return [
        BarRow(7, f"{what}: frames a second", f"{fps:.0f}", "30", fps >= 30),
        BarRow(7, f"{what}: script a frame, p95", f"{script_ms:.1f} ms", "8 ms", script_ms <= 8),
        BarRow(7, f"{what}: heap", growth, "+ 10 %", after <= before * 1.1),
    ]


def heaps(page: Page, browser: PortalBrowser, seconds: float) -> tuple[int, int]:
    """Once the window is full, and much later."""
    session = browser.context.new_cdp_session(page)
    page.wait_for_timeout(HEAP_FROM_S * 1000)
    before = heap_bytes(session)
    for _ in range(int(seconds)):
        page.wait_for_timeout(1000)
        for what in ("frames", "shown", "answers"):
            forget(page, what)
    return before, heap_bytes(session)


def delays(bench: PortalBench, browser: PortalBrowser, later: Later) -> list[BarRow]:
    """From the gateway's send to the pixel; a bare socket beside it."""
    page = browser.open(bench.live_address)
    until_shown(page)
    page.wait_for_timeout(5000)
    forget(page, "shown")
    began_s = time.time()
    page.wait_for_timeout(DELAY_S * 1000)
    seen = SeenFrames([(ms / 1000, int(seq)) for ms, seq in noted(page, "shown")])
    page.close()
    socket = measure_one("socket", watch_beside, bench.api, DELAY_S)

    def tell(sent: SentFrames) -> Sequence[BarRow]:
        # The first that is shown says nothing of those before it.
        p50, p95 = (float(each) * 1000 for each in np.percentile(seen.delays_s(sent, began_s), [50, 95]))
        bare = np.percentile(socket.seen[0].delays_s(sent, socket.began_s), [50, 95]) * 1000
        told = f"{p50:.0f} and {p95:.0f} ms (a bare socket {bare[0]:.0f} and {bare[1]:.0f})"
        holds = p50 <= 200 and p95 <= 400
        return [BarRow(8, "send to pixel, p50 and p95", told, "200 and 400 ms", holds)]

    later.append(tell)
    return []


def watch_beside(picture: LivePicture, seconds: float) -> SeenFrames:
    """In a thread: the browser's has a loop already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(watch_one, picture, seconds).result()


def crowd_rows(bench: PortalBench, later: Later) -> list[BarRow]:
    """The cost of many and slow clients to the server."""
    idle, sockets = (50, 200) if bench.is_quick else (200, 1000)
    hidden = measure_idle("hidden", bench.api, idle, None)
    slow = measure_idle("at 10 kB/s", bench.api, idle, little_by_little)
    crowd = measure_crowd(bench.api, sockets, LIVE_S)

    def tell(sent: SentFrames) -> Sequence[BarRow]:
        cores = crowd.busy_s / (crowd.ended_s - crowd.began_s)
        every = [seen.delays_s(sent, crowd.began_s) for seen in crowd.seen]
        p95 = statistics.median(float(np.percentile(each, 95)) for each in every) * 1000
        kept = sent.kept(crowd.began_s, crowd.ended_s)
        told = f"{cores:.2f} cores, p95 {p95:.0f} ms, ingest keeps {kept:.2f}"
        holds = cores <= 0.6 and p95 <= 150 and kept >= 0.95
        bar = "0.6 cores, 150 ms, 0.95"
        return [BarRow(11, f"{sockets} sockets x 20 sensors, 10 Hz", told, bar, holds)]

    later.append(tell)
    rows = ((hidden, "clients hidden"), (slow, "clients at 10 kB/s"))
    return [
        BarRow(10, f"{idle} {what}", cost.other, "256 KiB, 1 s", is_light(cost.other)) for cost, what in rows
    ]


def is_light(told: str) -> bool:
    """Whether the page was light, as `measure_idle` tells it."""
    memory, caught_up = re.findall(r"\d+", told)
    return int(memory) <= 256 and int(caught_up) <= 1000
