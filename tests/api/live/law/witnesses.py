"""Clients that write down what they hold after every message, whatever happens to their connections."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection, connect

from barograph.times import format_us
from tests.api.live.test_live import parsed
from tests.api.live.watching import HeldPicture, LiveClient, Row

GONE = (OSError, EOFError, ConnectionClosed, InvalidHandshake, httpx.HTTPError)
# As long as a client waits before it comes back, at most.
MAX_AWAY_S = 0.3
SLOW_BYTES_S = 10_000


@dataclass(frozen=True)
class WitnessedWatch:
    """What is watched: the window's length, or where it stands; and how."""

    layer: str
    columns: int
    length_us: int | None
    from_us: int | None = None

    def message(self, number: int, sensors: Sequence[str], since: str) -> dict[str, Any]:
        start = f"-{self.length_us}us" if self.length_us is not None else format_us(self.from_us or 0)
        return {
            "type": "watch",
            "id": number,
            "sensors": list(sensors),
            "from": start,
            "layer": self.layer,
            "columns": self.columns,
            "since": since or None,
        }


@dataclass(frozen=True)
class HeldRecord:
    """What a client held, and after which message."""

    witness: str
    watch: WitnessedWatch
    kind: str
    bucket_us: int
    position: str
    server_us: int
    rows: Mapping[int, Sequence[Row]]


@dataclass
class Pace:
    """How a client draws.

    Attributes:
        draw: waits until what came has been drawn, which is so many bytes.
        stays_s: so long it stays before it cuts itself off; None: until it is cut.
    """

    draw: Callable[[int], None] = lambda _: None
    stays_s: float | None = None


def slowly(_: int) -> None:
    """As one that draws every seventh tick."""
    time.sleep(0.7)


def by_little(size_bytes: int) -> None:
    """As one whose connection carries 10 kB a second."""
    time.sleep(size_bytes / SLOW_BYTES_S)


@dataclass
class Witness:
    """A client of the WebSocket, in a thread of its own."""

    name: str
    url: str
    headers: Mapping[str, str]
    sensors: Sequence[str]
    watches: Sequence[WitnessedWatch]
    pace: Pace = field(default_factory=Pace)
    records: list[HeldRecord] = field(default_factory=list[HeldRecord])
    connections: int = 0
    _held: dict[int, HeldPicture] = field(default_factory=dict[int, HeldPicture])

    def run(self, stop: threading.Event) -> None:
        random = Random(self.name)  # noqa: S311  # no secret
        while not stop.is_set():
            with suppress(*GONE), self._connected() as socket:
                self.connections += 1
                self._follow(socket, stop)
            time.sleep(random.uniform(0, MAX_AWAY_S))

    def _connected(self) -> ClientConnection:
        return connect(
            self.url.replace("http", "ws") + "/api/v1/live/ws",
            additional_headers=self.headers,
            max_size=2**26,
            compression=None,
            proxy=None,
            close_timeout=1,
        )

    def _follow(self, socket: ClientConnection, stop: threading.Event) -> None:
        client = LiveClient(socket)
        client.is_ready = False
        client.held = self._held
        for number, watch in enumerate(self.watches):
            self._held.setdefault(number, HeldPicture(watch.length_us))
            self._ask(client, number)
        leaves_s = time.monotonic() + (self.pace.stays_s or 1e9)
        while not stop.is_set() and time.monotonic() < leaves_s:
            try:
                kind, said = client.take(timeout_s=0.5)
            except TimeoutError:
                continue
            number = said.get("watch", said.get("id"))
            if kind in {"patch", "alive"}:
                self._record(number)
            if kind == "patch":
                self.pace.draw(sum(piece[3] for piece in said["patches"]) * 48)
                client.send({"type": "ready"})
            if kind == "error" and number is not None:
                # What could not be begun, as the database was away, is asked for again.
                time.sleep(0.2)
                self._ask(client, int(number))

    def _ask(self, client: LiveClient, number: int) -> None:
        since = self._held[number].position
        client.send(self.watches[number].message(number, self.sensors, since))

    def _record(self, number: int) -> None:
        self.records.append(record_of(self.name, self.watches[number], self._held[number]))


def record_of(name: str, watch: WitnessedWatch, held: HeldPicture) -> HeldRecord:
    rows = deepcopy(held.rows)
    return HeldRecord(name, watch, held.kind, held.bucket_us, held.position, held.server_us, rows)


@dataclass
class EventsWitness:
    """The same of server-sent events, which only have windows that move."""

    name: str
    url: str
    headers: Mapping[str, str]
    sensors: Sequence[str]
    watch: WitnessedWatch
    records: list[HeldRecord] = field(default_factory=list[HeldRecord])
    connections: int = 0

    def run(self, stop: threading.Event) -> None:
        held = HeldPicture(self.watch.length_us)
        while not stop.is_set():
            with suppress(*GONE):
                self._follow(held, stop)
            time.sleep(MAX_AWAY_S)

    def _follow(self, held: HeldPicture, stop: threading.Event) -> None:
        asked = {
            "sensor": list(self.sensors),
            "window": f"{self.watch.length_us}us",
            "columns": self.watch.columns,
            "layer": self.watch.layer,
        }
        headers = dict(self.headers) | ({"Last-Event-ID": held.position} if held.position else {})
        url = f"{self.url}/api/v1/live"
        with httpx.stream("GET", url, params=asked, headers=headers, timeout=7) as answer:
            if answer.status_code != 200:
                return
            self.connections += 1
            for name, _, data in parsed(answer.iter_lines()):
                if name == "watching":
                    held.begin(data)
                elif name == "patch":
                    held.apply_text(data)
                elif name == "alive":
                    held.note(data["position"], data["server_us"])
                if name in {"patch", "alive"}:
                    self.records.append(record_of(self.name, self.watch, held))
                if name == "end" or stop.is_set():
                    return
