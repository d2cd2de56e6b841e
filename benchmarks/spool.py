"""What does it cost that nothing is lost on the rig?

Appending: frames of 1,000 readings into a spool on disk, by each fsync policy. The whole path: one stream
sends readings of the last hour to ingest, which stores them, with a spool and without, alternately, from the
first `send` to the last ack; and what the gateway's process uses of its CPU for that.

Run: `python -m benchmarks.spool [--quick]`. The last recorded result stands in `docs/gateways.md`.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from barograph_client import SpoolOptions, Stream
from barograph_client.framing.frames import Frame, encode_binary
from barograph_client.spool.disk import DiskSpool
from barograph_client.spool.options import FsyncPolicy
from barograph_client.spool.store import NewFrame

from barograph.times import now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.table import print_table
from tests.programs import running
from tests.seed import Profile, Project, seed_project

PER_FRAME = 1000
SENSORS = 100
HOUR_US = 3_600_000_000
LINEAR = [Profile("linear", {"slope": 2, "offset": 1})]
POLICIES: tuple[FsyncPolicy, ...] = ("never", "interval", "always")


def main() -> None:
    """Append alone, then the whole path with a spool beside the one without."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a quarter of the readings, three rounds")
    readings, rounds = (500_000, 3) if parser.parse_args().quick else (2_000_000, 7)
    with tempfile.TemporaryDirectory(prefix="barograph-bench-") as folder:
        appended = [
            (f"fsync={fsync}", f"{append_rate(Path(folder) / fsync, fsync):,.0f}") for fsync in POLICIES
        ]
    print_table("Append", ("spool", "readings/s"), appended)
    with serving_cluster() as server_url:
        header = ("spool", "readings/s", "of none", "CPU ns a reading")
        print_table("Whole path", header, whole_rows(server_url, readings, rounds))


def append_rate(folder: Path, fsync: FsyncPolicy) -> float:
    """Readings a second; frames get their ack soon. With `always`, each call waits for the disk."""
    frames = 200 if fsync == "always" else 5000
    column = np.arange(PER_FRAME)
    columns = column.astype(np.int32), column, column.astype(np.float64)
    store = DiskSpool(SpoolOptions(folder, fsync=fsync), "bench", ["a"])
    started = time.perf_counter()
    for _ in range(frames):
        index = store.last_index + 1
        store.append([NewFrame(encode_binary(Frame(index, *columns)), PER_FRAME)])
        if fsync == "always":
            store.sync()
        store.settle(index - 10)
    seconds = time.perf_counter() - started
    store.close()
    return frames * PER_FRAME / seconds


def whole_rows(server_url: str, readings: int, rounds: int) -> list[tuple[str, ...]]:
    """Medians of each way, measured in turn, and the median ratio to the way without in the same round."""
    ways: tuple[FsyncPolicy | None, ...] = (None, "never", "interval")
    rates: dict[FsyncPolicy | None, list[float]] = {way: [] for way in ways}
    cpu_ns: dict[FsyncPolicy | None, list[float]] = {way: [] for way in ways}
    for round_number in range(rounds):
        for way in ways if round_number % 2 else reversed(ways):
            rate, cpu = whole_rate(server_url, readings, way)
            rates[way].append(rate)
            cpu_ns[way].append(cpu)
    return [
        (
            "none" if way is None else f"fsync={way}",
            f"{statistics.median(rates[way]):,.0f}",
            f"{median_ratio(rates[way], rates[None]):.2f}",
            f"{statistics.median(cpu_ns[way]):,.0f}",
        )
        for way in ways
    ]


def median_ratio(rates: Sequence[float], of: Sequence[float]) -> float:
    """The median ratio of rates that were measured in the same round."""
    return statistics.median(rate / other for rate, other in zip(rates, of, strict=True))


def whole_rate(server_url: str, readings: int, fsync: FsyncPolicy | None) -> tuple[float, float]:
    """Readings a second from `send` to the ack, on a fresh database; CPU nanoseconds of each here."""
    with fresh_database(server_url) as url, tempfile.TemporaryDirectory(prefix="barograph-bench-") as folder:
        project = seed_project(url, SENSORS, LINEAR)
        spool = None if fsync is None else SpoolOptions(Path(folder) / "spool", fsync=fsync)
        with running("ingest", url, Path(folder) / "ingest.log") as ingest:
            return asyncio.run(_send_all(ingest.socket_url, project, readings, spool))


async def _send_all(
    url: str, project: Project, readings: int, spool: SpoolOptions | None
) -> tuple[float, float]:
    index = np.arange(readings)
    channel, value = (index % SENSORS).astype(np.int32), np.sin(index / 1000.0)
    t_us = now_us() - HOUR_US + index // SENSORS * 1000
    async with Stream(url, project.token, "bench", project.keys, spool=spool, proxy=None) as stream:
        started, cpu_started_ns = time.perf_counter(), time.process_time_ns()
        for start in range(0, readings, PER_FRAME):
            part = slice(start, start + PER_FRAME)
            await stream.send(channel[part], t_us[part], value[part])
        await stream.flush()
        assert stream.accepted == readings
        seconds, cpu_ns = time.perf_counter() - started, time.process_time_ns() - cpu_started_ns
        return readings / seconds, cpu_ns / readings


if __name__ == "__main__":
    main()
