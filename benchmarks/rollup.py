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
gateways, ingest, worker and database share with other work: rates vary by a third from run to run). In turn,
before decisions 1250 and 1251 and after them; the ratio is to plain SQL, or to ingest alone, of the same run.

| what                                     | before      |      | after       |      |
| ---------------------------------------- | ----------- | ---- | ----------- | ---- |
| insert … select … group by               | 1,201,421/s |      | 1,262,135/s |      |
| roll-ups, one connection                 | 720,661/s   | 0.60 | 918,210/s   | 0.73 |
| the same without fine tiers              | 1,043,237/s | 0.87 | 1,143,737/s | 0.91 |
| ingest alone                             | 427,076/s   |      | 613,210/s   |      |
| ingest while rolling up                  | 270,555/s   | 0.63 | 378,827/s   | 0.62 |
| windows within 2 s at 100,000/s          | 78.4%       |      | 100.0%      |      |
| processor time of roll-ups for a reading | 4.89 us     |      | 2.44 us     |      |

As fast as acks allow, the connection that rolls up took 1.67 us of the processor for each reading, and takes
0.99; the worker's process 0.16 and 0.15. That is a third of what ingest and COPY take. And COPY takes more of
the processor while anything else runs on these two cores: 2.3 us alone, 3.0 beside the worker. At rest,
before, ingest while rolling up was 0.73.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
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
from benchmarks.support.processor_time import cpu_s
from benchmarks.table import print_table
from tests.backfill.rollups.expected import look_each_time
from tests.programs import Program, running
from tests.seed import seed_project

STEADY_HZ = 100_000
QUERIES = load_queries(Path(__file__).parent / "sql")


@dataclass(frozen=True)
class Sent:
    """Readings that ingest took.

    Attributes:
        seconds: until all was acknowledged.
        lags: the worker's: windows consumed within so many seconds.
        cpu_us: processor time for each reading, by who took it: programs, and roles of connections.
        written: how often each row of roll-ups was written.
    """

    seconds: float
    lags: Mapping[str, float]
    cpu_us: Mapping[str, float]
    written: float

    @property
    def rollup_us(self) -> float:
        """The processor's time of the worker and its connections that roll up."""
        return self.cpu_us["worker"] + self.cpu_us["barograph-work"]

    @property
    def within(self) -> float:
        """The share of windows that were consumed within 2 s of their commit."""
        return self.lags["2.0"] / self.lags["+Inf"]


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
        fresh = measure_freshness(server_url, redis_url, steady)
    rows = [
        ("insert … select … group by", f"{plain:,.0f}/s", "1.00"),
        ("roll-ups, one connection", f"{own:,.0f}/s", f"{own / plain:.2f}"),
        ("the same without fine tiers", f"{coarse:,.0f}/s", f"{coarse / plain:.2f}"),
        ("ingest alone", f"{alone:,.0f}/s", "1.00"),
        ("ingest while rolling up", f"{together:,.0f}/s", f"{together / alone:.2f}"),
        (f"windows within 2 s at {STEADY_HZ:,}/s", f"{fresh.within:.1%}", ""),
        ("each row of roll-ups was written", f"{fresh.written:.2f} times", ""),
        ("processor time of roll-ups for a reading", f"{fresh.rollup_us:.2f} us", ""),
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
        alone = send(url, load)
    with fresh_database(server_url) as url:
        together = send(url, load, redis_url)
    rates = load.total / alone.seconds, load.total / together.seconds
    print("  ingest {:,.0f}/s, beside a worker {:,.0f}/s".format(*rates), flush=True)
    return rates


def measure_freshness(server_url: str, redis_url: str, load: Load) -> Sent:
    """How fresh roll-ups are, and what they cost."""
    with fresh_database(server_url) as url:
        return send(url, load, redis_url)


def send(url: str, load: Load, redis_url: str | None = None) -> Sent:
    """Sends the load through ingest, beside a worker if there is a Redis."""
    project = seed_project(url, SENSORS, LINEAR)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ingest = stack.enter_context(running("ingest", url, Path(folder) / "ingest.log"))
        programs, worker = {"ingest": ingest}, None
        if redis_url is not None:
            worker = stack.enter_context(
                running("backfill", url, Path(folder) / "worker.log", {"BAROGRAPH_REDIS_URL": redis_url})
            )
            programs["worker"] = worker
        before_s = taken_s(url, programs)
        seconds = run_gateways(ingest.socket_url, project.token, load).seconds
        if worker is not None and load.rate_hz:
            wait_until_clean(url)
        cpu_us = {
            name: (each_s - before_s.get(name, 0.0)) / load.total * 1e6
            for name, each_s in taken_s(url, programs).items()
        }
        with psycopg.connect(url, autocommit=True) as connection:
            row = connection.execute(QUERIES["rollup.written"]).fetchone()
        written = float(row[0] or 0) if row is not None else 0.0
        said = ", ".join(f"{name} {us:.2f}" for name, us in cpu_us.items() if us >= 0.005)
        print(f"  us of processor a reading: {said}; each row written {written:.2f} times", flush=True)
        return Sent(seconds, {} if worker is None else read_lags(worker.url), cpu_us, written)


def taken_s(url: str, programs: Mapping[str, Program]) -> dict[str, float]:
    """Processor time until now of programs and of the server's processes that serve connections, by role."""
    taken: dict[str, float] = {}
    for name, program in programs.items():
        assert program.process is not None
        taken[name] = cpu_s(program.process.pid)
    with psycopg.connect(url, autocommit=True) as connection:
        for role, pid in connection.execute(QUERIES["rollup.backends"]):
            taken[role] = taken.get(role, 0.0) + cpu_s(pid)
    return taken


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
