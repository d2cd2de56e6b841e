"""Tells many stories, in a process for each core."""

import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import NamedTuple

from tests.ingest.simulation.laws import LawBroken
from tests.ingest.simulation.replaced import replaced
from tests.ingest.simulation.story import Story
from tests.ingest.simulation.world import Outcome, tell


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
    began_cpu_s = time.process_time()
    outcomes: list[Outcome] = []
    broken = 0
    with replaced():
        for seed in seeds:
            if telling.cpu_s is not None and time.process_time() > began_cpu_s + telling.cpu_s:
                break
            try:
                outcomes.append(_told(seed, is_traced=telling.is_traced))
            except LawBroken as error:
                broken += 1
                say(str(error))
                if telling.ends_when_broken:
                    break
    readings, time_s = sum(each.readings for each in outcomes), sum(each.time_s for each in outcomes)
    return Told(len(outcomes) + broken, broken, readings, time_s)


def _told(seed: int, *, is_traced: bool) -> Outcome:
    if not is_traced:
        return tell(seed)
    say(str(Story.of(seed)))
    return tell(seed, say)


def say(line: str) -> None:
    """Prints it at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
