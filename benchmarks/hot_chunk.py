"""What does the b-tree of the newest chunk cost, and what would questions cost without it?

COPY BINARY in sorted batches of 50,000 over two connections, as two committers do, into a fresh database for
each set of indexes: the b-tree, none, or a BRIN of one of several shapes. All are rows, as readings are that
come one by one; blocks have their own benchmark (`benchmarks/blocks.py`). Then questions about what came
last, as the API and ingest ask them: right after the flood, and after the BRIN has been summarized, which
vacuum does only now and then. The processor time of the two server processes tells more than the clock does
on a machine that others use.

Wanted: ingest 1.5 times as fast as with the b-tree, and no question slower than 50 ms that was faster.

Run: `python -m benchmarks.hot_chunk [--quick]`. Last result: see decision 710.
"""

import argparse
import os
import statistics
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, LiteralString

import numpy as np
import psycopg

from barograph.database.arrays import register
from barograph.database.block_format import EncodedReadings
from barograph.database.queries import load_queries, query
from barograph.times import SECOND_US, from_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.ingest import LINEAR, copy_batches, encoded_shares
from benchmarks.support.gateways import SENSORS, Load
from benchmarks.table import print_table
from tests.seed import seed_project

QUERIES = load_queries(Path(__file__).parent / "sql")
SHAPES: Mapping[str, LiteralString | None] = {
    "b-tree (sensor_id, time)": None,
    "no index": "hot_chunk.drop_b_tree",
    "BRIN of both, 4 pages": "hot_chunk.make_brin_4",
    "BRIN of both, 16 pages": "hot_chunk.make_brin_16",
    "BRIN of both, 64 pages": "hot_chunk.make_brin_64",
    "BRIN of time, 16 pages": "hot_chunk.make_brin_of_time",
}
MAX_ASKED = 20
# A question that takes seconds has said enough when it has been asked once or twice.
ASK_S = 10.0
TICKS_S = os.sysconf("SC_CLK_TCK")
Connection = psycopg.Connection[Any]
Answers = Mapping[str, float]


def main() -> None:
    """Measures each set of indexes, and prints both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a fifth of the readings")
    load = Load(2_000_000 if parser.parse_args().quick else 10_000_000)
    costs: list[Sequence[str]] = []
    reads: list[Sequence[str]] = []
    with serving_cluster() as server_url:
        for name, change in SHAPES.items():
            with fresh_database(server_url) as url, psycopg.connect(url, autocommit=True) as connection:
                register(connection)
                set_up(connection, change)
                costs.append([name, *flood(url, load, in_blocks=False)])
                flooded = ask_each(connection)
                connection.execute(QUERIES["hot_chunk.summarize"])
                reads.append([name, *words(flooded), *words(ask_each(connection))])
            print(f"  {name}: {', '.join([*costs[-1][1:], *reads[-1][1:]])}", flush=True)
    print_table("Two connections", ("indexes", "readings/s", "server, us a reading"), costs)
    summarized = [f"{each}, summarized" for each in questions(0)]
    print_table("Medians in ms", ("indexes", *questions(0), *summarized), reads)


def set_up(connection: Connection, change: LiteralString | None) -> None:
    """The table with other indexes; None leaves it as it is."""
    if change is None:
        return
    connection.execute(QUERIES["hot_chunk.drop_b_tree"])
    if change != "hot_chunk.drop_b_tree":
        connection.execute(QUERIES[change])


def flood(url: str, load: Load, *, in_blocks: bool) -> Sequence[str]:
    """Readings a second, and microseconds of the server's processor for each, of the load."""
    shares = encoded_shares(seed_project(url, SENSORS, LINEAR), load, in_blocks=in_blocks)
    start = threading.Barrier(len(shares) + 1)
    busy_s: list[float] = []
    threads = [threading.Thread(target=_copy, args=(url, share, start, busy_s)) for share in shares]
    for thread in threads:
        thread.start()
    start.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    rate = load.total / (time.perf_counter() - started)
    return [f"{rate:,.0f}", f"{sum(busy_s) / load.total * 1e6:.2f}"]


def _copy(url: str, share: Sequence[EncodedReadings], start: threading.Barrier, busy_s: list[float]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        start.wait()
        copy_batches(connection, share)
        fields = Path(f"/proc/{connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
        busy_s.append((int(fields[11]) + int(fields[12])) / TICKS_S)


def ask_each(connection: Connection) -> Answers:
    """The median of each question, in milliseconds."""
    ((end_us,),) = connection.execute(QUERIES["hot_chunk.last_time"]).fetchall()
    return {name: median_ms(partial(ask, connection)) for name, ask in questions(end_us).items()}


def questions(end_us: int) -> Mapping[str, Callable[[Connection], object]]:
    """The questions about the time before `end_us`."""
    return {
        "1 sensor, 1 s": partial(ask_series, sensors=1, end_us=end_us),
        "50 sensors, 1 s": partial(ask_series, sensors=50, end_us=end_us),
        "latest of 50": partial(ask_latest, sensors=50, end_us=end_us),
    }


def ask_series(connection: Connection, *, sensors: int, end_us: int) -> object:
    """Readings of a second, as a live window or a series takes them."""
    parameters = {
        "track": np.arange(sensors, dtype=np.int32),
        "sensor_id": np.arange(1, sensors + 1, dtype=np.int32),
        "from_us": np.full(sensors, end_us - SECOND_US),
        "to_us": np.full(sensors, end_us),
        "from": from_us(end_us - SECOND_US),
        "to": from_us(end_us),
        "is_raw": False,
        "is_believed": False,
        "takes_profiles": False,
        "takes_raw": False,
        "max_rows": 1_000_000,
    }
    return connection.execute(query("series.readings"), parameters, binary=True).fetchall()


def ask_latest(connection: Connection, *, sensors: int, end_us: int) -> object:
    """The last reading of each within a minute, as ingest asks for auxiliaries."""
    end = from_us(end_us)
    parameters = {
        "sensor_ids": np.arange(1, sensors + 1, dtype=np.int32),
        "oldest_us": np.full(sensors, end_us - 60 * SECOND_US),
        "at_us": np.full(sensors, end_us),
        "from": end - timedelta(minutes=1),
        "to": end,
    }
    return connection.execute(query("auxiliary.stored_one_by_one"), parameters, binary=True).fetchall()


def median_ms(ask: Callable[[], object]) -> float:
    """The median of a question that is asked again and again, once at least."""
    end = time.perf_counter() + ASK_S
    took_s: list[float] = []
    while not took_s or (len(took_s) < MAX_ASKED and time.perf_counter() < end):
        started = time.perf_counter()
        ask()
        took_s.append(time.perf_counter() - started)
    return statistics.median(took_s) * 1000


def words(answers: Answers) -> Sequence[str]:
    """The answers as cells of a table."""
    return [f"{each:,.1f}" for each in answers.values()]


if __name__ == "__main__":
    main()
