"""A gateway that sends all the while, whatever is done to the server, and notes what was acknowledged."""

import threading
import time
from bisect import bisect_right
from contextlib import suppress
from typing import Self

from websockets.exceptions import WebSocketException

from tests.ingest.database import raw
from tests.ingest.gateway import Gateway, open_gateway
from tests.programs import Program
from tests.seed import Project
from tests.waiting import wait_until

PRODUCER = "rig/steady"
IN_FLIGHT = 20
PAUSE_S = 0.05
PATIENCE_S = 120.0


class Refused(Exception):
    """The server answered something else than was hoped for."""


class SteadyGateway:
    """Streams for the length of a `with` block. The one reading of each frame is the frame's number.

    Attributes:
        acked: the last frame that was acknowledged.
        forgotten: the binds that remembered less than was acknowledged: up to where, and what had been.
    """

    def __init__(self, ingest: Program, project: Project) -> None:
        self.acked = 0
        self.forgotten: list[tuple[int, int]] = []
        self._ack_times_s: list[float] = []
        self._ingest, self._project = ingest, project
        self._ending, self._reconnecting = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join()

    def first_ack_after(self, since_s: float, within_s: float = PATIENCE_S) -> float:
        """How long after this moment of the monotonic clock the next ack came."""

        def place() -> int:
            return bisect_right(self._ack_times_s, since_s)

        wait_until(lambda: place() < len(self._ack_times_s), within_s)
        return self._ack_times_s[place()] - since_s

    def wait_for_acks(self, more: int) -> None:
        """Until so many more frames are acknowledged."""
        wanted = self.acked + more
        wait_until(lambda: self.acked >= wanted)

    def connect_anew(self) -> None:
        """Leaves its connection for another one, at the next frame."""
        self._reconnecting.set()

    def check(self, database_url: str) -> None:
        """Asserts that what is stored are all frames up to some one, each once, with all that had an ack."""
        stored = raw(database_url, self._project)
        assert stored == list(range(1, len(stored) + 1))
        assert len(stored) >= self.acked
        assert self.forgotten == []

    def _run(self) -> None:
        while not self._ending.is_set():
            with suppress(WebSocketException, OSError, TimeoutError, Refused):
                self._stream()
            self._ending.wait(PAUSE_S)

    def _stream(self) -> None:
        with open_gateway(self._ingest, self._project) as gateway:
            bound = gateway.bind(PRODUCER, [self._project.keys[0]])
            if bound["type"] != "bound":
                raise Refused(bound)
            seq: int = bound["last_seq"]
            if seq < self.acked:
                self.forgotten.append((seq, self.acked))
            self._reconnecting.clear()
            while not self._ending.wait(PAUSE_S) and not self._reconnecting.is_set():
                for _ in range(IN_FLIGHT):
                    seq += 1
                    gateway.send_values(seq, [float(seq)])
                self._take_acks(gateway, seq)

    def _take_acks(self, gateway: Gateway, up_to: int) -> None:
        acked = 0
        while acked < up_to:
            message = gateway.receive()
            if message["type"] != "ack":
                raise Refused(message)
            acked = message["seq"]
            self.acked = max(self.acked, acked)
            self._ack_times_s.append(time.monotonic())
