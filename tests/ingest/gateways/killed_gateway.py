"""A gateway that may be killed at any moment: it notes each reading once `send` has returned for it.

`python -m tests.ingest.gateways.killed_gateway`, with its options as JSON on standard input. It ends at
SIGTERM, once everything is acknowledged, or when it is killed. At SIGUSR1 its clock jumps; at SIGUSR2 its
disk is full for some calls of `send`.
"""

import asyncio
import json
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from barograph_client import SpoolFull, SpoolOptions, Stream
from barograph_client.backoff import Backoff

PAUSE_S = 0.002
FULL = "a call found the disk full"
FULL_CALLS = 20
YEAR_S = 365 * 86_400
JUMPS_S = (-YEAR_S, -3600.0, -1.0, 0.0, 1.0, 3600.0, YEAR_S)
MAX_READINGS = 5


@dataclass
class Gateway:
    """One life of a gateway.

    Attributes:
        first: the number of its first reading; each life has numbers of its own.
        clock_ahead_s: by how much this machine's clock is wrong.
        full_calls: how many calls of `send` find the disk full from now on.
    """

    url: str
    token_file: str
    spool: str
    report: str
    keys: list[str]
    first: int
    fsync: str
    clock_ahead_s: float
    full_calls: int = field(default=0, init=False)

    async def run(self) -> None:
        is_over = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, is_over.set)
        loop.add_signal_handler(signal.SIGUSR1, self._jump)
        loop.add_signal_handler(signal.SIGUSR2, self._fill)
        options: Any = SpoolOptions(
            Path(self.spool),
            fsync=self.fsync,  # pyright: ignore[reportArgumentType] - of JSON
            segment_bytes=8192,
            keep_acked_s=3600,
        )
        stream = Stream(
            self.url,
            Path(self.token_file),
            "rig/killed",
            self.keys,
            spool=options,
            connect_within_s=0.0,
            exit_within_s=60.0,
            backoff=Backoff(0.01, 0.2),
            proxy=None,
        )
        async with stream:
            await self._send(stream, is_over)

    async def _send(self, stream: Stream, is_over: asyncio.Event) -> None:
        report = os.open(self.report, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        number = self.first
        while not is_over.is_set():
            count = random.randint(1, MAX_READINGS)  # noqa: S311 - of a test
            numbers = [float(number + place) for place in range(count)]
            channels = [each % len(self.keys) for each in range(count)]
            try:
                with self._disk():
                    await stream.send(channels, [_true_us()] * count, numbers)
                    self._note(report, number, count)
            except SpoolFull as full:
                sys.stderr.write(f"{FULL}: {full}\n")
            number += count
            with suppress(TimeoutError):
                await asyncio.wait_for(is_over.wait(), PAUSE_S)

    @contextmanager
    def _disk(self) -> Generator[None]:
        """Full, for as many calls as it shall be. What takes the reading must raise."""
        if not self.full_calls:
            yield
            return
        self.full_calls -= 1
        _limit_files(1)
        try:
            yield
        finally:
            _limit_files(resource.RLIM_INFINITY)

    def _note(self, report: int, number: int, count: int) -> None:
        _limit_files(resource.RLIM_INFINITY)
        os.write(report, f"{number} {count}\n".encode())

    def _jump(self) -> None:
        self.clock_ahead_s = random.choice(JUMPS_S)  # noqa: S311 - of a test

    def _fill(self) -> None:
        self.full_calls = FULL_CALLS


def _limit_files(size_bytes: int) -> None:
    """No file of this process grows beyond it."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, resource.RLIM_INFINITY))


_true_clock = time.time_ns


def _true_us() -> int:
    """Readings bear the true time; the library is told a wrong one."""
    return _true_clock() // 1000


def main() -> None:
    gateway = Gateway(**json.load(sys.stdin))
    true_time, true_ns = time.time, time.time_ns
    time.time = lambda: true_time() + gateway.clock_ahead_s
    time.time_ns = lambda: true_ns() + int(gateway.clock_ahead_s * 1e9)
    asyncio.run(gateway.run())


if __name__ == "__main__":
    main()
