"""Tells many stories, in a process for each core."""

import multiprocessing
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import NamedTuple


class Telling(NamedTuple):
    """How stories are told.

    Attributes:
        cpu_s: each process ends after so much time of the processor; None where it tells all its stories.
        ends_when_broken: each process ends at its first story that breaks a law.
    """

    is_traced: bool
    cpu_s: float | None
    ends_when_broken: bool


class Told(NamedTuple):
    """What became of stories."""

    stories: int
    broken: int
    readings: int
    time_s: float


def tell_all(seeds: Sequence[int], processes: int, telling: Telling) -> Told:
    """Tells the stories of these seeds, and prints what breaks a law."""
    # Bodies are small: to hand them to threads takes an eighth of a story's time.
    os.environ["POLARS_MAX_THREADS"] = "1"
    # Forked ones would share what the interpreter has open, and keep the threads that Polars has here.
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        shares = [seeds[first::processes] for first in range(processes)]
        told = list(pool.map(partial(_tell_share, telling), shares))
    return Told(
        stories=sum(each.stories for each in told),
        broken=sum(each.broken for each in told),
        readings=sum(each.readings for each in told),
        time_s=sum(each.time_s for each in told),
    )


def _tell_share(telling: Telling, seeds: Sequence[int]) -> Told:
    # Here, for the process that waits for those who tell: it takes two seconds to import.
    from tests.ingest.simulation.teller import tell_share

    return tell_share(telling, seeds)


def say(line: str) -> None:
    """Prints it at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
