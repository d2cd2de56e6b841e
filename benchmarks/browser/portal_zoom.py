"""Any zoom of the past, through the page Explore: for the benchmark of the portal."""

from collections.abc import Sequence

import httpx
import numpy as np
import psycopg

from barograph.times import DAY_US, HOUR_US, MINUTE_US, SECOND_US, format_us, now_us
from benchmarks.browser.portal_browser import PortalBrowser, zoom
from benchmarks.browser.portal_rows import BarRow, PortalBench
from benchmarks.query import roll_up_all
from benchmarks.support.live_load import SENSORS
from benchmarks.zoom import DETAIL_COLUMNS, FIRST_COLUMNS, ZoomCase, ask, load, sensors_of
from tests.api.server import Person
from tests.seed import Project

# Of two windows that are asked for, one is asked by httpx too.
BASELINE_EVERY = 2


def zoom_rows(bench: PortalBench, browser: PortalBrowser) -> list[BarRow]:
    """Any zoom of the past, through Explore."""
    with psycopg.connect(bench.database_url) as connection:
        rows = connection.execute("select id from sensor order by id").fetchall()
        project = connection.execute("select id, public_id from project").fetchone()
    assert project is not None
    seeded = Project(project[0], project[1], "", project[1], (), [row[0] for row in rows])
    day_us = (now_us() // DAY_US - 3) * DAY_US
    lengths_us = (MINUTE_US, MINUTE_US) if bench.is_quick else (HOUR_US, 10 * MINUTE_US)
    cases = (
        ZoomCase("10 kHz", slice(SENSORS, SENSORS + 1), 10_000, day_us, lengths_us[0], 100),
        ZoomCase("20 x 1 kHz", slice(0, SENSORS), 1000, day_us + DAY_US, lengths_us[1], SECOND_US),
    )
    for case in cases:
        load(bench.database_url, seeded, case)
    roll_up_all(bench.database_url)
    browser.log_in()
    windows = 50 if bench.is_quick else 200
    wanted = ((4, 150, 300), (5, 250, 600))
    return [
        row
        for case, (number, first_ms, detail_ms) in zip(cases, wanted, strict=True)
        for row in zoomed(bench, browser, case, number, first_ms, detail_ms, windows)
    ]


def zoomed(
    bench: PortalBench,
    browser: PortalBrowser,
    case: ZoomCase,
    number: int,
    first_ms: float,
    detail_ms: float,
    windows: int,
) -> list[BarRow]:
    """Windows at random, of lengths even in their logarithm."""
    names = sensors_of(bench.database_url)[case.sensors]
    token = bench.api.picture.token
    client = httpx.Client(
        base_url=bench.api.picture.url, headers={"Authorization": f"Bearer {token}"}, timeout=60
    )
    rng = np.random.default_rng(1)
    length_us = np.exp(rng.uniform(np.log(case.min_us), np.log(case.length_us), windows)).astype(np.int64)
    start_us = case.start_us + (rng.uniform(0, 1, windows) * (case.length_us - length_us)).astype(np.int64)
    picks = "&".join(f"s={name}:raw" for name in names)
    page = browser.open(f"/explore?{picks}&plots={','.join('0' for _ in names)}")
    page.locator("canvas").first.wait_for()
    page.wait_for_timeout(3000)
    seen = list[dict[str, float]]()
    alone = dict[int, list[float]]()
    for place, (start, length) in enumerate(zip(start_us.tolist(), length_us.tolist(), strict=True)):
        times = f"from={format_us(start)}&to={format_us(start + length)}"
        plots = ",".join("0" for _ in names)
        seen.append(zoom(page, f"/explore?{picks}&plots={plots}&{times}"))
        if place % BASELINE_EVERY == 0:
            for columns in (FIRST_COLUMNS, DETAIL_COLUMNS):
                person = Person("bench", client)
                alone.setdefault(columns, []).append(ask(person, names, columns, start, start + length).ms)
    client.close()
    page.close()
    refused = sum(bool(each["refused"]) for each in seen)
    rows = (("first", FIRST_COLUMNS, first_ms), ("detail", DETAIL_COLUMNS, detail_ms))
    return [
        zoom_row(
            number, f"{case.name}, any zoom: {key}, p95", [each[key] for each in seen], bar, told, refused
        )
        for key, columns, bar in rows
        for told in [alone[columns]]
    ]


def zoom_row(
    number: int, what: str, seen_ms: Sequence[float], bar_ms: float, alone_ms: Sequence[float], refused: int
) -> BarRow:
    p95, bare = (float(np.percentile(each, 95)) for each in (seen_ms, alone_ms))
    told = f"{p95:.0f} ms (the question alone {bare:.0f}), {refused} refused"
    return BarRow(number, what, told, f"{bar_ms:.0f} ms", p95 <= bar_ms and not refused)
