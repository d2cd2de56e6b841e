"""What does it bring to write columns instead of rows, and from how many readings of a sensor on?

COPY BINARY of batches of 20,000 readings over one connection, as a committer does: as rows, and as columns
that the server sorts, or takes as they come. In turn, of ever more sensors with ever fewer readings each;
then the same chunk put in order, as the worker does with closed ones. Then 500 sensors in batches of 50,000
over two connections, and questions about what came last.

Needs the Community edition of TimescaleDB, 2.21 or later: `BAROGRAPH_DATABASE_URL` names it, a server of this
machine. How its memory is kept is its own environment's: decision 1370.

Run: `python -m benchmarks.columns [--quick]`. Last results: decisions 890 and 1370.
"""

import argparse
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import numpy as np
import psycopg

from barograph.database.arrays import register
from barograph.database.copy_format import ReadingColumns, encode
from barograph.database.queries import load_queries
from barograph.times import HOUR_US, now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.hot_chunk import Connection, ask_each, flood, questions, words
from benchmarks.ingest import copy_batches
from benchmarks.support.gateways import Load
from benchmarks.support.processor_time import cpu_s
from benchmarks.table import print_table

QUERIES = load_queries(Path(__file__).parent / "sql")
BATCH = 20_000
DENSITIES = (1, 2, 5, 10, 20, 50, 100, 1000)
WAYS = {
    "rows": {"": "off"},
    "columns, sorted by the server": {"": "on"},
    "columns, as they come": {"": "on", "_sort_batches": "off"},
}


def main() -> None:
    """Measures both ways, and prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a fifth of the readings")
    batches = 10 if parser.parse_args().quick else 50
    costs: list[Sequence[str]] = []
    reads: list[Sequence[str]] = []
    with serving_cluster() as server_url:
        if not has_columns(server_url):
            sys.exit("this server writes no columns: name one of the Community edition, 2.21 or later")
        for density in DENSITIES:
            costs += [measure_density(server_url, density, batches, way) for way in WAYS]
        for way in WAYS:
            with storing_database(server_url, way) as url:
                flooded = flood(url, Load(batches * 200_000))
                with psycopg.connect(url, autocommit=True) as connection:
                    register(connection)
                    reads.append([way, *flooded, *words(ask_each(connection))])
    header = (
        "readings of a sensor",
        "stored as",
        "readings/s",
        "server, us",
        "bytes",
        "bytes, in order",
        "ordered/s",
    )
    print_table("One connection", header, costs)
    print_table(
        "Two connections; medians in ms", ("stored as", "readings/s", "server, us", *questions(0)), reads
    )


def has_columns(server_url: str) -> bool:
    """Whether the server can write columns at once."""
    with fresh_database(server_url) as url, psycopg.connect(url) as connection:
        ((can,),) = connection.execute(QUERIES["columns.can_write"]).fetchall()
    return can


@contextmanager
def storing_database(server_url: str, way: str) -> Generator[str]:
    """A fresh database, whose connections COPY in this way."""
    with fresh_database(server_url) as url:
        settings = WAYS[way].items()
        options = " ".join(f"-c timescaledb.enable_direct_compress_copy{name}={to}" for name, to in settings)
        yield urlsplit(url)._replace(query=f"options={quote(options)}").geturl()


def measure_density(server_url: str, density: int, batches: int, way: str) -> Sequence[str]:
    """Measures so many readings of each sensor in one batch."""
    start_us = now_us() - HOUR_US
    encoded = [encode_batch(density, number, start_us) for number in range(batches)]
    total = batches * BATCH
    with storing_database(server_url, way) as url, psycopg.connect(url, autocommit=True) as connection:
        started = time.perf_counter()
        before_s = cpu_s(connection.info.backend_pid)
        copy_batches(connection, encoded)
        rate = total / (time.perf_counter() - started)
        server_us = (cpu_s(connection.info.backend_pid) - before_s) / total * 1e6
        bytes_each = stored_bytes(connection) / total
        started = time.perf_counter()
        connection.execute(QUERIES["columns.put_in_order"])
        ordering_rate = total / (time.perf_counter() - started)
        ordered = stored_bytes(connection) / total
    return [
        *(str(density), way, f"{rate:,.0f}", f"{server_us:.2f}"),
        *(f"{bytes_each:.0f}", f"{ordered:.0f}", f"{ordering_rate:,.0f}"),
    ]


def encode_batch(density: int, number: int, start_us: int) -> list[bytes]:
    """The COPY stream of a batch, sorted by sensor and time, converted by a line."""
    sensors = BATCH // density
    sensor_id = np.repeat(np.arange(1, sensors + 1, dtype=np.int32), density)
    t_us = np.tile(start_us + (number * density + np.arange(density)) * 1000, sensors)
    raw = np.random.default_rng(number).normal(50, 10, BATCH).round(3)
    profile_id, flags = np.ones(BATCH, np.int32), np.zeros(BATCH, np.uint16)
    return encode(ReadingColumns(t_us, raw, raw * 2 + 1, sensor_id, profile_id, flags))


def stored_bytes(connection: Connection) -> int:
    """The bytes of all readings, with their indexes."""
    ((size,),) = connection.execute(QUERIES["columns.size"]).fetchall()
    return size


if __name__ == "__main__":
    main()
