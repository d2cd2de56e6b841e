"""Does `python -m barograph_client simulate` saturate ingest from one core?

A past of 100 sensors is sent twice: to a sink that only acknowledges, in a process of its own, and to ingest,
which stores it. The simulator's own core is busy for its CPU time: while that is far below the time that
ingest takes, the simulator waits for acks and not ingest for readings.

Run: `python -m benchmarks.simulator [--quick]`. The last recorded result stands in `docs/gateways.md`.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve

from barograph.times import format_time
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.table import print_table
from tests.programs import ROOT, running
from tests.seed import seed_project

SENSORS, RATE_HZ = 100, 200
HELLO = {
    "type": "hello",
    "protocol": 1,
    "max_frame_bytes": 2**20,
    "max_frame_readings": 50_000,
    "window": 64,
}


@dataclass(frozen=True)
class SimulatorRun:
    """From the program's start to its end, so with its imports.

    Attributes:
        cpu_s: of the simulator alone.
    """

    readings: int
    seconds: float
    cpu_s: float

    def row(self, name: str) -> tuple[str, ...]:
        rate = self.readings / self.seconds
        busy = self.cpu_s / self.seconds
        return (
            name,
            f"{self.readings:,}",
            f"{rate:,.0f}",
            f"{self.cpu_s / self.readings * 1e9:,.0f}",
            f"{busy:.0%}",
        )


def main() -> None:
    """Both, and the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a quarter of the readings")
    seconds = 50 if parser.parse_args().quick else 200
    with sink() as url:
        rows = [simulate(url, "token", seconds).row("a sink")]
    with serving_cluster() as server_url, fresh_database(server_url) as database_url:
        project = seed_project(database_url, SENSORS)
        with (
            tempfile.TemporaryDirectory(prefix="barograph-bench-") as folder,
            running("ingest", database_url, Path(folder) / "ingest.log") as ingest,
        ):
            rows.append(simulate(ingest.socket_url, project.token, seconds).row("ingest"))
    print_table("Simulator", ("to", "readings", "readings/s", "CPU ns a reading", "of its core"), rows)


def simulate(url: str, token: str, seconds: int) -> SimulatorRun:
    """The command, to its end."""
    keys = [word for number in range(SENSORS) for word in ("--sensor", f"s{number}")]
    words = [*keys, "--rate", str(RATE_HZ), "--history", "--seconds", str(seconds), "--json"]
    given = {"BAROGRAPH_INGEST_URL": url, "BAROGRAPH_INGEST_TOKEN": token, "PYTHONPATH": str(ROOT / "client")}
    started, cpu_before = time.perf_counter(), _children_cpu_s()
    done = subprocess.run(
        [sys.executable, "-m", "barograph_client", "simulate", *words],
        env={**os.environ, **given},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    taken, cpu = time.perf_counter() - started, _children_cpu_s() - cpu_before
    said = json.loads(done.stdout)
    assert said["stored"] == said["sent"] > 0, said
    return SimulatorRun(said["stored"], taken, cpu)


def _children_cpu_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


@contextmanager
def sink() -> Generator[str]:
    """The address of a server that acknowledges every frame, and keeps none."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve_sink, args=(theirs,))
    process.start()
    try:
        yield f"ws://127.0.0.1:{ours.recv()}/ingest/v1/ws"
    finally:
        process.terminate()
        process.join()


def _serve_sink(told: Connection) -> None:
    asyncio.run(_sink(told))


async def _sink(told: Connection) -> None:
    async with serve(_acknowledge, "127.0.0.1", 0, max_size=None, compression=None) as server:
        (socket,) = server.sockets
        told.send(socket.getsockname()[1])
        await server.serve_forever()


async def _acknowledge(socket: ServerConnection) -> None:
    await socket.send(json.dumps({**HELLO, "server_time": format_time(datetime.now(UTC))}))
    bind = json.loads(await socket.recv())
    count = len(bind["sensors"])
    bound: dict[str, object] = {"type": "bound", "last_seq": 0, "channels": [], "channel_count": count}
    await socket.send(json.dumps(bound))
    async for frame in socket:
        assert isinstance(frame, bytes)
        _, readings, seq = struct.unpack_from("<4sIQ", frame)
        ack: dict[str, object] = {
            "type": "ack",
            "seq": seq,
            "accepted": readings,
            "duplicate": 0,
            "rejected": [],
        }
        await socket.send(json.dumps(ack))


if __name__ == "__main__":
    main()
