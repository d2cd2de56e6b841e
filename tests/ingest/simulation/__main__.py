"""`python -m tests.ingest.simulation [--seeds N] [--first SEED]`: tells stories until a law breaks.

A seed that fails is told again by `--first SEED --seeds 1`.
"""

import argparse
import sys
import time

from tests.ingest.simulation.laws import LawBroken
from tests.ingest.simulation.replaced import replaced
from tests.ingest.simulation.world import Outcome, tell


def main() -> int:
    """Runs the command; 1 if any story breaks a law."""
    parser = argparse.ArgumentParser(prog="python -m tests.ingest.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many stories")
    parser.add_argument("--first", type=int, default=1, help="the seed of the first one")
    wanted = parser.parse_args()
    began_s = time.monotonic()
    outcomes: list[Outcome] = []
    failures = 0
    with replaced():
        for seed in range(wanted.first, wanted.first + wanted.seeds):
            try:
                outcomes.append(tell(seed))
            except LawBroken as broken:
                failures += 1
                sys.stdout.write(f"{broken}\n")
    took_s = time.monotonic() - began_s
    readings, hours = sum(o.readings for o in outcomes), sum(o.time_s for o in outcomes) / 3600
    sys.stdout.write(
        f"{len(outcomes)} stories hold, {failures} do not: {readings} readings in {hours:.1f} h of their "
        f"time, {took_s:.1f} s of ours ({60 * wanted.seeds / took_s:.0f} a minute)\n"
    )
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
