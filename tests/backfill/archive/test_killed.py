"""A worker that is killed while it files readings loses none, and none is there twice."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from backfill.jobs.row_claims import Pool
from barograph.catalog.catalog import CatalogCache
from barograph.times import DAY_US, SECOND_US
from tests.backfill.archive.filing import TODAY_US, everything, held, make_archivist, rows
from tests.backfill.rollups.expected import Store, work_everything_off
from tests.seed import Project

PROJECT = Path(__file__).parents[3]
# Files as a worker does, and is killed at the named step; once for each line that it is told.
FILE = """
import os, resource, signal, sys
from pathlib import Path
import barograph.archive.filing as filing
from barograph.archive.shelf import Shelf
from barograph.catalog.catalog import CatalogCache
from tests.backfill.archive.filing import make_archivist

url, folder = sys.argv[1:]
for line in sys.stdin:
    step = line.strip()
    if (pid := os.fork()) == 0:
        break
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
else:
    sys.exit()
kill = lambda: os.kill(os.getpid(), signal.SIGKILL)

class Killing(Shelf):
    def keep(self, name, staged):
        if step == "staged":
            kill()
        super().keep(name, staged)
        if step == "kept":
            kill()

query = filing.query
def asked(name):
    if name == "archive." + step:
        kill()
    return query(name)
filing.query = asked

if step == "full":
    # As a disk that is full: what is written beyond it fails.
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**10, 2**10))
cache = CatalogCache(url)
cache.open()
make_archivist(url, Path(folder), cache, shelf=Killing(str(Path(folder) / "kept"))).work()
"""


@pytest.fixture
def cache(database_url: str) -> Generator[CatalogCache]:
    with closing(CatalogCache(database_url)) as cache:
        cache.open()
        yield cache


@contextmanager
def filing_when_told(database_url: str, folder: Path) -> Generator[subprocess.Popen[str]]:
    """Has imported what it needs, and is told each step on a line."""
    command = [sys.executable, "-c", FILE, database_url, str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=PROJECT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as filing:
        yield filing


def file_until(filing: subprocess.Popen[str], step: str) -> int:
    """The exit code of what filed."""
    assert filing.stdin is not None
    assert filing.stdout is not None
    filing.stdin.write(f"{step}\n")
    filing.stdin.flush()
    return int(filing.stdout.readline())


def test_each_reading_is_there_once(
    database_url: str, project: Project, store: Store, pool: Pool, cache: CatalogCache, tmp_path: Path
) -> None:
    day_us = TODAY_US - 4 * DAY_US
    store.commit([(slot, day_us + n * SECOND_US, n * 0.25) for slot in (0, 1) for n in range(500)])
    work_everything_off(pool)
    before = rows(database_url, project)
    archivist = make_archivist(database_url, tmp_path, cache)
    with filing_when_told(database_url, tmp_path) as filing:
        for step in ("staged", "kept", "add_file", "add_parts", "take_rows", "wait_for_readers"):
            assert file_until(filing, step) == -9, step
            assert held(database_url) == 0, step
            assert rows(database_url, project) == before, step
        assert file_until(filing, "full") == 1
        _, said = filing.communicate()
    assert "File too large" in said, said
    assert (held(database_url), rows(database_url, project)) == (0, before)
    assert list((tmp_path / "staged").iterdir()) == []
    archivist.work()
    assert held(database_url) == len(before)
    assert rows(database_url, project) == []
    assert everything(database_url, project) == before
    assert list((tmp_path / "staged").iterdir()) == []
