"""A gateway whose power may go at any moment, as `docs/gateways.md` opens one.

`python -m tests.ingest.gateways.rig_without_power`, with its options as JSON on standard input. It sends a
minute of readings after the other, and notes each once `send` has returned. It ends at SIGTERM, or when it
has none left, once all is acknowledged.
"""

import asyncio
import json
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from barograph_client import SpoolOptions, Stream

from tests.power_cut import note_synced

MINUTE_US = 60_000_000
PER_MINUTE = 60
PAUSE_S = 0.02


@dataclass
class RigWithoutPower:
    """One time of power.

    Attributes:
        record: what the disk has for sure, beyond the rig's own power.
        report: the minutes that are sent, likewise.
        start_us: the first minute's time.
        minutes: first and last, by number.
    """

    url: str
    token: str
    spool: str
    fsync: str
    record: str
    report: str
    keys: list[str]
    start_us: int
    minutes: list[int]

    async def run(self) -> None:
        is_over = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, is_over.set)
        note_synced(Path(self.record))
        options: Any = SpoolOptions(self.spool, fsync=self.fsync)  # pyright: ignore[reportArgumentType] - of JSON
        stream = Stream(
            self.url,
            self.token,
            producer="rig-7/daq-1",
            sensors=self.keys,
            spool=options,
            connect_within_s=0.0,
            exit_within_s=60.0,
            proxy=None,
        )
        report = os.open(self.report, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        async with stream:
            for minute in range(self.minutes[0], self.minutes[1] + 1):
                await self._send(stream, minute)
                os.write(report, f"{minute}\n".encode())
                await asyncio.sleep(PAUSE_S)
            await is_over.wait()

    async def _send(self, stream: Stream, minute: int) -> None:
        """A reading a second of each sensor."""
        seconds = [minute * PER_MINUTE + second for second in range(PER_MINUTE)]
        count = len(self.keys)
        await stream.send(
            [channel for _ in seconds for channel in range(count)],
            [self.start_us + second * 1_000_000 for second in seconds for _ in range(count)],
            [float(second) for second in seconds for _ in range(count)],
        )


if __name__ == "__main__":
    asyncio.run(RigWithoutPower(**json.load(sys.stdin)).run())
