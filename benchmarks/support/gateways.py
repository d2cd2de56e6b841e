"""Gateways that send as fast as acks allow, or at a steady rate, from a process of their own.

Frames are encoded before the clock starts, so that the sender costs as little as a sender can.
"""

import asyncio
import json
import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import ClientConnection, connect

from barograph.times import now_us
from tests.ingest.gateway import binary_frame, json_frame

SENSORS = 500
HOUR_US = 3_600_000_000


@dataclass(frozen=True)
class Load:
    """What the gateways send: samples of the last hour, all of a producer's sensors at one instant, then
    `step_us` later again.

    Attributes:
        readings: how many, rounded down to whole frames.
        rate_hz: readings a second over all producers; None for as fast as acks allow.
        mixed: the sensors have profiles of all kinds instead of linear ones.
        clock_ahead_us: how far the gateways' clocks are ahead; much makes every reading a reject.
    """

    readings: int
    producers: int = 4
    per_frame: int = 1000
    as_json: bool = False
    rate_hz: float | None = None
    mixed: bool = False
    step_us: int = 1000
    clock_ahead_us: int = 0

    @property
    def frames_each(self) -> int:
        return max(1, self.readings // self.producers // self.per_frame)

    @property
    def total(self) -> int:
        return self.frames_each * self.producers * self.per_frame

    def sensors(self, producer: int) -> range:
        """The sensors of a producer, by number."""
        each = SENSORS // self.producers
        return range(producer * each, (producer + 1) * each)

    def columns(
        self, producer: int, base_us: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
        """A producer's readings in order: channel, time, value."""
        index = np.arange(self.frames_each * self.per_frame)
        width = len(self.sensors(producer))
        return (
            (index % width).astype(np.int32),
            base_us + index // width * self.step_us,
            np.sin(index / 1000.0),
        )

    def frames(self, producer: int, base_us: int) -> list[bytes | str]:
        """The same, as messages."""
        channel, t_us, value = self.columns(producer, base_us)
        encode = json_frame if self.as_json else binary_frame
        frames: list[bytes | str] = []
        for seq in range(1, self.frames_each + 1):
            part = slice((seq - 1) * self.per_frame, seq * self.per_frame)
            frames.append(encode(seq, channel[part].tolist(), t_us[part].tolist(), value[part].tolist()))
        return frames


@dataclass(frozen=True)
class Measured:
    """Seconds from the first frame sent to the last ack, and each frame's wait for its ack."""

    seconds: float
    latencies_s: Sequence[float]


def run_gateways(url: str, token: str, load: Load) -> Measured:
    """Sends the load, and waits until all of it is acknowledged."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_run, url, token, load).result()


def _run(url: str, token: str, load: Load) -> Measured:
    return asyncio.run(_send_all(url, token, load))


async def _send_all(url: str, token: str, load: Load) -> Measured:
    base_us = now_us() - HOUR_US + load.clock_ahead_us
    start = asyncio.Barrier(load.producers + 1)
    gateways = [_Gateway(load, producer, base_us) for producer in range(load.producers)]
    tasks = [asyncio.create_task(gateway.run(url, token, start)) for gateway in gateways]
    await start.wait()
    started = time.perf_counter()
    await asyncio.gather(*tasks)
    seconds = time.perf_counter() - started
    return Measured(seconds, [latency for gateway in gateways for latency in gateway.latencies_s])


class _Gateway:
    """One producer: keeps within the window, and notes when each frame was sent and acknowledged."""

    def __init__(self, load: Load, producer: int, base_us: int) -> None:
        self.latencies_s: list[float] = []
        self._load, self._producer = load, producer
        self._frames = load.frames(producer, base_us)
        self._sent: list[float] = []

    async def run(self, url: str, token: str, start: asyncio.Barrier) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        async with connect(
            url, additional_headers=headers, max_size=None, compression=None, proxy=None
        ) as socket:
            window = json.loads(await socket.recv())["window"]
            keys = [f"s{sensor}" for sensor in self._load.sensors(self._producer)]
            await socket.send(json.dumps({"type": "bind", "producer": f"p{self._producer}", "sensors": keys}))
            await socket.recv()
            room = asyncio.Semaphore(window)
            acks = asyncio.create_task(self._read_acks(socket, room))
            await start.wait()
            await self._send(socket, room)
            await acks

    async def _send(self, socket: ClientConnection, room: asyncio.Semaphore) -> None:
        load = self._load
        interval_s = load.per_frame * load.producers / load.rate_hz if load.rate_hz else 0.0
        due = time.perf_counter() + interval_s * self._producer / load.producers
        for frame in self._frames:
            await room.acquire()
            if interval_s:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                due += interval_s
            self._sent.append(time.perf_counter())
            await socket.send(frame)

    async def _read_acks(self, socket: ClientConnection, room: asyncio.Semaphore) -> None:
        while len(self.latencies_s) < len(self._frames):
            ack = json.loads(await socket.recv())
            assert ack["type"] == "ack", ack
            assert bool(ack["rejected"]) == bool(self._load.clock_ahead_us), ack
            now = time.perf_counter()
            for seq in range(len(self.latencies_s) + 1, ack["seq"] + 1):
                self.latencies_s.append(now - self._sent[seq - 1])
                room.release()
