"""Who sends and who watches in the benchmark of live pictures: processes of their own.

The gateway's last channel says which frame a reading came with, so that whoever is shown it knows how old the
newest thing shown is.
"""

import asyncio
import base64
import json
import os
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing import Queue
from multiprocessing.synchronize import Event
from typing import cast
from urllib.parse import urlsplit

import numpy as np
import uvloop
from websockets.asyncio.client import connect

from barograph.times import now_us
from tests.ingest.gateway import binary_frame

SENSORS = 20
SAMPLE_HZ = 1000
FRAME_HZ = 20
# Sockets that open at the same time.
AT_ONCE = 8


@dataclass(frozen=True)
class LivePicture:
    """The picture that every client asks for."""

    url: str
    token: str
    sensors: Sequence[str]
    window: str = "-10s"
    columns: int = 200
    rate_hz: float = 10

    @property
    def message(self) -> str:
        return json.dumps(
            {
                "type": "watch",
                "id": 1,
                "sensors": list(self.sensors),
                "from": self.window,
                "layer": "raw",
                "columns": self.columns,
                "rate_hz": self.rate_hz,
            }
        )


@dataclass
class SentFrames:
    """When each frame was sent, by its number from 1, and when its ack came; seconds since 1970."""

    sent_s: list[float] = field(default_factory=list[float])
    acked_s: list[float] = field(default_factory=list[float])

    def kept(self, from_s: float, to_s: float) -> float:
        """The share of the frames sent in a period that were acknowledged in it."""
        counted = [sum(from_s <= each < to_s for each in times) for times in (self.acked_s, self.sent_s)]
        return counted[0] / max(counted[1], 1)


def send_frames(url: str, token: str, is_over: Event, found: "Queue[SentFrames]") -> None:
    """Samples of all sensors as they are taken, until it is over."""
    found.put(uvloop.run(_send_frames(url, token, is_over)))


async def _send_frames(url: str, token: str, is_over: Event) -> SentFrames:
    sent = SentFrames()
    each = SAMPLE_HZ // FRAME_HZ
    channel = np.repeat(np.arange(SENSORS), each).tolist()
    value = np.sin(np.arange(SENSORS * each) / 7).tolist()
    keys = [f"s{number}" for number in range(SENSORS + 1)]
    headers = {"Authorization": f"Bearer {token}"}
    async with connect(
        url, additional_headers=headers, max_size=None, compression=None, proxy=None
    ) as socket:
        await socket.recv()
        await socket.send(json.dumps({"type": "bind", "producer": "live", "sensors": keys}))
        await socket.recv()

        async def read_acks() -> None:
            while True:
                ack = json.loads(await socket.recv())
                assert ack["type"] == "ack", ack
                sent.acked_s += [time.time()] * (ack["seq"] - len(sent.acked_s))

        acks = asyncio.create_task(read_acks())
        began_s, seq = time.perf_counter(), 0
        while not is_over.is_set():
            seq += 1
            await asyncio.sleep(max(0.0, began_s + seq / FRAME_HZ - time.perf_counter()))
            end_us = now_us()
            t_us = np.tile(end_us - 1000 * np.arange(each)[::-1], SENSORS).tolist()
            frame = binary_frame(seq, [*channel, SENSORS], [*t_us, end_us], [*value, float(seq)])
            sent.sent_s.append(time.time())
            await socket.send(frame)
        await asyncio.sleep(0.5)
        acks.cancel()
    return sent


@dataclass
class SeenFrames:
    """The newest frame that each patch showed to clients, and when it came.

    Attributes:
        patches: how many came to all of them.
        bytes: in all.
    """

    newest: list[tuple[float, int]] = field(default_factory=list[tuple[float, int]])
    patches: int = 0
    bytes: int = 0

    def delays_s(self, sent: SentFrames, from_s: float) -> list[float]:
        """The time from sending until each frame was shown first, for frames sent from `from_s` on."""
        delays, seen = list[float](), 0
        for came_s, seq in self.newest:
            shown = range(seen + 1, seq + 1)
            delays += [came_s - sent.sent_s[each - 1] for each in shown if sent.sent_s[each - 1] >= from_s]
            seen = max(seen, seq)
        return delays


DrawingTime = Callable[[int], float]


def at_once(_: int) -> float:
    """The time that a client takes to draw so many bytes."""
    return 0.0


class Watcher(asyncio.Protocol):
    """One WebSocket, as light as a client can be: so many fit in a process.

    Args:
        draws_after_s: None: it never draws, as a hidden tab.
    """

    def __init__(
        self, picture: LivePicture, *, is_measured: bool = False, draws_after_s: DrawingTime | None = at_once
    ) -> None:
        self.seen = SeenFrames()
        self.shown = asyncio.Event()
        self._draws_after_s = draws_after_s
        self._picture, self._is_measured = picture, is_measured
        self._buffer = bytearray()
        self._is_open = False
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is one without being derived from it.
        self.transport = transport = cast("asyncio.WriteTransport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /api/v1/live/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {self._picture.token}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            head, end, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not end:
                return
            assert b" 101 " in head, head
            self._is_open, self._buffer = True, bytearray(rest)
            self.say(self._picture.message)
        while self._take_frame():
            pass

    def say(self, text: str) -> None:
        """Sends a message; the mask is zeros, which leaves it as it is."""
        body, transport = text.encode(), self.transport
        assert transport is not None
        length = (
            struct.pack(">BB", 0x81, 0x80 | len(body))
            if len(body) < 126
            else struct.pack(">BBH", 0x81, 0xFE, len(body))
        )
        transport.write(length + bytes(4) + body)

    def close(self) -> None:
        """Hangs up."""
        assert self.transport is not None
        self.transport.abort()

    def ready(self) -> None:
        """Grants a patch."""
        self.say('{"type":"ready"}')

    def _take_frame(self) -> bool:
        buffer = self._buffer
        if len(buffer) < 2:
            return False
        size, start = buffer[1], 2
        if size == 126:
            size, start = int.from_bytes(buffer[2:4]), 4
        elif size == 127:
            size, start = int.from_bytes(buffer[2:10]), 10
        if len(buffer) < start + size or (size > 125 and len(buffer) < start):
            return False
        opcode, body = buffer[0] & 15, bytes(buffer[start : start + size])
        del buffer[: start + size]
        if opcode == 2:
            self._take_patch(body)
        elif opcode == 1 and b'"error"' in body:
            raise RuntimeError(body.decode())
        return True

    def _take_patch(self, body: bytes) -> None:
        self.seen.patches += 1
        self.seen.bytes += len(body)
        if self._is_measured:
            seq = newest_frame(body)
            if seq is not None:
                self.seen.newest.append((time.time(), seq))
        self.shown.set()
        if self._draws_after_s is None:
            return
        wait_s = self._draws_after_s(len(body))
        if wait_s:
            asyncio.get_running_loop().call_later(wait_s, self.ready)
        else:
            self.ready()


def newest_frame(body: bytes) -> int | None:
    """The number of the newest frame in a patch of buckets or samples; None if it has none."""
    (length,) = struct.unpack_from("<I", body, 4)
    header = json.loads(body[8 : 8 + length])
    columns = np.frombuffer(body, "<f8", offset=8 + length)
    total = sum(piece[3] for piece in header["patches"])
    # The last value of a row: of six columns the fifth, of two the second.
    last = columns.reshape(-1, total)[4 if columns.size == 6 * total else 1] if total else columns
    row, newest = 0, None
    for channel, _, _, rows, _ in header["patches"]:
        if channel == SENSORS and rows:
            newest = int(last[row + rows - 1])
        row += rows
    return newest


async def open_watcher(
    picture: LivePicture, *, is_measured: bool = False, draws_after_s: DrawingTime | None = at_once
) -> Watcher:
    """One that has been shown something."""
    parts = urlsplit(picture.url)
    watcher = Watcher(picture, is_measured=is_measured, draws_after_s=draws_after_s)
    loop = asyncio.get_running_loop()
    await loop.create_connection(lambda: watcher, parts.hostname or "127.0.0.1", parts.port or 80)
    await watcher.shown.wait()
    return watcher


@dataclass(frozen=True)
class Crowd:
    """Many sockets, in a process of their own: it says when all are open, and ends when it is told to."""

    sockets: int
    is_open: Event
    is_over: Event
    patches_s: "Queue[float]"


def watch_in_crowd(picture: LivePicture, crowd: Crowd) -> None:
    """Tells how many patches a second they all got."""
    crowd.patches_s.put(uvloop.run(_watch_in_crowd(picture, crowd)))


async def _watch_in_crowd(picture: LivePicture, crowd: Crowd) -> float:
    room, watchers = asyncio.Semaphore(AT_ONCE), list[Watcher]()

    async def join() -> None:
        async with room:
            watchers.append(await open_watcher(picture))

    await asyncio.gather(*(join() for _ in range(crowd.sockets)))
    crowd.is_open.set()
    before, began_s = sum(watcher.seen.patches for watcher in watchers), time.perf_counter()
    await asyncio.to_thread(crowd.is_over.wait)
    patches = sum(watcher.seen.patches for watcher in watchers) - before
    return patches / (time.perf_counter() - began_s)
