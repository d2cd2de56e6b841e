"""The rigs of a sandbox: each is the simulator that gateways' engineers use, in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from barograph.cli.machine.sandbox.instance import sandbox_environment
from barograph.cli.machine.sandbox.shape import SandboxShape
from barograph.cli.verb import CommandRefused
from barograph.local.supervisor.programs import PROJECT

# A rig ends when all it sent is acknowledged; one that waits longer has lost its server.
END_WITHIN_S = 60.0
WAVES = ("sine", "square", "triangle")


@dataclass(frozen=True)
class RigTotals:
    """Totals of what rigs sent, and what became of it."""

    sent: int
    stored: int
    rejected: int


@dataclass(frozen=True)
class RigPark:
    """The rigs at work."""

    processes: Sequence[subprocess.Popen[str]]

    def totals(self, seconds: float) -> RigTotals:
        """Totals of all rigs, once each has ended.

        Raises:
            CommandRefused: one failed, or does not end.
        """
        each = [_totals_of(process, seconds + END_WITHIN_S) for process in self.processes]
        return RigTotals(*(sum(column) for column in zip(*each, strict=True)))


@contextmanager
def rig_park(ingest_url: str, token: str, shape: SandboxShape) -> Generator[RigPark]:
    """Rigs that send from now on; none outlives the `with` block."""
    url = f"{ingest_url.replace('http', 'ws', 1)}/ingest/v1/ws"
    environment = sandbox_environment(BAROGRAPH_INGEST_TOKEN=token)
    processes = [_start(_words(url, rig, shape), environment) for rig in range(shape.rigs)]
    try:
        yield RigPark(processes)
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def _words(url: str, rig: int, shape: SandboxShape) -> list[str]:
    words = ["--url", url, "--producer", f"sandbox/rig{rig}", "--json", "--seed", str(rig)]
    words += ["--rate", str(shape.rate_hz), "--seconds", str(shape.seconds)]
    words += ["--late", str(shape.late), "--late-s", str(min(shape.seconds / 4, 10.0))]
    for wave in WAVES:
        words += ["--wave", wave]
    for sensor in range(shape.sensors):
        words += ["--sensor", shape.key(rig, sensor)]
    return words


def _start(words: list[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # our own command
        [sys.executable, "-m", "barograph_client", "simulate", *words],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _totals_of(process: subprocess.Popen[str], within_s: float) -> tuple[int, int, int]:
    try:
        said, complained = process.communicate(timeout=within_s)
    except subprocess.TimeoutExpired:
        raise CommandRefused(f"A rig does not end: not all it sent is stored after {within_s:g} s.") from None
    if not said:
        raise CommandRefused(f"A rig failed: {complained.strip()}")
    totals = json.loads(said)
    return totals["sent"], totals["stored"], totals["rejected"]
