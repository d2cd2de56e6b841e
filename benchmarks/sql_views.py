"""What do the views for people cost over the tables below them?

Each question is asked of a view of `barograph_public`, as a role made by `sql-role`, and in plain SQL of the
table, as the owner, alternately; the least time of each counts, since other work only adds to it. Parallel
workers are off, because the two would not get as many.

Data: 5 sensors of 20 at 20 Hz for six hours (2.2 million readings), rolled up by the worker's own code;
and of earlier weeks whose readings are gone, 40 days of minutes of all sensors and 20 hours of seconds of 5.
So questions take long enough for planning not to count.
Wanted: within 1.2 of the plain query, save a few milliseconds of planning.

The plain query of readings knows the sensor's number; a second one finds it by its key, as people do.

Run: `python -m benchmarks.sql_views [--quick]`. The last recorded result stands in docs/sql.md.
"""

import argparse
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString, cast

import numpy as np
import psycopg
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

from barograph.database.arrays import register
from barograph.database.queries import load_queries
from barograph.program.log import configure_logging
from barograph.settings import Settings
from barograph.times import DAY_US, HOUR_US, from_us, now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.query import roll_up_all, store
from benchmarks.support.processor_time import on_processor_ms
from benchmarks.table import print_table
from tests.seed import seed_project
from tests.sql.analyst import analysts

SENSORS, STEP_US, HOURS, EARLIER_DAYS, ROUNDS = 5, 50_000, 6, 40, 9
# By what the view is asked, and the plain query.
QUESTIONS = {
    "readings of 1 sensor in 1 h": ("readings", "plain_readings"),
    "the same; the plain query by key, too": ("readings", "plain_readings_by_key"),
    "seconds of 1 sensor in 20 h": ("seconds", "plain_seconds"),
    "minutes of 1 sensor in 40 d": ("minutes", "plain_minutes"),
    "minutes of all sensors in 40 d": ("minutes_of_all", "plain_minutes_of_all"),
}


def main() -> None:
    """Loads, rolls up, asks, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="five rounds instead of nine")
    rounds = 5 if parser.parse_args().quick else ROUNDS
    configure_logging(Settings.model_validate({"log_level": "warning"}), "benchmark")
    statements = load_queries(Path(__file__).parent / "sql")
    start_us = (now_us() // DAY_US - 1) * DAY_US
    with ExitStack() as stack:
        url = stack.enter_context(fresh_database(stack.enter_context(serving_cluster())))
        project = seed_project(url, 20)
        owner = stack.enter_context(psycopg.connect(url, autocommit=True))
        register(owner)
        ids = np.array(project.sensor_ids[:SENSORS], np.int32)
        for hour_us in range(start_us, start_us + HOURS * HOUR_US, HOUR_US):
            moments = np.arange(hour_us, hour_us + HOUR_US, STEP_US, dtype=np.int64)
            store(owner, np.repeat(moments, SENSORS), np.tile(ids, moments.size))
        roll_up_all(url)
        earlier = {
            "start": from_us(start_us - EARLIER_DAYS * DAY_US),
            "days": EARLIER_DAYS,
            "sensor_ids": ids,
        }
        owner.execute(statements["sql_views.fill_earlier"], earlier)
        for table in ("reading", "rollup", "dirty_window"):
            owner.execute(SQL("vacuum (analyze) {}").format(Identifier(table)))
        analyst = stack.enter_context(analysts(url))(project.public_id).connection
        # As the owner's: dictionaries would take longer than the views.
        analyst.row_factory = cast("Any", tuple_row)
        for connection in (owner, analyst):
            connection.execute("set max_parallel_workers_per_gather = 0")
        asked = {
            "from": from_us(start_us),
            "hour": from_us(start_us + HOUR_US),
            "earlier": earlier["start"],
            "earlier_hours": from_us(start_us - EARLIER_DAYS * DAY_US + 20 * HOUR_US),
            "earlier_end": from_us(start_us),
            "sensor_id": project.sensor_ids[1],
            "project_id": project.id,
        }
        rows = [
            row(
                name,
                Way(analyst, statements[f"sql_views.{of_view}"], asked),
                Way(owner, statements[f"sql_views.{plain}"], asked),
                rounds,
            )
            for name, (of_view, plain) in QUESTIONS.items()
        ]
    header = ["question", "view, ms", "plain, ms", "times as long", "times the server's processor time"]
    print_table("Views", header, rows)


@dataclass(frozen=True)
class Way:
    """One of two ways to ask."""

    connection: psycopg.Connection[Any]
    text: LiteralString
    asked: Mapping[str, Any]

    def measure_ms(self) -> tuple[float, float]:
        """Measures by the clock, and on the processor by the server's process."""
        pid = self.connection.info.backend_pid
        began_s, before_ms = time.perf_counter(), on_processor_ms(pid)
        self.connection.execute(self.text, self.asked).fetchall()
        took_ms = (time.perf_counter() - began_s) * 1000
        time.sleep(0.005)  # the process still works after its answer
        return took_ms, on_processor_ms(pid) - before_ms


def row(name: str, view: Way, plain: Way, rounds: int) -> list[str]:
    """Both alternately, the least of each."""
    times = [(*view.measure_ms(), *plain.measure_ms()) for _ in range(rounds)]
    view_ms, view_cpu_ms, plain_ms, plain_cpu_ms = (min(column) for column in zip(*times, strict=True))
    ratios = (view_ms / plain_ms, view_cpu_ms / plain_cpu_ms)
    return [name, f"{view_ms:.1f}", f"{plain_ms:.1f}", *(f"{ratio:.2f}" for ratio in ratios)]


if __name__ == "__main__":
    main()
