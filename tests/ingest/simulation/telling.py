"""Tells many stories, in a process for each core."""

import gc
import multiprocessing
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import NamedTuple

# A story leaves thousands of objects, few of which outlive it, and the program's own never go.
GARBAGE_OBJECTS = 50_000


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
    # Here, for the process that waits for those who tell: all that is simulated takes two seconds to import.
    from tests.ingest.simulation.laws import LawBroken
    from tests.ingest.simulation.replaced import replaced
    from tests.ingest.simulation.story import Story
    from tests.ingest.simulation.world import tell

    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_OBJECTS)
    say_all = say if telling.is_traced else None
    began_cpu_s = time.process_time()
    stories = broken = readings = 0
    time_s = 0.0
    with replaced():
        for seed in seeds:
            if telling.cpu_s is not None and time.process_time() > began_cpu_s + telling.cpu_s:
                break
            stories += 1
            if say_all is not None:
                say_all(str(Story.of(seed)))
            try:
                outcome = tell(seed, say_all)
                readings += outcome.readings
                time_s += outcome.time_s
            except LawBroken as error:
                broken += 1
                say(str(error))
                if telling.ends_when_broken:
                    break
    return Told(stories, broken, readings, time_s)


def say(line: str) -> None:
    """Prints it at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
