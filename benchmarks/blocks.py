"""What does it bring to store blocks instead of rows, and from how many readings of a sensor on?

COPY BINARY of batches of 20,000 readings over one connection, as a committer does: as rows, and as blocks, in
turn, of ever fewer sensors with ever more readings each; blocks of any size, so that it is seen from which
on they pay. Then 500 sensors in batches of 50,000 over two connections, and questions about what came last.
The least of several rounds counts: a machine that others use makes each of them dearer.

Run: `python -m benchmarks.blocks [--quick]`. Last result: decision 1380.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np
import psycopg

from barograph.database import block_format
from barograph.database.arrays import register
from barograph.database.block_format import EncodedReadings, encode_readings
from barograph.database.copy_format import ReadingColumns
from barograph.database.queries import load_queries
from barograph.times import HOUR_US, MINUTE_US, now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.hot_chunk import Connection, ask_each, flood, questions, words
from benchmarks.ingest import copy_batches
from benchmarks.support.gateways import Load
from benchmarks.support.processor_time import cpu_s
from benchmarks.table import print_table

QUERIES = load_queries(Path(__file__).parent / "sql")
BATCH = 20_000
DENSITIES = (1, 2, 3, 4, 5, 8, 16, 50, 100)
WAYS = {"rows": False, "blocks": True}


def main() -> None:
    """Measures both ways, and prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a fifth of the readings, one round")
    batches, rounds = (10, 1) if parser.parse_args().quick else (50, 3)
    costs: list[Sequence[str]] = []
    reads: list[Sequence[str]] = []
    with serving_cluster() as server_url:
        for density in DENSITIES:
            found: dict[str, list[tuple[float, float, float]]] = {way: [] for way in WAYS}
            for _ in range(rounds):
                for way, in_blocks in WAYS.items():
                    found[way].append(measure_density(server_url, density, batches, in_blocks=in_blocks))
            costs += [row_of(density, way, min(each)) for way, each in found.items()]
        for way, in_blocks in WAYS.items():
            with fresh_database(server_url) as url:
                flooded = flood(url, Load(batches * 200_000), in_blocks=in_blocks)
                with psycopg.connect(url, autocommit=True) as connection:
                    register(connection)
                    reads.append([way, *flooded, *words(ask_each(connection))])
    header = ("readings of a sensor", "stored as", "server, us", "bytes", "readings/s")
    print_table("One connection", header, costs)
    print_table(
        "Two connections; medians in ms", ("stored as", "readings/s", "server, us", *questions(0)), reads
    )


def row_of(density: int, way: str, measured: tuple[float, float, float]) -> Sequence[str]:
    """A row of the table."""
    server_us, bytes_each, rate = measured
    return [str(density), way, f"{server_us:.2f}", f"{bytes_each:.0f}", f"{rate:,.0f}"]


def measure_density(
    server_url: str, density: int, batches: int, *, in_blocks: bool
) -> tuple[float, float, float]:
    """With so many readings of each sensor in one batch: microseconds of the server's processor and bytes for
    each reading, and readings a second.
    """
    start_us = now_us() // MINUTE_US * MINUTE_US - HOUR_US
    with patch.object(block_format, "MIN_READINGS", 1):
        encoded = [
            encode_batch(density, start_us + number * MINUTE_US, number, in_blocks=in_blocks)
            for number in range(batches)
        ]
    total = batches * (BATCH // density) * density
    with fresh_database(server_url) as url, psycopg.connect(url, autocommit=True) as connection:
        started = time.perf_counter()
        before_s = cpu_s(connection.info.backend_pid)
        copy_batches(connection, encoded)
        rate = total / (time.perf_counter() - started)
        server_us = (cpu_s(connection.info.backend_pid) - before_s) / total * 1e6
        return server_us, stored_bytes(connection) / total, rate


def encode_batch(density: int, start_us: int, seed: int, *, in_blocks: bool) -> EncodedReadings:
    """A batch within one minute, sorted by sensor and time, converted by a line."""
    sensors = BATCH // density
    sensor_id = np.repeat(np.arange(1, sensors + 1, dtype=np.int32), density)
    t_us = np.tile(start_us + np.arange(density) * 1000, sensors)
    raw = np.random.default_rng(seed).normal(50, 10, t_us.size).round(3)
    profile_id, flags = np.ones(t_us.size, np.int32), np.zeros(t_us.size, np.uint16)
    columns = ReadingColumns(t_us, raw, raw * 2 + 1, sensor_id, profile_id, flags)
    return encode_readings(columns, in_blocks=in_blocks)


def stored_bytes(connection: Connection) -> int:
    """The bytes of all readings, with their indexes."""
    ((size,),) = connection.execute(QUERIES["blocks.size"]).fetchall()
    return size


if __name__ == "__main__":
    main()
