"""How close does the whole ingest path come to what the database takes by itself?

Whole path: gateways in a process of their own -> loopback WebSocket -> ingest -> COPY -> ack after commit.
Baseline: the same rows, encoded beforehand in sorted batches of 50,000, COPY BINARY over two connections.
Both write to a fresh database of the same cluster, in turn, in one run. Data: 500 sensors with linear
profiles, four producers (or fifty) with 1 kHz samples of the last hour.

Run: `python -m benchmarks.ingest [--quick]`. The last recorded result stands in the README.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
from websockets.asyncio.client import connect

from barograph.copyformat import ReadingColumns, encode
from barograph.queries import query
from barograph.times import now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.table import print_table
from tests.ingest.gateway import binary_frame, json_frame
from tests.programs import Program, running
from tests.seed import Profile, Project, seed_project

SENSORS = 500
BATCH = 50_000


@dataclass(frozen=True)
class Load:
    """What the gateways send.

    Attributes:
        rate_hz: readings a second over all producers; None for as fast as acks allow.
    """

    readings: int
    producers: int = 4
    per_frame: int = 1000
    as_json: bool = False
    rate_hz: float | None = None

    @property
    def frames_each(self) -> int:
        return max(1, self.readings // self.producers // self.per_frame)

    @property
    def total(self) -> int:
        return self.frames_each * self.producers * self.per_frame


@dataclass(frozen=True)
class Measured:
    """Seconds from the first frame sent to the last ack, and each frame's wait for its ack."""

    seconds: float
    latencies_s: Sequence[float]


def run_gateways(url: str, token: str, load: Load) -> Measured:
    """Sends the load from a process of its own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_gateways, (url, token, load))


def _gateways(url: str, token: str, load: Load) -> Measured:
    return asyncio.run(_send_all(url, token, load))


async def _send_all(url: str, token: str, load: Load) -> Measured:
    base_us = now_us() - 3_600_000_000
    frames = [_frames(load, producer, base_us) for producer in range(load.producers)]
    ready = asyncio.Barrier(load.producers + 1)
    tasks = [
        asyncio.create_task(_send(url, token, load, producer, frames[producer], ready))
        for producer in range(load.producers)
    ]
    await ready.wait()
    started = time.perf_counter()
    latencies = await asyncio.gather(*tasks)
    return Measured(time.perf_counter() - started, [latency for each in latencies for latency in each])


async def _send(
    url: str, token: str, load: Load, producer: int, frames: Sequence[bytes | str], ready: asyncio.Barrier
) -> list[float]:
    """One producer: keeps within the window, and notes when each frame was sent and acked."""
    keys = [f"s{sensor}" for sensor in _sensors(load, producer)]
    sent: list[float] = []
    latencies: list[float] = []
    async with connect(
        url,
        additional_headers={"Authorization": f"Bearer {token}"},
        max_size=None,
        compression=None,
        proxy=None,
    ) as socket:
        window = json.loads(await socket.recv())["window"]
        await socket.send(json.dumps({"type": "bind", "producer": f"p{producer}", "sensors": keys}))
        await socket.recv()
        room = asyncio.Semaphore(window)

        async def read_acks() -> None:
            while len(latencies) < len(frames):
                ack = json.loads(await socket.recv())
                assert ack["type"] == "ack", ack
                assert not ack["rejected"], ack
                now = time.perf_counter()
                for seq in range(len(latencies) + 1, ack["seq"] + 1):
                    latencies.append(now - sent[seq - 1])
                    room.release()

        reader = asyncio.create_task(read_acks())
        await ready.wait()
        interval_s = load.per_frame * load.producers / load.rate_hz if load.rate_hz else 0.0
        due = time.perf_counter() + interval_s * producer / load.producers
        for frame in frames:
            await room.acquire()
            if interval_s:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                due += interval_s
            sent.append(time.perf_counter())
            await socket.send(frame)
        await reader
    return latencies


def _sensors(load: Load, producer: int) -> range:
    each = SENSORS // load.producers
    return range(producer * each, (producer + 1) * each)


def _columns(load: Load, producer: int, base_us: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A producer's readings in order: all its sensors at one instant, then a millisecond later again."""
    n = load.frames_each * load.per_frame
    index = np.arange(n)
    width = len(_sensors(load, producer))
    return (index % width).astype(np.int32), base_us + index // width * 1000, np.sin(index / 1000.0)


def _frames(load: Load, producer: int, base_us: int) -> list[bytes | str]:
    channel, t_us, value = _columns(load, producer, base_us)
    size = load.per_frame
    frames: list[bytes | str] = []
    for seq in range(1, load.frames_each + 1):
        part = slice((seq - 1) * size, seq * size)
        encode_frame = json_frame if load.as_json else binary_frame
        frames.append(encode_frame(seq, channel[part].tolist(), t_us[part].tolist(), value[part].tolist()))
    return frames


def measure_raw(database_url: str, project: Project, load: Load) -> float:
    """Seconds to COPY the same rows, already encoded, over two connections."""
    batches = _encoded_batches(project, load)
    barrier = threading.Barrier(3)

    def work(share: list[list[bytes]]) -> None:
        with psycopg.connect(database_url, autocommit=True) as connection:
            barrier.wait()
            for pieces in share:
                with connection.transaction(), connection.cursor().copy(query("store.copy_readings")) as copy:
                    for piece in pieces:
                        copy.write(piece)

    threads = [threading.Thread(target=work, args=(batches[half::2],)) for half in range(2)]
    for thread in threads:
        thread.start()
    barrier.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


def _encoded_batches(project: Project, load: Load) -> list[list[bytes]]:
    """Batches as ingest would make them: of a stretch of time of half the producers, sorted by sensor."""
    base_us = now_us() - 3_600_000_000
    ids = np.array(project.sensor_ids, np.int32)
    batches: list[list[bytes]] = []
    halves = np.array_split(np.arange(load.producers), 2)
    parts = []
    for half in halves:
        columns = [_columns(load, int(producer), base_us) for producer in half]
        sensor = np.concatenate(
            [c[0] + _sensors(load, int(p)).start for c, p in zip(columns, half, strict=True)]
        )
        t_us, value = np.concatenate([c[1] for c in columns]), np.concatenate([c[2] for c in columns])
        order = np.argsort(t_us, kind="stable")
        parts.append(
            [
                _encode(ids, sensor[rows], t_us[rows], value[rows])
                for rows in np.array_split(order, max(1, order.size // BATCH))
            ]
        )
    for pair in zip(*parts, strict=True):
        batches += pair
    return batches


def _encode(ids: np.ndarray, sensor: np.ndarray, t_us: np.ndarray, value: np.ndarray) -> list[bytes]:
    order = np.argsort(sensor, kind="stable")
    sensor_id = ids[sensor[order]]
    return encode(
        ReadingColumns(
            t_us[order],
            value[order],
            2 * value[order] + 1,
            sensor_id,
            sensor_id,
            np.zeros(order.size, np.uint16),
        )
    )


LINEAR = [Profile("linear", {"slope": 2, "offset": 1})]


def measure_whole(server_url: str, load: Load, inspect: Callable[[str], None] | None = None) -> Measured:
    """The load through the whole path, on a fresh database; checks that every reading is there."""
    with fresh_database(server_url) as url, tempfile.TemporaryDirectory() as folder:
        project = seed_project(url, SENSORS, LINEAR)
        with running("ingest", url, Path(folder) / "ingest.log") as ingest:
            measured = run_gateways(ingest.socket_url, project.token, load)
            report_cpu(ingest)
        with psycopg.connect(url) as connection:
            assert connection.execute("select count(*) from reading").fetchone() == (load.total,)
        if inspect is not None:
            inspect(url)
    return measured


def report_cpu(ingest: Program) -> None:
    """What the ingest process used, for eyes."""
    assert ingest.process is not None
    fields = Path(f"/proc/{ingest.process.pid}/stat").read_text().rpartition(")")[2].split()
    cpu_s = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    peak = next(
        line
        for line in Path(f"/proc/{ingest.process.pid}/status").read_text().splitlines()
        if "VmHWM" in line
    )
    print(f"  ingest: {cpu_s:.1f} s of CPU, peak {int(peak.split()[1]) / 1024:.0f} MiB", flush=True)


def raw_rate(server_url: str, load: Load) -> float:
    """Readings a second of the baseline, on a fresh database."""
    with fresh_database(server_url) as url:
        project = seed_project(url, SENSORS, LINEAR)
        return load.total / measure_raw(url, project, load)


def bytes_per_reading(url: str) -> tuple[float, float]:
    """Heap and index bytes of a stored reading."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "select sum(table_bytes), sum(index_bytes), (select count(*) from reading) from chunks_detailed_size('reading')"
        ).fetchone()
    assert row is not None
    return float(row[0] / row[2]), float(row[1] / row[2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the readings, one round")
    quick = parser.parse_args().quick
    readings, rounds = (1_000_000, 1) if quick else (8_000_000, 3)
    cases = {
        "4 producers × 1,000, binary": Load(readings),
        "50 producers × 100, binary": Load(readings // 2, producers=50, per_frame=100),
        "4 producers × 1,000, JSON": Load(readings // 4, as_json=True),
    }
    with serving_cluster() as server_url:
        raws: list[float] = []
        rates: dict[str, list[float]] = {name: [] for name in cases}
        sizes: list[tuple[float, float]] = []
        for _ in range(rounds):
            for name, load in cases.items():
                raws.append(raw_rate(server_url, Load(readings)))
                print(f"  raw: {raws[-1]:,.0f}/s", flush=True)
                rates[name].append(
                    load.total
                    / measure_whole(
                        server_url, load, lambda url: sizes.append(bytes_per_reading(url))
                    ).seconds
                )
                print(f"  {name}: {rates[name][-1]:,.0f}/s", flush=True)
        raw = statistics.median(raws)
        rows = [["raw COPY BINARY, 2 connections", f"{raw:,.0f}", "1.00"]]
        for name, each in rates.items():
            rate = statistics.median(each)
            rows.append([name, f"{rate:,.0f}", f"{rate / raw:.2f}"])
        half = statistics.median(rates["4 producers × 1,000, binary"]) / 2
        latencies = sorted(measure_whole(server_url, Load(int(half * 10), rate_hz=half)).latencies_s)
    print_table("Ingest, readings a second", ["path", "readings/s", "of raw"], rows)
    p50, p99 = (latencies[int(len(latencies) * part)] * 1000 for part in (0.50, 0.99))
    print(f"\nAck latency at half load ({half:,.0f}/s): p50 {p50:.0f} ms, p99 {p99:.0f} ms")
    print(f"Bytes per reading: {sizes[0][0]:.0f} of heap, {sizes[0][1]:.0f} of index")


if __name__ == "__main__":
    main()
