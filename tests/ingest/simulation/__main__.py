"""`python -m tests.ingest.simulation [--seeds N] [--first SEED] [--cpu-s N] [--trace]`: tells stories.

A seed that breaks a law is told again by `--first SEED --seeds 1 --trace`.
"""

import argparse
import sys
import time

from tests.ingest.simulation.laws import LawBroken
from tests.ingest.simulation.replaced import replaced
from tests.ingest.simulation.story import Story
from tests.ingest.simulation.world import Outcome, tell


def main() -> int:
    """Runs the command; 1 if any story breaks a law."""
    parser = argparse.ArgumentParser(prog="python -m tests.ingest.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many stories, at most")
    parser.add_argument("--first", type=int, default=1, help="the seed of the first one")
    parser.add_argument("--trace", action="store_true", help="print each story, and what laws see of it")
    parser.add_argument(
        "--cpu-s", type=float, help="end after so much time of the processor, whatever is left"
    )
    parser.add_argument(
        "--until-broken", action="store_true", help="end at the first story that breaks a law"
    )
    wanted = parser.parse_args()
    began_s, began_cpu_s = time.monotonic(), time.process_time()
    told = 0
    outcomes: list[Outcome] = []
    failures = 0
    with replaced():
        for seed in range(wanted.first, wanted.first + wanted.seeds):
            if wanted.cpu_s is not None and time.process_time() > began_cpu_s + wanted.cpu_s:
                break
            told += 1
            try:
                outcomes.append(_told(seed, is_traced=wanted.trace))
            except LawBroken as broken:
                failures += 1
                _say(str(broken))
                if wanted.until_broken:
                    break
    took_s, cpu_s = time.monotonic() - began_s, time.process_time() - began_cpu_s
    readings, hours = sum(o.readings for o in outcomes), sum(o.time_s for o in outcomes) / 3600
    _say(
        f"{cpu_s:6.1f} s, {told} stories ({60 * told / cpu_s:.0f} a minute), {failures} broken: "
        f"{readings} readings in {hours:.1f} h of their time, {took_s:.1f} s of ours"
    )
    return 1 if failures else 0


def _told(seed: int, *, is_traced: bool) -> Outcome:
    if not is_traced:
        return tell(seed)
    _say(str(Story.of(seed)))
    return tell(seed, _say)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
