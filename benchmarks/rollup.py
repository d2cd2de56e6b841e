"""Do roll-ups keep up with ingest, and what do they take from it?

Three questions, each with its answer beside it in the same run:

1. Readings rolled up a second (seconds, their fine tiers, minutes and what else follows, by the worker's own
   code on one connection) against one `insert … select … group by` of the same statistics over seconds only,
   and against the same without fine tiers. Wanted: 0.7.
2. Ingest as fast as acks allow with a worker rolling up, against ingest alone. Wanted: 0.6.
3. How long after its commit a window is consumed while 100,000 readings flow each second. Wanted: 95 % within
   2 s.

Data: 500 sensors with linear profiles, four producers with 1 kHz samples of the last hour, through ingest;
for the third question 200 Hz, which is what arrives.

Run: `python -m benchmarks.rollup [--quick]`. Last result (28 November 2026, `--quick`, two cores that
gateways, ingest, worker and database share; on 26 November, ingest while rolling up was 0.96):

| what                            | measured    | ratio |
| ------------------------------- | ----------- | ----- |
| insert … select … group by      | 1,594,347/s | 1.00  |
| roll-ups, one connection        | 919,795/s   | 0.58  |
| the same without fine tiers     | 1,242,553/s | 0.78  |
| ingest alone                    | 667,479/s   | 1.00  |
| ingest while rolling up         | 412,423/s   | 0.62  |
| windows within 2 s at 100,000/s | 100.0%      |       |

Before there were fine tiers, it was 0.83 of SQL alone.
"""

import argparse
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch
from urllib.request import urlopen

import psycopg

from backfill.jobs.row_claims import create_work_pool
from backfill.rollups import buckets
from backfill.rollups.jobs import roll_up_messages
from backfill.rollups.refresh import roll_up
from barograph.database.queries import load_queries
from benchmarks.databases import fresh_database, serving_cluster, serving_redis
from benchmarks.ingest import LINEAR
from benchmarks.support.gateways import SENSORS, Load, run_gateways
from benchmarks.table import print_table
from tests.backfill.rollups.expected import look_each_time
from tests.programs import running
from tests.seed import seed_project

STEADY_HZ = 100_000
QUERIES = load_queries(Path(__file__).parent / "sql")


def main() -> None:
    """Measures, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="fewer readings and rounds")
    is_quick = parser.parse_args().quick
    readings, rounds, steady_s = (1_000_000, 1, 10) if is_quick else (4_000_000, 3, 30)
    with serving_cluster() as server_url, serving_redis() as redis_url:
        rates = [measure_rates(server_url, Load(readings)) for _ in range(3)]
        plain, own, coarse = (statistics.median(each) for each in zip(*rates, strict=True))
        shared = [measure_ingest(server_url, redis_url, Load(2 * readings)) for _ in range(rounds)]
        alone, together = (statistics.median(each) for each in zip(*shared, strict=True))
        steady = Load(steady_s * STEADY_HZ, rate_hz=STEADY_HZ, step_us=1_000_000 * SENSORS // STEADY_HZ)
        within = measure_freshness(server_url, redis_url, steady)
    rows = [
        ("insert … select … group by", f"{plain:,.0f}/s", "1.00"),
        ("roll-ups, one connection", f"{own:,.0f}/s", f"{own / plain:.2f}"),
        ("the same without fine tiers", f"{coarse:,.0f}/s", f"{coarse / plain:.2f}"),
        ("ingest alone", f"{alone:,.0f}/s", "1.00"),
        ("ingest while rolling up", f"{together:,.0f}/s", f"{together / alone:.2f}"),
        (f"windows within 2 s at {STEADY_HZ:,}/s", f"{within:.1%}", ""),
    ]
    print_table("Roll-ups", ("what", "measured", "ratio"), rows)


def measure_rates(server_url: str, load: Load) -> tuple[float, float, float]:
    """Readings a second in plain SQL, and by the worker's code with fine tiers and without."""
    with fresh_database(server_url) as url:
        send(url, load)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("vacuum analyze reading")
            connection.execute(QUERIES["rollup.make_plain"])
            connection.execute(QUERIES["rollup.index_plain"])
            started = time.perf_counter()
            connection.execute(QUERIES["rollup.group_by"])
            plain_s = time.perf_counter() - started
            connection.execute(QUERIES["rollup.save_windows"])
            own_s = time_roll_up(url)
            for name in ("rollup.forget", "rollup.restore_windows"):
                connection.execute(QUERIES[name])
            with patch.object(buckets, "FINE_BOUNDS", (2**31, 2**31)):
                coarse_s = time_roll_up(url)
    rates = (load.total / plain_s, load.total / own_s, load.total / coarse_s)
    print("  plain {:,.0f}/s, roll-ups {:,.0f}/s, without fine tiers {:,.0f}/s".format(*rates), flush=True)
    return rates


def time_roll_up(url: str) -> float:
    """Seconds until no window waits."""
    with create_work_pool(url, 1) as pool:
        waiting = look_each_time(pool)
        started = time.perf_counter()
        while roll_up_messages(waiting):
            roll_up(pool)
        return time.perf_counter() - started


def measure_ingest(server_url: str, redis_url: str, load: Load) -> tuple[float, float]:
    """Readings a second that ingest takes alone, and beside a worker."""
    with fresh_database(server_url) as url:
        alone_s, _ = send(url, load)
    with fresh_database(server_url) as url:
        together_s, _ = send(url, load, redis_url)
    print(
        f"  ingest {load.total / alone_s:,.0f}/s, beside a worker {load.total / together_s:,.0f}/s",
        flush=True,
    )
    return load.total / alone_s, load.total / together_s


def measure_freshness(server_url: str, redis_url: str, load: Load) -> float:
    """The share of windows that were consumed within 2 s of their commit."""
    with fresh_database(server_url) as url:
        _, lags = send(url, load, redis_url)
    return lags["2.0"] / lags["+Inf"]


def send(url: str, load: Load, redis_url: str | None = None) -> tuple[float, dict[str, float]]:
    """Sends the load through ingest, beside a worker if there is a Redis.

    Returns:
        seconds until all was acknowledged, and the worker's lags: windows consumed within so many seconds.
    """
    project = seed_project(url, SENSORS, LINEAR)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ingest = stack.enter_context(running("ingest", url, Path(folder) / "ingest.log"))
        if redis_url is None:
            return run_gateways(ingest.socket_url, project.token, load).seconds, {}
        worker = stack.enter_context(
            running("backfill", url, Path(folder) / "worker.log", {"BAROGRAPH_REDIS_URL": redis_url})
        )
        seconds = run_gateways(ingest.socket_url, project.token, load).seconds
        if load.rate_hz:
            wait_until_clean(url)
        return seconds, read_lags(worker.url)


def wait_until_clean(url: str) -> None:
    """Until no window is left, so that the slowest count too."""
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(QUERIES["rollup.dirty"]).fetchone() != (0,):
            time.sleep(0.05)


def read_lags(worker_url: str) -> dict[str, float]:
    """The histogram of lags in the worker's metrics: its upper bounds, and how many were within each."""
    with urlopen(f"{worker_url}/metrics", timeout=5) as answer:  # noqa: S310  # our own program
        lines = answer.read().decode().splitlines()
    prefix = 'barograph_rollup_lag_seconds_bucket{le="'
    buckets = [line.removeprefix(prefix).split('"} ') for line in lines if line.startswith(prefix)]
    return {bound: float(count) for bound, count in buckets}


if __name__ == "__main__":
    main()
