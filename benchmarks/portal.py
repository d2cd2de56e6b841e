"""Is the portal as quick as it should be, in a browser, with the programs as they run?

A gateway sends 20 sensors at 1 kHz in frames of 50 ms. Headless Chromium with software raster opens pages of
the portal beside it, and notes when it has drawn what. The same questions are asked by httpx, and the same
picture is watched by a bare socket, in the same run: what the page adds is the difference. Any zoom is asked
of an hour of 10 kHz and of 20 sensors of 1 kHz, which are loaded first.

Rows are those of `docs/portal.md`. `--quick` loads a minute instead of an hour and opens 200 sockets, not
1,000; `--long` watches for half an hour; `--rows 3,8` measures some.

Run: `python -m benchmarks.portal [--quick | --long] [--rows 1,2,…]`. Last result: see docs/portal.md.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from barograph.local.portal.build import build_portal, portal_folders
from barograph.settings import Settings
from benchmarks.browser.portal_browser import PortalBrowser, portal_browser
from benchmarks.browser.portal_rows import BarRow, PortalBench, build_rows, crowd_rows, live_rows
from benchmarks.browser.portal_zoom import zoom_rows
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.live import LiveApi, seeded, sending
from benchmarks.support.live_load import SentFrames
from benchmarks.table import print_table
from tests.api.server import SIGNING_KEY
from tests.programs import running

EMAIL = "watcher@example.org"
BUILD, LIVE, ZOOM, CROWD = {1, 2}, {3, 7, 8, 20}, {4, 5}, {10, 11}


@dataclass(frozen=True)
class BenchOptions:
    """The options of a run."""

    rows: frozenset[int]
    is_quick: bool
    is_long: bool

    def wants(self, rows: set[int]) -> bool:
        return bool(rows & self.rows)


def main() -> None:
    """Measures, and prints one table."""
    options = read_options()
    build_portal(portal_folders(Settings()))
    rows = build_rows() if options.wants(BUILD) else []
    if options.wants(LIVE | ZOOM | CROWD):
        rows += served_rows(options)
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    header = ("row", "what", "seen", "bar", "holds")
    shown = [row.cells for row in rows if row.number in options.rows]
    print_table(f"The portal's bar; load {load}, {os.cpu_count()} cores", header, shown)


def read_options() -> BenchOptions:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="less data, fewer sockets")
    parser.add_argument("--long", action="store_true", help="half an hour of live plots")
    parser.add_argument("--rows", default="1,2,3,4,5,7,8,10,11,20", help="some, by number")
    given = parser.parse_args()
    rows = frozenset(int(each) for each in given.rows.split(","))
    return BenchOptions(rows, given.quick, given.long)


def served_rows(options: BenchOptions) -> list[BarRow]:
    """Rows that need everything running."""
    settings = {
        "BAROGRAPH_SIGNING_KEY": SIGNING_KEY,
        "BAROGRAPH_LIVE_MAX_STREAMS_OF_ACCOUNT": "4000",
        "BAROGRAPH_REQUESTS_PER_S_OF_LOGIN": "0",
        "BAROGRAPH_REQUESTS_PER_S_OF_ADDRESS": "0",
    }
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(stack.enter_context(serving_cluster())))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ingest = stack.enter_context(running("ingest", url, folder / "ingest.log"))
        settings |= {"BAROGRAPH_DATA_DIR": str(folder)}
        program = stack.enter_context(running("api", url, folder / "api.log", settings))
        token, picture = seeded(url, program.url)
        api = LiveApi(program, picture)
        bench = PortalBench(api, url, is_quick=options.is_quick, is_long=options.is_long)
        rows: list[BarRow] = []
        if options.wants(LIVE | CROWD):
            rows += while_sending(ingest.socket_url, token, bench, options)
        if options.wants(ZOOM):
            rows += in_browser(bench, lambda browser: zoom_rows(bench, browser))
    return rows


def while_sending(socket_url: str, token: str, bench: PortalBench, options: BenchOptions) -> list[BarRow]:
    """Rows beside a gateway: what was sent when is known once it has ended."""
    later: list[Callable[[SentFrames], Sequence[BarRow]]] = []
    rows: list[BarRow] = []
    with sending(socket_url, token) as found:
        if options.wants(LIVE):
            rows += in_browser(bench, lambda browser: live_rows(bench, browser, later, options.rows))
        if options.wants(CROWD):
            rows += crowd_rows(bench, later)
    sent = found.get()
    return [*rows, *(row for tell in later for row in tell(sent))]


def in_browser(bench: PortalBench, measure: Callable[[PortalBrowser], list[BarRow]]) -> list[BarRow]:
    with portal_browser(bench.api.picture, EMAIL) as browser:
        return measure(browser)


if __name__ == "__main__":
    main()
