"""How close does the whole ingest path come to what the database takes by itself?

Whole path: gateways in a process of their own -> loopback WebSocket -> ingest -> COPY -> ack after commit.
Baseline: the same readings, encoded beforehand as blocks in sorted batches of 50,000, COPY BINARY over two
connections. Both write to a fresh database of the same cluster, in turn, in one run. Two lines tell what the
baseline does as rows, and as rows without the b-tree (sensor_id, time) (decision 710). Data: 500 sensors with
linear profiles, four producers (or fifty) with 1 kHz samples of the last hour.

Run: `python -m benchmarks.ingest [--quick]`. The last recorded result stands in the README.
"""

import argparse
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import psycopg
from numpy.typing import NDArray

from barograph.database.block_format import EncodedReadings, copy_readings, encode_readings
from barograph.database.copy_format import ReadingColumns
from barograph.times import now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.support.gateways import HOUR_US, SENSORS, Load, Measured, run_gateways
from benchmarks.table import print_table
from conversion import KINDS, compile_profile
from tests.programs import Program, running
from tests.seed import Profile, Project, add_profile, seed_project

BATCH = 50_000
LINEAR = [Profile("linear", {"slope": 2, "offset": 1})]
PLAIN = "4 producers, frames of 1,000, binary"
LATENCY_S = 10


def main() -> None:
    """Measures every case against the baseline, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="an eighth of the readings, one round")
    is_quick = parser.parse_args().quick
    readings, rounds = (1_000_000, 1) if is_quick else (8_000_000, 3)
    cases = {
        PLAIN: Load(readings),
        "the same, profiles of all kinds": Load(readings, mixed=True),
        "50 producers, frames of 100, binary": Load(readings // 2, producers=50, per_frame=100),
        "4 producers, frames of 1,000, JSON": Load(readings // 4, as_json=True),
    }
    with serving_cluster() as server_url:
        raw, rates = measure_rates(server_url, cases, rounds, Load(readings))
        rows = [(name, f"{rate:,.0f}", f"{rate / raw:.2f}") for name, rate in rates.items()]
        as_rows, bare = (
            statistics.median(
                raw_rate(server_url, Load(readings), in_blocks=False, is_indexed=is_indexed)
                for _ in range(rounds)
            )
            for is_indexed in (True, False)
        )
        baselines = [
            ("raw COPY BINARY of blocks, 2 connections", f"{raw:,.0f}", "1.00"),
            ("the same of rows", f"{as_rows:,.0f}", f"{as_rows / raw:.2f}"),
            ("the same of rows without the index", f"{bare:,.0f}", f"{bare / raw:.2f}"),
        ]
        print_table("Ingest", ("path", "readings/s", "of raw"), [*baselines, *rows])
        report_latency(server_url, rates[PLAIN] / 2)


def measure_rates(
    server_url: str, cases: dict[str, Load], rounds: int, baseline: Load
) -> tuple[float, dict[str, float]]:
    """Median readings a second of the baseline and of each case, measured in turn."""
    raw: list[float] = []
    rates: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, load in cases.items():
            raw.append(raw_rate(server_url, baseline))
            rates[name].append(load.total / measure_whole(server_url, load, report_process).seconds)
            print(f"  {name}: {rates[name][-1]:,.0f}/s beside raw {raw[-1]:,.0f}/s", flush=True)
    return statistics.median(raw), {name: statistics.median(each) for name, each in rates.items()}


def report_latency(server_url: str, rate_hz: float) -> None:
    """Waits for acks at a steady rate; and what a reading takes on disk."""
    load = Load(int(rate_hz * LATENCY_S), rate_hz=rate_hz)
    latencies = sorted(measure_whole(server_url, load, report_size).latencies_s)
    p50, p99 = (latencies[int(len(latencies) * part)] * 1000 for part in (0.50, 0.99))
    print(f"Ack latency at half load ({rate_hz:,.0f}/s): p50 {p50:.0f} ms, p99 {p99:.0f} ms")


def measure_whole(server_url: str, load: Load, inspect: Callable[[Program, str], None]) -> Measured:
    """The load through the whole path, on a fresh database; checks that every reading is there."""
    with fresh_database(server_url) as url, tempfile.TemporaryDirectory() as folder:
        project = seed_sensors(url, mixed=load.mixed)
        with running("ingest", url, Path(folder) / "ingest.log") as ingest:
            measured = run_gateways(ingest.socket_url, project.token, load)
            inspect(ingest, url)
        with psycopg.connect(url) as connection:
            assert connection.execute("select count(*) from any_reading").fetchone() == (load.total,)
    return measured


def seed_sensors(url: str, *, mixed: bool) -> Project:
    """The sensors, all linear or of every kind that needs no other sensor, in turn."""
    if not mixed:
        return seed_project(url, SENSORS, LINEAR)
    project = seed_project(url, SENSORS)
    profiles = [Profile(kind.name, dict(kind.example)) for kind in KINDS.values()]
    alone = [
        each
        for each in profiles
        if not compile_profile({"kind": each.kind, "payload": each.payload}).channels
    ]
    with psycopg.connect(url) as connection:
        for number, sensor_id in enumerate(project.sensor_ids):
            add_profile(connection, sensor_id, 1, alone[number % len(alone)])
    return project


def report_process(ingest: Program, _: str) -> None:
    """Prints what the ingest process used."""
    assert ingest.process is not None
    process = Path(f"/proc/{ingest.process.pid}")
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    cpu_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    peak = next(line for line in (process / "status").read_text().splitlines() if "VmHWM" in line)
    print(f"  ingest used {cpu_s:.1f} s of CPU and {int(peak.split()[1]) / 1024:.0f} MiB at most", flush=True)


def report_size(_: Program, url: str) -> None:
    """Heap and index bytes of a stored reading."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select sum(table_bytes), sum(index_bytes), (select count(*) from any_reading)"
            " from unnest(array['reading', 'reading_block']::regclass[]) as held (name)"
            " cross join lateral chunks_detailed_size(held.name)"
        ).fetchone()
    assert row is not None
    heap, index, readings = (float(each) for each in row)
    print(f"\nBytes per reading: {heap / readings:.0f} of heap, {index / readings:.0f} of index")


def raw_rate(server_url: str, load: Load, *, in_blocks: bool = True, is_indexed: bool = True) -> float:
    """Readings a second of the baseline, on a fresh database."""
    with fresh_database(server_url) as url:
        if not is_indexed:
            with psycopg.connect(url) as connection:
                connection.execute("drop index reading_sensor_id_time_idx")
        shares = encoded_shares(seed_project(url, SENSORS, LINEAR), load, in_blocks=in_blocks)
        start = threading.Barrier(len(shares) + 1)
        threads = [threading.Thread(target=copy_share, args=(url, share, start)) for share in shares]
        for thread in threads:
            thread.start()
        start.wait()
        started = time.perf_counter()
        for thread in threads:
            thread.join()
        return load.total / (time.perf_counter() - started)


def copy_share(url: str, share: Sequence[EncodedReadings], start: threading.Barrier) -> None:
    """Copies batches over a connection of its own, each in a transaction."""
    with psycopg.connect(url, autocommit=True) as connection:
        start.wait()
        copy_batches(connection, share)


def copy_batches(connection: psycopg.Connection, share: Sequence[EncodedReadings]) -> None:
    """Copies each batch in a transaction of its own."""
    for encoded in share:
        with connection.transaction():
            copy_readings(connection, encoded)


def encoded_shares(project: Project, load: Load, *, in_blocks: bool) -> list[list[EncodedReadings]]:
    """Batches as two committers would make them: each of half the producers, in order of time, and within
    a batch sorted by sensor."""
    base_us = now_us() - HOUR_US
    shares: list[list[EncodedReadings]] = []
    for producers in np.array_split(np.arange(load.producers), 2):
        parts = [
            (load.sensors(producer).start, *load.columns(producer, base_us))
            for producer in producers.tolist()
        ]
        sensor = np.concatenate([channel + first for first, channel, _, _ in parts])
        t_us = np.concatenate([t_us for _, _, t_us, _ in parts])
        value = np.concatenate([value for _, _, _, value in parts])
        batches = np.array_split(np.argsort(t_us, kind="stable"), max(1, t_us.size // BATCH))
        columns = [columns_of_batch(project, sensor[rows], t_us[rows], value[rows]) for rows in batches]
        shares.append([encode_readings(each, in_blocks=in_blocks) for each in columns])
    return shares


def columns_of_batch(
    project: Project, sensor: NDArray[np.int32], t_us: NDArray[np.int64], value: NDArray[np.float64]
) -> ReadingColumns:
    """These readings, as a linear profile would convert them."""
    order = np.argsort(sensor, kind="stable")
    sensor_id = np.array(project.sensor_ids, np.int32)[sensor[order]]
    flags = np.zeros(order.size, np.uint16)
    return ReadingColumns(t_us[order], value[order], 2 * value[order] + 1, sensor_id, sensor_id, flags)


if __name__ == "__main__":
    main()
