"""Gateways that send a frame each second, a reading of each of their sensors, from a process of their own."""

import asyncio
import json
import multiprocessing
import time
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect

from barograph.times import now_us
from tests.ingest.gateway import binary_frame

INTERVAL_S = 1.0
CONNECTING = 20


@dataclass(frozen=True)
class PacedGateway:
    """One producer: its token, its name, and the sensors that it sends."""

    token: str
    name: str
    keys: Sequence[str]


def send_steadily(url: str, gateways: Sequence[PacedGateway], seconds: int) -> list[float]:
    """Each frame's wait for its ack, in seconds, ascending. All of them are acknowledged."""
    with sending_steadily(url, gateways, seconds) as latencies:
        return latencies.result()


@contextmanager
def sending_steadily(
    url: str, gateways: Sequence[PacedGateway], seconds: int
) -> Generator[Future[list[float]]]:
    """The same, while something else is done."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        yield process.submit(_run, url, gateways, seconds)


def _run(url: str, gateways: Sequence[PacedGateway], seconds: int) -> list[float]:
    return asyncio.run(_send_all(url, gateways, seconds))


async def _send_all(url: str, gateways: Sequence[PacedGateway], seconds: int) -> list[float]:
    room, start = asyncio.Semaphore(CONNECTING), asyncio.Event()
    senders = [_Sender(gateway, number / len(gateways)) for number, gateway in enumerate(gateways)]
    bound = asyncio.Barrier(len(senders) + 1)
    async with asyncio.TaskGroup() as tasks:
        for each in senders:
            tasks.create_task(each.run(url, room, bound, start, seconds))
        await bound.wait()
        start.set()
    return sorted(latency for sender in senders for latency in sender.latencies_s)


class _Sender:
    """One gateway, which sends at its own moment of each second."""

    def __init__(self, gateway: PacedGateway, phase: float) -> None:
        self.latencies_s: list[float] = []
        self._gateway, self._phase_s = gateway, phase * INTERVAL_S
        self._sent: list[float] = []

    async def run(
        self, url: str, room: asyncio.Semaphore, bound: asyncio.Barrier, start: asyncio.Event, seconds: int
    ) -> None:
        socket = await self._connect(url, room)
        async with socket:
            await bound.wait()
            await start.wait()
            acks = asyncio.create_task(self._read_acks(socket, seconds))
            await self._send(socket, seconds)
            await acks

    async def _connect(self, url: str, room: asyncio.Semaphore) -> ClientConnection:
        headers = {"Authorization": f"Bearer {self._gateway.token}"}
        async with room:
            socket = await connect(
                url, additional_headers=headers, max_size=None, compression=None, proxy=None, open_timeout=60
            )
            await socket.recv()
            bind = {"type": "bind", "producer": self._gateway.name, "sensors": list(self._gateway.keys)}
            await socket.send(json.dumps(bind))
            answer = json.loads(await socket.recv())
            assert answer["type"] == "bound", answer
        return socket

    async def _send(self, socket: ClientConnection, frames: int) -> None:
        channel, width = range(len(self._gateway.keys)), len(self._gateway.keys)
        due = time.perf_counter() + self._phase_s
        for seq in range(1, frames + 1):
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            due += INTERVAL_S
            frame = binary_frame(seq, channel, [now_us()] * width, [float(seq)] * width)
            self._sent.append(time.perf_counter())
            await socket.send(frame)

    async def _read_acks(self, socket: ClientConnection, frames: int) -> None:
        while len(self.latencies_s) < frames:
            ack = json.loads(await socket.recv())
            assert ack["type"] == "ack", ack
            assert not ack["rejected"], ack
            now = time.perf_counter()
            for seq in range(len(self.latencies_s) + 1, ack["seq"] + 1):
                self.latencies_s.append(now - self._sent[seq - 1])
