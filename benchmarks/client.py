"""How long does an analyst wait for a table of a curve, and how much of that is the client's?

`Client.series` of 2,000 points, and a bare httpx request for the same Arrow stream, are asked in turn, in one
run; the API is a process of its own. Data: a sensor of 1 kHz for half an hour, rolled up by the worker's own
code. `--quick`: three minutes.

Run: `python -m benchmarks.client [--quick]`. The last recorded result stands in docs/analysis.md.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx
import numpy as np
from barograph_client import Client

from backfill.jobs.row_claims import create_work_pool
from barograph.program.log import configure_logging
from barograph.settings import Settings
from barograph.times import MINUTE_US, format_us, now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.table import print_table
from tests.api.server import PASSWORD, SIGNING_KEY, Server
from tests.backfill.rollups.expected import Store, work_everything_off
from tests.programs import running
from tests.seed import Profile, Project, seed_project

STEP_US = 1000
COMMIT_READINGS = 60_000
POINTS = 2000
REPEATS = 60
EMAIL = "analyst@example.org"
ARROW = "application/vnd.apache.arrow.stream"


def main() -> None:
    """Loads, rolls up, asks in turn, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the readings")
    minutes = 3 if parser.parse_args().quick else 30
    configure_logging(Settings.model_validate({"log_level": "warning"}), "benchmark")
    with ExitStack() as stack:
        database_url = stack.enter_context(fresh_database(stack.enter_context(serving_cluster())))
        project = seed_project(database_url, 1, [Profile(payload={"slope": 25, "offset": -12.5})])
        start_us = now_us() // MINUTE_US * MINUTE_US - 60 * MINUTE_US
        end_us = start_us + minutes * MINUTE_US
        load(database_url, project, start_us, end_us)
        log = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "api.log"
        settings = {"BAROGRAPH_SIGNING_KEY": SIGNING_KEY}
        api = stack.enter_context(running("api", database_url, log, settings))
        server = Server(api.url, database_url)
        server.register(EMAIL, is_admin=True)
        client = stack.enter_context(
            Client(server.url, email=EMAIL, password=PASSWORD, project=str(project.public_id))
        )
        bare = stack.enter_context(server.client(server.log_in(EMAIL)["access_token"]))
        rows = measured(client, bare, format_us(start_us), format_us(end_us))
    header = ("way", "p50, ms", "p95, ms", "times a bare request")
    print_table(f"{POINTS:,} points of {minutes * 60_000:,} readings", header, rows)


def load(database_url: str, project: Project, start_us: int, end_us: int) -> None:
    """A wave, rolled up."""
    store = Store(database_url, project)
    for first_us in range(start_us, end_us, COMMIT_READINGS * STEP_US):
        t_us = np.arange(first_us, min(first_us + COMMIT_READINGS * STEP_US, end_us), STEP_US)
        store.commit([(0, at, 2.5 + 2 * np.sin(at / 1e7)) for at in t_us.tolist()])
    store.close()
    with create_work_pool(database_url, 1) as pool:
        work_everything_off(pool)


def measured(client: Client, bare: httpx.Client, start: str, end: str) -> list[tuple[str, str, str, str]]:
    """A row for each way."""
    sensor = client.get_sensor("s0").id
    question = {"sensor": sensor, "from": start, "to": end, "max_points": POINTS}

    def by_client() -> int:
        return client.series(sensor, start, end, max_points=POINTS).height

    def by_request() -> int:
        return len(bare.get("/api/v1/series", params=question, headers={"Accept": ARROW}).content)

    assert by_client() > POINTS / 4
    assert by_request() > 0
    times = [(timed(by_client), timed(by_request)) for _ in range(REPEATS)]
    ours, theirs = (sorted(column) for column in zip(*times, strict=True))
    base = statistics.median(theirs)
    return [row("`Client.series`", ours, base), row("bare httpx", theirs, base)]


def row(name: str, times_s: list[float], base_s: float) -> tuple[str, str, str, str]:
    """A row of the table."""
    p50, p95 = statistics.median(times_s), times_s[int(len(times_s) * 0.95)]
    return name, f"{p50 * 1000:.1f}", f"{p95 * 1000:.1f}", f"{p50 / base_s:.2f}"


def timed(work: Callable[[], object]) -> float:
    """How long it takes, in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
