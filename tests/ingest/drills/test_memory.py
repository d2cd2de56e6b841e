"""Ingest's memory stays bounded while more is pushed at it than the database takes.

`BAROGRAPH_TEST_FLOOD_S` says for how long (6 s by default).
"""

import asyncio
import os
import struct
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from barograph.times import now_us
from tests.ingest.database import ask
from tests.ingest.gateway import binary_frame, json_frame
from tests.ingest.posting import READINGS
from tests.programs import Program, running
from tests.seed import Project
from tests.servers.proxy import Proxy

FLOOD_S = float(os.environ.get("BAROGRAPH_TEST_FLOOD_S") or 6)
MAX_BYTES = 400 * 2**20
MAX_BYTES_WITH_BODIES = 500 * 2**20  # a body takes many times its size while it is parsed
DATABASE_BYTES_S = 4 * 2**20
READINGS_EACH = 1000
BODY_BYTES = 4 * 2**20 - 1000  # as large as may be


@pytest.fixture
def ingest(database_url: str, tmp_path: Path) -> Generator[Program]:
    """On a database that takes some 60,000 readings a second."""
    with Proxy(database_url) as proxy, running("ingest", proxy.url, tmp_path / "ingest.log") as program:
        proxy.rate_bytes_s = DATABASE_BYTES_S
        yield program


def peak_bytes(ingest: Program) -> int:
    """The most memory that the process has held at once."""
    assert ingest.process is not None
    status = Path(f"/proc/{ingest.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def flood(pushers: Sequence[Awaitable[None]]) -> None:
    """Lets them push for a while."""

    async def run() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(FLOOD_S):
                await asyncio.gather(*pushers)

    asyncio.run(run())


async def push(ingest: Program, project: Project, number: int, frame: Callable[[int], bytes | str]) -> None:
    """A gateway that sends as fast as its socket takes it, whatever comes back."""
    bind = f'{{"type":"bind","producer":"rig/{number}","sensors":["s0","s1","s2"]}}'
    async with connect(
        ingest.socket_url,
        additional_headers=project.headers,
        proxy=None,
        ping_interval=None,  # a server that holds its clients back doesn't see their pings
        close_timeout=0.1,
    ) as socket:
        await socket.send(bind)
        listening = asyncio.create_task(listen(socket))
        try:
            for seq in range(1, 10**9):
                await socket.send(frame(seq))
        finally:
            listening.cancel()
            socket.transport.abort()  # what waits to be written would keep it open


async def listen(socket: ClientConnection) -> None:
    async for _ in socket:
        pass


def binary_frames() -> Callable[[int], bytes]:
    """Frames by sequence number, which costs next to nothing to write into one."""
    now = now_us()
    times, values = [now] * READINGS_EACH, [float(i) for i in range(READINGS_EACH)]
    frame = binary_frame(1, [0, 1] * (READINGS_EACH // 2), times, values)
    return lambda seq: frame[:8] + struct.pack("<Q", seq) + frame[16:]


def json_frames(value: float) -> Callable[[int], str]:
    now = now_us()
    times, values = [now] * READINGS_EACH, [value] * READINGS_EACH
    before, after = json_frame(0, [0] * READINGS_EACH, times, values).split('"seq": 0')
    return lambda seq: f'{before}"seq": {seq}{after}'


def test_gateways_push_as_fast_as_they_can(ingest: Program, project: Project, database_url: str) -> None:
    frames = [*[binary_frames()] * 6, json_frames(1.5), json_frames(float("nan"))]
    flood([push(ingest, project, number, frame) for number, frame in enumerate(frames)])
    assert peak_bytes(ingest) < MAX_BYTES
    assert ask(database_url, "select 1 from any_reading where sensor_id = %s limit 1", project.sensor_ids[0])


@pytest.mark.nightly
def test_frames_of_the_largest_size_are_pushed_over_many_sockets(ingest: Program, project: Project) -> None:
    n = 20_000
    frame = binary_frame(1, [0] * n, [now_us()] * n, [1.0] * n)
    flood(
        [
            push(ingest, project, number, lambda seq: frame[:8] + struct.pack("<Q", seq) + frame[16:])
            for number in range(60)
        ]
    )
    assert peak_bytes(ingest) < MAX_BYTES


@pytest.mark.nightly
@pytest.mark.parametrize(
    "media_type", [pytest.param("text/csv", marks=pytest.mark.nightly), "application/json"]
)
def test_large_bodies_are_posted_many_at_once(ingest: Program, project: Project, media_type: str) -> None:
    body = large_csv() if media_type == "text/csv" else large_json()

    async def post_again_and_again() -> None:
        headers = {**project.headers, "Content-Type": media_type}
        async with httpx.AsyncClient(base_url=ingest.url, headers=headers, timeout=60) as client:
            while True:
                answer = await client.post(READINGS, content=body)
                assert answer.status_code in {200, 503}, answer.text
                await asyncio.sleep(0.2)

    flood([post_again_and_again() for _ in range(12)])
    assert peak_bytes(ingest) < MAX_BYTES_WITH_BODIES


def large_csv() -> bytes:
    row = f"s0,{now_us()},1.5\n".encode()
    return b"sensor,t_us,value\n" + row * (BODY_BYTES // len(row))


def large_json() -> bytes:
    reading = f'{{"sensor":"s0","t_us":{now_us()},"value":1.5}}'.encode()
    return b'{"readings":[' + b",".join([reading] * (BODY_BYTES // (len(reading) + 1))) + b"]}"
