"""Tells many stories, in a process for each core."""

import importlib
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.sharedctypes import Synchronized
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


class SharedSeeds:
    """Seeds that several processes tell. Each takes the next one when it is done with one: a story may take
    ten times as long as another."""

    def __init__(self, seeds: Sequence[int], taken: "Synchronized[int]") -> None:
        self._seeds, self._taken = seeds, taken

    def __iter__(self) -> Iterator[int]:
        while (place := self._take()) < len(self._seeds):
            yield self._seeds[place]

    def _take(self) -> int:
        with self._taken:
            place = self._taken.value
            self._taken.value += 1
        return place


# What a process that tells has in common with the others: one of them.
_SHARED: list[SharedSeeds] = []


def tell_all(seeds: Sequence[int], processes: int, telling: Telling) -> Told:
    """Tells the stories of these seeds, and prints what breaks a law."""
    # Bodies are small: to hand them to threads takes an eighth of a story's time.
    os.environ["POLARS_MAX_THREADS"] = "1"
    # For the variable above; and it takes two seconds, so that processes are forked when it is done.
    importlib.import_module("tests.ingest.simulation.teller")
    fork = multiprocessing.get_context("fork")
    shared = SharedSeeds(seeds, fork.Value("q", 0))
    with ProcessPoolExecutor(processes, fork, _SHARED.append, (shared,)) as pool:
        told = [each.result() for each in [pool.submit(_tell_share, telling) for _ in range(processes)]]
    return Told(
        stories=sum(each.stories for each in told),
        broken=sum(each.broken for each in told),
        readings=sum(each.readings for each in told),
        time_s=sum(each.time_s for each in told),
    )


def _tell_share(telling: Telling) -> Told:
    # Here, for whoever only asks for help: they do not wait for it.
    from tests.ingest.simulation.teller import tell_share

    return tell_share(telling, _SHARED[0])


def say(line: str) -> None:
    """Prints it at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
