"""Tells stories: `python -m tests.ingest.simulation [--seeds N] [--first SEED] [--trace]`.

A seed that breaks a law is told again by `--first SEED --seeds 1 --trace`.
"""

import argparse
import os
import sys
import time

from tests.ingest.simulation.telling import Telling, say, tell_all


def main() -> int:
    """Runs the command; 1 if any story breaks a law."""
    parser = argparse.ArgumentParser(prog="python -m tests.ingest.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many stories, at most")
    parser.add_argument("--first", type=int, default=1, help="the seed of the first one")
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count(), help="how many tell stories; one for each core"
    )
    parser.add_argument("--trace", action="store_true", help="print each story, and what laws see of it")
    parser.add_argument("--cpu-s", type=float, help="end after so much time of a processor, whatever is left")
    parser.add_argument(
        "--until-broken", action="store_true", help="end a process at its first story that breaks a law"
    )
    wanted = parser.parse_args()
    seeds = range(wanted.first, wanted.first + wanted.seeds)
    processes = max(1, min(wanted.processes, len(seeds)))
    began_s = time.monotonic()
    told = tell_all(seeds, processes, Telling(wanted.trace, wanted.cpu_s, wanted.until_broken))
    took_s = time.monotonic() - began_s
    say(
        f"{took_s:6.1f} s, {told.stories} stories ({60 * told.stories / took_s:.0f} a minute), "
        f"{told.broken} broken: {told.readings} readings in {told.time_s / 3600:.1f} h of their time"
    )
    return 1 if told.broken else 0


if __name__ == "__main__":
    sys.exit(main())
