"""A folder in memory, where there is enough of it, for a server that keeps nothing.

A database is a thousand files, and hundreds of databases are made and dropped. In memory that takes a third
of the time.
"""

import os
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108  # each process makes a folder of its own
MIN_BYTES = 6 * 2**30
PREFIX = "barograph-tests-"


@contextmanager
def quick_folder(otherwise: Path) -> Generator[Path]:
    """One in memory, gone afterwards, or the given one."""
    if _free_bytes() < MIN_BYTES:
        yield otherwise
        return
    _remove_what_was_left()
    folder = MEMORY / f"{PREFIX}{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_bytes() -> int:
    if not MEMORY.is_dir():
        return 0
    available = re.search(r"MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text())
    return min(shutil.disk_usage(MEMORY).free, int(available[1]) * 1024 if available else 0)


def _remove_what_was_left() -> None:
    """Of processes that were killed."""
    for folder in MEMORY.glob(f"{PREFIX}*"):
        if not Path("/proc", folder.name.removeprefix(PREFIX)).exists():
            shutil.rmtree(folder, ignore_errors=True)
