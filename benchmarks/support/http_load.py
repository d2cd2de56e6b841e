"""Requests at a rate that does not wait for answers, from a process of their own.

Each request has its moment, whatever became of those before it, and its latency counts from that moment:
time that it had to wait for a free connection is the server's fault and is measured.

schedule -> due -> a free connection, or the queue -> answer -> latency, next of the queue
"""

import asyncio
import multiprocessing
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import cast

import httptools
import uvloop

CONNECTIONS = 64
# A schedule begins so long after everything is connected.
LEAD_S = 0.2


@dataclass(frozen=True)
class Request:
    """A request to send.

    Attributes:
        due_s: when, in seconds after the first moment.
        kind: what it is counted under.
        content: the request as it goes over the wire.
    """

    due_s: float
    kind: str
    content: bytes


@dataclass(frozen=True)
class Answered:
    """An answer; latency counts from the moment its request was due."""

    kind: str
    latency_s: float
    status: int


def send_all(
    host: str, ports: Sequence[int], requests: Sequence[Request], give_up_s: float
) -> list[Answered]:
    """Sends every request at its time, and waits for the answers.

    Args:
        ports: of the servers, which share the connections.
        give_up_s: what is not answered so long after the last moment counts as lost, with status 0.
    """
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_run, host, ports, requests, give_up_s).result()


def _run(host: str, ports: Sequence[int], requests: Sequence[Request], give_up_s: float) -> list[Answered]:
    return uvloop.run(_Load(requests).run(host, ports, give_up_s))


class _Load:
    def __init__(self, requests: Sequence[Request]) -> None:
        self.requests = requests
        self._latencies_s = [0.0] * len(requests)
        self._statuses = [0] * len(requests)
        self._waiting: deque[int] = deque()
        self._free: deque[_Connection] = deque()
        self._start_s = 0.0
        self._left = len(requests)
        self._all_answered = asyncio.Event()

    async def run(self, host: str, ports: Sequence[int], give_up_s: float) -> list[Answered]:
        loop = asyncio.get_running_loop()
        for number in range(CONNECTIONS):
            port = ports[number % len(ports)]
            _, connection = await loop.create_connection(lambda: _Connection(self), host, port)
            self._free.append(connection)
        self._start_s = time.perf_counter() + LEAD_S
        await self._dispatch()
        try:
            await asyncio.wait_for(self._all_answered.wait(), give_up_s)
        except TimeoutError:
            self._count_lost()
        answers = zip(self.requests, self._latencies_s, self._statuses, strict=True)
        return [Answered(request.kind, latency, status) for request, latency, status in answers]

    async def _dispatch(self) -> None:
        for number, request in enumerate(self.requests):
            wait_s = self._start_s + request.due_s - time.perf_counter()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            if self._free:
                # In turn, so that none is idle for so long that the server ends it.
                self._free.popleft().send(number)
            else:
                self._waiting.append(number)

    def answered(self, connection: "_Connection", number: int, status: int) -> None:
        self._latencies_s[number] = self._waited_s(number)
        self._statuses[number] = status
        self._left -= 1
        if self._left == 0:
            self._all_answered.set()
        if self._waiting:
            connection.send(self._waiting.popleft())
        else:
            self._free.append(connection)

    def _count_lost(self) -> None:
        for number, status in enumerate(self._statuses):
            if status == 0:
                self._latencies_s[number] = self._waited_s(number)

    def _waited_s(self, number: int) -> float:
        return time.perf_counter() - self._start_s - self.requests[number].due_s


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._parser = httptools.HttpResponseParser(self)
        self._number = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is none by its class.
        self._transport = cast("asyncio.Transport", transport)

    def send(self, number: int) -> None:
        assert self._transport is not None
        self._number = number
        self._transport.write(self._load.requests[number].content)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._load.answered(self, self._number, self._parser.get_status_code())
