"""`python -m tests.hurried ingest '{"ingest.edges.gate.DRAIN_S": 1}'`: a program whose waits are shorter.

For tests of what comes after a wait. That the wait is as long as it should be is for others.
"""

import json
import sys
from collections.abc import Mapping
from importlib import import_module


def main() -> int:
    """Runs the program, after its modules' names have got other values."""
    _, program, shortened = sys.argv
    shorten(json.loads(shortened))
    return import_module(f"{program}.__main__").main()


def shorten(hurry: Mapping[str, float]) -> None:
    """Gives names of modules their shorter times."""
    for place, seconds in hurry.items():
        module, _, name = place.rpartition(".")
        found = import_module(module)
        assert seconds < getattr(found, name), place
        setattr(found, name, seconds)


if __name__ == "__main__":
    sys.exit(main())
