"""A client of live pictures, as a browser is one: applies patches to what it holds."""

import json
import struct
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from websockets.sync.client import ClientConnection, connect

from api.live.patches import BUCKET_COLUMNS, SAMPLE_COLUMNS
from tests.api.server import Person, Server

Row = tuple[float, ...]


@dataclass
class HeldPicture:
    """What a client holds of one watch.

    Attributes:
        rows: by channel, the rows of a channel in order of time.
        patches: how many have been applied.
    """

    length_us: int | None
    kind: str = ""
    bucket_us: int = 1
    coarsened_from: str | None = None
    channels: Sequence[Mapping[str, Any]] = ()
    rows: dict[int, list[Row]] = field(default_factory=dict[int, list[Row]])
    position: str = ""
    server_us: int = 0
    late: int = 0
    patches: int = 0

    def begin(self, watching: Mapping[str, Any]) -> None:
        """As `watching` says. What is held goes on where it is drawn as before."""
        bucket_us = watching["bucket_us"] or 1
        if (self.kind, self.bucket_us) != (watching["kind"], bucket_us):
            self.rows, self.position = {}, ""  # it holds nothing until the next patch
        self.kind, self.bucket_us, self.channels = watching["kind"], bucket_us, watching["channels"]
        self.coarsened_from = watching["coarsened_from"]

    @property
    def from_us(self) -> int | None:
        """Where a window that moves begins now."""
        if self.length_us is None:
            return None
        return (self.server_us - self.length_us) // self.bucket_us * self.bucket_us

    def replace(self, channel: int, from_us: float, to_us: float, rows: Sequence[Row]) -> None:
        """One piece of a patch."""
        kept = [row for row in self.rows.get(channel, []) if not from_us <= row[0] < to_us]
        self.rows[channel] = sorted([*kept, *rows])

    def note(self, position: str, server_us: int) -> None:
        """Moves on to a position; what has left the window is forgotten."""
        self.position, self.server_us = position, max(server_us, self.server_us)
        if (from_us := self.from_us) is not None:
            for channel, rows in self.rows.items():
                self.rows[channel] = [row for row in rows if row[0] >= from_us]

    def apply_binary(self, message: bytes) -> None:
        """A patch of the WebSocket."""
        assert message[:4] == b"BL01"
        (length,) = struct.unpack_from("<I", message, 4)
        header = json.loads(message[8 : 8 + length])
        assert (8 + length) % 8 == 0
        names = SAMPLE_COLUMNS if self.kind == "samples" else BUCKET_COLUMNS
        total = sum(piece[3] for piece in header["patches"])
        columns = np.frombuffer(message, "<f8", offset=8 + length).reshape(len(names), total)
        table = [tuple(row) for row in columns.T.tolist()]
        place = 0
        for channel, from_us, to_us, count, readings in header["patches"]:
            rows = table[place : place + count]
            place += count
            assert readings == (count if self.kind == "samples" else sum(row[-1] for row in rows))
            self.replace(channel, from_us, to_us, rows)
        self._applied(header)

    def apply_text(self, data: Mapping[str, Any]) -> None:
        """A patch of the stream of events."""
        names = SAMPLE_COLUMNS if self.kind == "samples" else BUCKET_COLUMNS
        for piece in data["patches"]:
            rows = list(zip(*(map(float, piece[name]) for name in names), strict=True))
            assert len(rows) == piece["rows"]
            self.replace(piece["channel"], piece["from_us"], piece["to_us"], rows)
        self._applied(data)

    def _applied(self, header: Mapping[str, Any]) -> None:
        self.patches += 1
        self.late += header["late"]
        self.note(header["position"], header["server_us"])


class LiveClient:
    """One WebSocket. Grants a patch for each that it has applied, unless told not to."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.held: dict[int, HeldPicture] = {}
        self.is_ready = True

    def watch(
        self, sensors: Sequence[str], window: str = "-60s", number: int = 1, **asked: object
    ) -> HeldPicture:
        """Asks, and waits for `watching`."""
        length_us = int(float(window[1:-1]) * 1_000_000) if window.startswith("-") else None
        held = self.held.setdefault(number, HeldPicture(length_us))
        self.send({"type": "watch", "id": number, "sensors": list(sensors), "from": window, **asked})
        while self.take()[0] != "watching":
            pass
        return held

    def send(self, message: Mapping[str, Any]) -> None:
        self.socket.send(json.dumps(message))

    def take(self, timeout_s: float = 20) -> tuple[str, Mapping[str, Any]]:
        """The next message, applied: its type, and what it says."""
        message = self.socket.recv(timeout=timeout_s)
        if isinstance(message, bytes):
            (length,) = struct.unpack_from("<I", message, 4)
            header = json.loads(message[8 : 8 + length])
            self.held[header["watch"]].apply_binary(message)
            if self.is_ready:
                self.send({"type": "ready"})
            return "patch", header
        said = json.loads(message)
        if said["type"] == "watching":
            self.held[said["id"]].begin(said)
        elif said["type"] == "alive":
            self.held[said["id"]].note(said["position"], said["server_us"])
        return said["type"], said


def expected_rows(held: HeldPicture, readings: Sequence[tuple[int, float]]) -> list[Row]:
    """What a client must hold of one sensor, by NumPy."""
    from_us = held.from_us
    assert from_us is not None
    inside = [(t_us, value) for t_us, value in readings if t_us >= from_us]
    if held.kind == "samples":
        return [(float(t_us), value) for t_us, value in inside]
    buckets: defaultdict[int, list[float]] = defaultdict(list)
    for t_us, value in inside:
        buckets[t_us // held.bucket_us * held.bucket_us].append(value)
    return [
        (float(start), values[0], min(values), max(values), values[-1], float(len(values)))
        for start, values in sorted(buckets.items())
    ]


def opened(server: Server, person: Person) -> ClientConnection:
    """A WebSocket of the person's, by token."""
    url = server.url.replace("http://", "ws://") + "/api/v1/live/ws"
    headers = {"Authorization": person.client.headers["Authorization"]}
    return connect(url, additional_headers=headers, max_size=2**26, compression=None)
