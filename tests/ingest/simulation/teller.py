"""Tells stories, one after the other, in this process."""

import gc
import time
from collections.abc import Iterable

from tests.ingest.simulation.laws import LawBroken
from tests.ingest.simulation.replaced import replaced
from tests.ingest.simulation.story import Story
from tests.ingest.simulation.telling import Telling, Told, say
from tests.ingest.simulation.world import tell

# A story leaves thousands of objects, few of which outlive it, and the program's own never go.
GARBAGE_OBJECTS = 50_000


def tell_share(telling: Telling, seeds: Iterable[int]) -> Told:
    """Those of these seeds, one after the other; prints what breaks a law."""
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
