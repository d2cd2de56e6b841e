"""What does a reject cost beside a reading, in time and on disk?

Whole path: gateways in a process of their own -> loopback WebSocket -> ingest -> commit -> ack. The baseline
is gateways whose readings are stored; the case is the same gateways with a clock a day ahead, so that every
reading goes to the dead letters. Both write to a fresh database of the same cluster, in turn, in one run.
Data: 500 sensors with linear profiles, four producers with 1 kHz samples.

Run: `python -m benchmarks.rejects [--quick]`. The last recorded result stands in the README.
"""

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import LiteralString

import psycopg

from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.support.gateways import Load, run_gateways
from benchmarks.table import print_table
from tests.programs import running
from tests.seed import Profile, seed_project

LINEAR = [Profile("linear", {"slope": 2, "offset": 1})]
DAY_US = 86_400_000_000
SIZES: dict[str, LiteralString] = {
    "readings": "select hypertable_size('reading') + hypertable_size('reading_block')",
    "rejects": "select pg_total_relation_size('reject_block')",
}
COUNTS: dict[str, LiteralString] = {
    "readings": "select count(*) from any_reading",
    "rejects": "select sum(cardinality(kind)) from reject_block",
}


def main() -> None:
    """Measures both, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="an eighth of the readings, one round")
    is_quick = parser.parse_args().quick
    readings, rounds = (500_000, 1) if is_quick else (4_000_000, 3)
    loads = {"readings": Load(readings), "rejects": Load(readings, clock_ahead_us=DAY_US)}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in loads}
    with serving_cluster() as server_url:
        for _ in range(rounds):
            for name, load in loads.items():
                found[name].append(measure(server_url, name, load))
    middle = {
        name: [statistics.median(each) for each in zip(*rows, strict=True)] for name, rows in found.items()
    }
    base = middle["readings"]
    rows = [
        (name, f"{rate:,.0f}", f"{rate / base[0]:.2f}", f"{size:.0f}", f"{size / base[1]:.2f}")
        for name, (rate, size) in middle.items()
    ]
    print_table(
        "Rejects beside readings", ("what", "per second", "of readings", "bytes each", "of readings"), rows
    )


def measure(server_url: str, name: str, load: Load) -> tuple[float, float]:
    """How many a second, and bytes each."""
    with fresh_database(server_url) as url, tempfile.TemporaryDirectory() as folder:
        project = seed_project(url, 500, LINEAR)
        with running("ingest", url, Path(folder) / "ingest.log") as ingest:
            seconds = run_gateways(ingest.socket_url, project.token, load).seconds
        with psycopg.connect(url) as connection:
            ((count,),) = connection.execute(COUNTS[name]).fetchall()
            ((size,),) = connection.execute(SIZES[name]).fetchall()
    assert count == load.total
    return load.total / seconds, size / load.total


if __name__ == "__main__":
    main()
