"""`simulate`: a rig's readings, sent as they are measured, or a past as fast as it goes."""

import argparse
import asyncio
import json
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from barograph_client.commands.progress import ProgressLine
from barograph_client.commands.simulation.simulated_rig import (
    SECOND_US,
    SimulatedBursts,
    SimulatedColumns,
    SimulatedRig,
    SimulationShape,
)
from barograph_client.commands.simulation.waveforms import WAVEFORMS
from barograph_client.commands.target import add_target_options, target_of
from barograph_client.streaming.stream import Stream

STRETCH_S = 0.1
# Of a past: so many readings are made and sent at once.
STRETCH_READINGS = 50_000


@dataclass
class LateStretches:
    """Stretches that are held back, and when each is due."""

    waiting: deque[tuple[int, SimulatedColumns]] = field(default_factory=deque[tuple[int, SimulatedColumns]])

    def due(self, now_us: int) -> Iterator[SimulatedColumns]:
        """Yields the stretches whose time has come."""
        while self.waiting and self.waiting[0][0] <= now_us:
            yield self.waiting.popleft()[1]


class SimulatedStream:
    """A rig and the stream of its readings."""

    def __init__(self, rig: SimulatedRig, stream: Stream, progress: ProgressLine) -> None:
        self.sent = 0
        self._rig, self._stream, self._progress = rig, stream, progress
        self._late = LateStretches()

    async def stretch(self, until_us: int, share: float | None) -> None:
        """Measure until then, and send it, or keep it for later."""
        columns = self._rig.readings(until_us)
        if self._rig.shape.late and self._rig.is_late():
            self._late.waiting.append((until_us + round(self._rig.shape.late_s * SECOND_US), columns))
        else:
            await self._send(columns)
        for late in self._late.due(until_us):
            await self._send(late)
        if self._progress.is_due:
            self._progress.say(self.sent, share, self._stream.trouble)

    async def finish(self) -> None:
        """Send what was held back."""
        for _, columns in self._late.waiting:
            await self._send(columns)

    async def _send(self, columns: SimulatedColumns) -> None:
        if len(columns):
            await self._stream.send(columns.channel, columns.t_us, columns.value)
            self.sent += len(columns)


SIMULATE_HELP = "send what a rig would, with noise and faults"


def add_simulate_options(parser: argparse.ArgumentParser) -> None:
    """Make it the parser of this command."""
    add_target_options(parser, "simulated-rig")
    default = SimulationShape()
    parser.add_argument(
        "--sensor", action="append", dest="keys", metavar="KEY", help="repeatable; else sim0, sim1, …"
    )
    parser.add_argument(
        "--sensors", type=int, default=default.sensors, help="how many, unless they are named (%(default)s)"
    )
    parser.add_argument(
        "--rate", type=float, default=default.rate_hz, metavar="HZ", help="of each sensor (%(default)g)"
    )
    parser.add_argument(
        "--wave", action="append", choices=sorted(WAVEFORMS), help="repeatable: sensors have them in turn"
    )
    for name, text in _NUMBERS.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=float,
            default=getattr(default, name),
            help=f"{text} (%(default)g)",
        )
    parser.add_argument(
        "--bursts",
        nargs=3,
        type=float,
        metavar=("EVERY_S", "LENGTH_S", "FACTOR"),
        help="for LENGTH_S of every EVERY_S it samples FACTOR times as often",
    )
    parser.add_argument("--seed", type=int, default=0, help="of all chance (%(default)s)")
    parser.add_argument("--seconds", type=float, help="how long; until Ctrl-C unless given")
    parser.add_argument(
        "--history",
        action="store_true",
        help="the last --seconds, as fast as it goes, as historical readings",
    )
    parser.add_argument("--json", action="store_true", help="say at the end what became of all, as JSON")
    parser.set_defaults(run=run_simulation)


_NUMBERS = {
    "period_s": "of the first sensor's waveform",
    "amplitude": "half the waveform's height",
    "level": "its middle",
    "noise": "standard deviation of what is added to each value",
    "drift_per_hour": "what is added to all values in an hour",
    "dropouts": "the share of time in which a sensor is silent, 0 to 1",
    "dropout_s": "how long it is silent at a time",
    "late": "the share of stretches that are sent late, 0 to 1",
    "late_s": "by how much",
    "clock_offset_s": "how wrong the rig's clock is",
    "clock_drift_ppm": "how fast it goes wrong",
    "clock_jump_s": "the clock jumps by so much and back, in turns of ten seconds",
}


def shape_of(asked: argparse.Namespace) -> SimulationShape:
    """The shape that the options ask for.

    Raises:
        ValueError: there is no such rig.
    """
    numbers = {name: getattr(asked, name) for name in _NUMBERS}
    return SimulationShape(
        sensors=len(asked.keys or ()) or asked.sensors,
        rate_hz=asked.rate,
        waveforms=tuple(asked.wave or ("sine",)),
        bursts=_bursts(*asked.bursts) if asked.bursts else None,
        seed=asked.seed,
        **numbers,
    )


def _bursts(every_s: float, length_s: float, factor: float) -> SimulatedBursts:
    return SimulatedBursts(every_s, length_s, int(factor))


def run_simulation(asked: argparse.Namespace) -> int:
    """The command; 1 if readings were rejected."""
    shape = shape_of(asked)
    if asked.history and asked.seconds is None:
        raise ValueError("a past needs --seconds: how long it is")
    simulated, stream = asyncio.run(_simulate(asked, shape))
    if asked.json:
        stored = stream.accepted + stream.duplicate
        totals = {"sent": simulated.sent, "stored": stored, "rejected": stream.rejected}
        sys.stdout.write(f"{json.dumps(totals)}\n")
    return 1 if stream.rejected else 0


async def _simulate(asked: argparse.Namespace, shape: SimulationShape) -> tuple[SimulatedStream, Stream]:
    target, progress = target_of(asked), ProgressLine()
    keys = asked.keys or [f"sim{number}" for number in range(shape.sensors)]
    stream = Stream(
        target.url, target.token, target.producer, keys, spool=target.spool, historical=asked.history
    )
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with stream:
        now_us = time.time_ns() // 1000
        start_us = now_us - round(asked.seconds * SECOND_US) if asked.history else now_us
        simulated = SimulatedStream(SimulatedRig(shape, start_us), stream, progress)
        if asked.history:
            await _send_past(simulated, shape, start_us, now_us, stop)
        else:
            await _send_present(simulated, start_us, asked.seconds, stop)
        await simulated.finish()
    said = f"{stream.accepted + stream.duplicate:,} stored, {stream.rejected:,} rejected"
    progress.finish(simulated.sent, said)
    return simulated, stream


async def _send_past(
    simulated: SimulatedStream, shape: SimulationShape, start_us: int, end_us: int, stop: asyncio.Event
) -> None:
    step_us = max(round(STRETCH_READINGS / (shape.sensors * shape.rate_hz) * SECOND_US), 1)
    until_us = start_us
    while until_us < end_us and not stop.is_set():
        until_us = min(until_us + step_us, end_us)
        await simulated.stretch(until_us, (until_us - start_us) / (end_us - start_us))


async def _send_present(
    simulated: SimulatedStream, start_us: int, seconds: float | None, stop: asyncio.Event
) -> None:
    """Sends by the monotonic clock: that of the day may be set meanwhile."""
    started_s = time.monotonic()
    passed_s = 0.0
    while not stop.is_set() and (seconds is None or passed_s < seconds):
        passed_s = time.monotonic() - started_s
        if seconds is not None:
            passed_s = min(passed_s, seconds)
        await simulated.stretch(start_us + round(passed_s * SECOND_US), seconds and passed_s / seconds)
        try:
            async with asyncio.timeout(STRETCH_S):
                await stop.wait()
        except TimeoutError:
            continue
