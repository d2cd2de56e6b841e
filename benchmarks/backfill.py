"""Is a recalibration through NumPy as fast as the database can rewrite by itself?

Baseline: `update reading set physical = <polynomial of raw>`, one statement over one connection.
Ours: the same polynomial as a profile, applied by one worker and by two, each a process of its own. Unlike
the baseline that plans its windows, saves what it replaces for undo, notes its effect, and marks minutes for
roll-ups. (The roll-ups themselves run in neither.)
Beside it: gateways that stream as fast as acks allow, without and with a worker at a backfill.

Data: 50 sensors at 1 kHz, stored in the batches that ingest writes, and rolled up. A fresh database of the
same cluster for each case, in turn, in one run.

Run: `python -m benchmarks.backfill [--quick]`. Last result (28 November 2026, `--quick`, one run, two
cores that workers and database share). A worker took 201 MiB at most. Wanted: 1.0 and 1.5 of SQL, and 0.6
beside ingest. With 10 million readings, rounds of 22 November gave 0.91 to 1.11 for one worker and 1.68 to
1.94 for two.

| rewriting                   | readings/s | of the first |
| --------------------------- | ---------- | ------------ |
| SQL alone, 1 connection     | 179,645    | 1.00         |
| 1 worker                    | 191,002    | 1.06         |
| 2 workers                   | 348,640    | 1.94         |
| ingest, undisturbed         | 590,884    | 1.00         |
| ingest, beside one worker   | 495,253    | 0.84         |
"""

import argparse
import multiprocessing
import resource
import statistics
import tempfile
import time
from contextlib import nullcontext
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Self

import numpy as np
import psycopg
from psycopg.types.json import Jsonb

from backfill.jobs.row_claims import create_work_pool
from backfill.recalibration.recalibrator import Recalibrator
from backfill.rollups.jobs import roll_up_messages
from backfill.rollups.refresh import roll_up
from barograph.catalog.catalog import CatalogCache
from barograph.database.block_format import copy_readings, encode_readings
from barograph.database.copy_format import ReadingColumns
from barograph.database.queries import query
from barograph.program.memory import keep_freed_memory
from barograph.readings.dirty_seconds import find_dirty
from barograph.readings.storing.store import connect, mark_dirty
from barograph.times import now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.support.gateways import HOUR_US, SENSORS, Load, run_gateways
from benchmarks.table import print_table
from tests.backfill.rollups.expected import look_each_time
from tests.programs import running
from tests.seed import Profile, Project, add_profile, change_catalog, seed_project

COEFFICIENTS = [0.5, 1.5, 0.25, 0.125]
HISTORY_SENSORS = 50
BATCH = 50_000
WINDOW = 250_000
LINEAR = [Profile("linear", {"slope": 2, "offset": 1})]
# A polynomial in Horner's form, as NumPy evaluates it too.
# Readings come a hundred together, so that all are in blocks.
UPDATE = (
    "update reading_block set profile_id = profile_id, physical = array("
    "select 0.5 + raw * (1.5 + raw * (0.25 + raw * 0.125))"
    " from unnest(raw) with ordinality as each (raw, place) order by place)"
)


def main() -> None:
    """Measures every case against the baseline, and prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a fifth of the readings, one round")
    parser.add_argument("--no-ingest", action="store_true", help="without what gateways notice of it")
    options = parser.parse_args()
    readings, rounds = (2_000_000, 1) if options.quick else (10_000_000, 3)
    with serving_cluster() as server_url:
        report_rewriting(server_url, readings, rounds)
        if not options.no_ingest:
            report_ingest(server_url, readings, rounds)


def report_rewriting(server_url: str, readings: int, rounds: int) -> None:
    """SQL alone, one worker, two workers."""
    cases = {"SQL alone, 1 connection": 0, "1 worker": 1, "2 workers": 2}
    rates: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, workers in cases.items():
            with fresh_database(server_url) as url:
                project = store_history(url, readings)
                rates[name].append(
                    readings / (recalibrate(url, project, workers) if workers else rewrite_in_sql(url))
                )
                check(url, project, readings)
            print(f"  {name}: {rates[name][-1]:,.0f}/s", flush=True)
    medians = {name: statistics.median(each) for name, each in rates.items()}
    alone = medians["SQL alone, 1 connection"]
    rows = [(name, f"{rate:,.0f}", f"{rate / alone:.2f}") for name, rate in medians.items()]
    print_table("Recalibration", ("rewriting", "readings/s", "of SQL"), rows)


def report_ingest(server_url: str, readings: int, rounds: int) -> None:
    """What gateways get through while nothing, and while a backfill, is under way."""
    rates: dict[bool, list[float]] = {False: [], True: []}
    load = Load(readings // 2)
    for _ in range(rounds):
        for is_beside, each in rates.items():
            with fresh_database(server_url) as url, tempfile.TemporaryDirectory() as folder:
                project = store_history(url, readings)
                with (
                    running("ingest", url, Path(folder) / "ingest.log") as ingest,
                    Workers(url, 1) if is_beside else nullcontext(),
                ):
                    if is_beside:
                        ask(url, project)
                    seconds = run_gateways(ingest.socket_url, project.token, load).seconds
                each.append(load.total / seconds)
            print(f"  ingest, backfill {is_beside}: {each[-1]:,.0f}/s", flush=True)
    alone, beside = (statistics.median(each) for each in rates.values())
    rows = [
        ("undisturbed", f"{alone:,.0f}", "1.00"),
        ("beside a backfill, 1 worker", f"{beside:,.0f}", f"{beside / alone:.2f}"),
    ]
    print_table("Ingest beside a recalibration", ("ingest", "readings/s", "of undisturbed"), rows)


def store_history(url: str, readings: int) -> Project:
    """Readings that end an hour and a half ago, rolled up: batches sorted by sensor, each of all sensors."""
    project = seed_project(url, SENSORS + HISTORY_SENSORS, LINEAR)
    sensor_ids = np.array(project.sensor_ids[SENSORS:], np.int32)
    each = BATCH // HISTORY_SENSORS
    slot = np.repeat(np.arange(HISTORY_SENSORS, dtype=np.int32), each)
    start_us = now_us() - HOUR_US * 3 // 2 - readings // HISTORY_SENSORS * 1000
    random = np.random.default_rng(0)
    with connect(url) as connection:
        for batch in range(readings // BATCH):
            t_us = np.tile(start_us + (batch * each + np.arange(each)) * 1000, HISTORY_SENSORS)
            raw = random.normal(size=BATCH)
            sensor_id = sensor_ids[slot]
            columns = ReadingColumns(t_us, raw, 2 * raw + 1, sensor_id, sensor_id, np.zeros(BATCH, np.uint16))
            copy_readings(connection, encode_readings(columns, in_blocks=True))
            mark_dirty(connection, find_dirty(sensor_ids, slot, t_us)[0])
        with create_work_pool(url, 1) as pool:
            waiting = look_each_time(pool)
            while roll_up_messages(waiting):
                roll_up(pool)
        connection.execute("checkpoint")
    return project


def rewrite_in_sql(url: str) -> float:
    """The baseline, seconds."""
    with psycopg.connect(url, autocommit=True) as connection:
        started = time.perf_counter()
        connection.execute(UPDATE)
        return time.perf_counter() - started


def recalibrate(url: str, project: Project, workers: int) -> float:
    """A backfill from its request to its end, seconds."""
    with Workers(url, workers) as at_work:
        started = time.perf_counter()
        ask(url, project)
        at_work.finish()
        return time.perf_counter() - started


class Workers:
    """Processes that work on the next backfill there is, until it has ended. A `with` block ends them."""

    def __init__(self, url: str, count: int) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._are_ready = spawn.Barrier(count + 1)
        self._processes = [spawn.Process(target=work, args=(url, self._are_ready)) for _ in range(count)]

    def __enter__(self) -> Self:
        for process in self._processes:
            process.start()
        self._are_ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.join()

    def finish(self) -> None:
        """Waits until they are done."""
        for process in self._processes:
            process.join()


def work(url: str, are_ready: Barrier) -> None:
    """One worker."""
    keep_freed_memory()
    cache = CatalogCache(url)
    cache.open()
    recalibrator = Recalibrator(url, cache, window_readings=WINDOW)
    are_ready.wait()
    while not (found := recalibrator.open_backfill_ids()):
        time.sleep(0.01)
    while found[0] in recalibrator.open_backfill_ids():
        recalibrator.work_on(found[0])
        time.sleep(0.02)  # somebody else plans, or has the last windows
    cache.close()
    print(f"    a worker used {time.process_time():.1f} s of CPU, {peak_mb():.0f} MiB at most", flush=True)


def peak_mb() -> float:
    """The most memory this process has had, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ask(url: str, project: Project) -> None:
    """A new calibration, and a backfill that applies it."""
    sensor_ids = list(project.sensor_ids[SENSORS:])
    with psycopg.connect(url) as connection:
        change_catalog(connection, project.id)
        connection.execute("delete from profile_validity where sensor_id = any(%s)", (sensor_ids,))
        for sensor_id in sensor_ids:
            add_profile(connection, sensor_id, 2, Profile("polynomial", {"coefficients": COEFFICIENTS}))
        asked = {
            "project_id": project.id,
            "dry_run": False,
            "profile_id": None,
            "wish": Jsonb({}),
            "reason": "benchmark",
            "priority": 0,
            "share": 1,
            "created_by": None,
        }
        ((backfill_id,),) = connection.execute(query("backfill.create"), asked).fetchall()
        scope = {"id": backfill_id, "project_id": project.id, "sensor_ids": sensor_ids}
        whole = {"run_id": None, "capture_session_id": None, "from": None, "to": None}
        connection.execute(query("backfill.add_scope"), scope | whole)


def check(url: str, project: Project, readings: int) -> None:
    """Checks that all readings are there, and as they should be."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select count(*),"
            " bool_and(abs(physical - (0.5 + raw * (1.5 + raw * (0.25 + raw * 0.125)))) < 1e-9)"
            " from any_reading where sensor_id = any(%s)",
            (list(project.sensor_ids[SENSORS:]),),
        ).fetchone()
    assert row == (readings, True), row


if __name__ == "__main__":
    main()
