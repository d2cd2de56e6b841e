"""What each of pytest's workers does first, for the whole run to end sooner.

A worker gets its part of the tests in their order, and takes of another's end when its own is done. By their
names what is longest would come last: browsers, whole installations, programs that are killed. It would be
taken apart, so that each worker started a browser of its own, and at the end all would wait for one. So each
begins with a group of rooms that are long, and ends with tests that are short.

pytest also rewrites the assertions of each module at its first import, and keeps what it made beside it. In a
fresh clone each worker would rewrite all modules at the same moment. So each begins at another place.
"""

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TypeVar

import pytest

ROOT = Path(__file__).parent.parent
# One for each worker of a machine with two cores, about as long as each other.
LONG_ROOMS = (
    ("portal",),
    ("barograph/local", "barograph/cli/machine", "deploy", "upgrades", "drills"),
    ("ingest/gateways", "ingest/languages", "ingest/drills", "ingest/simulation", "ingest/mqtt"),
    ("docs", "watching", "tools", "events"),
)
T = TypeVar("T")


def order_for_workers(items: Sequence[pytest.Item], workers: int) -> list[pytest.Item]:
    """The same tests, such that parts of the same number, one for each worker, begin with what is long."""
    groups = [_group_of(item.nodeid.removeprefix("tests/")) for item in items]
    return begin_with(items, groups, workers)


def begin_with(items: Sequence[T], groups: Sequence[int | None], workers: int) -> list[T]:
    """Items without a group fill parts that begin with groups; each keeps its order among its like."""
    firsts: list[list[T]] = [[] for _ in range(workers)]
    others: list[T] = []
    for item, group in zip(items, groups, strict=True):
        (others if group is None else firsts[group % workers]).append(item)
    rest = iter(others)
    ordered: list[T] = []
    for number, first in enumerate(firsts):
        # As pytest-xdist cuts them: what can't be shared evenly goes to the last.
        size = (len(items) - len(ordered)) // (workers - number)
        ordered += first
        ordered += islice(rest, max(size - len(first), 0))
    return ordered


def _group_of(place: str) -> int | None:
    """Of a test, by its file below `tests`."""
    starts = (tuple(f"{room}/" for room in rooms) for rooms in LONG_ROOMS)
    return next((number for number, start in enumerate(starts) if place.startswith(start)), None)


def import_from_own_place(asked: Iterable[str]) -> None:
    """Imports the test modules of these paths, in a worker; whoever can't be imported is told of later."""
    worker, workers = _this_worker(), worker_count()
    modules = sorted({module for path in asked for module in _modules(ROOT / path.partition("::")[0])})
    start = len(modules) * worker // workers
    for module in modules[start:] + modules[:start]:
        # Also by what skips a module.
        with suppress(Exception, pytest.skip.Exception):
            import_module(module)


def worker_count() -> int:
    """One where all tests run in one process."""
    return int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))


def _this_worker() -> int:
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def _modules(path: Path) -> list[str]:
    files = [path] if path.is_file() else path.rglob("test_*.py")
    ours = (file.relative_to(ROOT) for file in files if file.is_relative_to(ROOT))
    return [".".join(file.with_suffix("").parts) for file in ours]
