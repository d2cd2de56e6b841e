"""What do limits on every sensor cost a commit of readings?

Commits of one shape into four projects, in turn on one connection: two without limits, one with a limit on
each sensor that nothing violates, one where every tenth commit raises or clears alarms. Each is the whole
transaction of ingest: catalog, conversion, COPY, what roll-ups owe, the log of changes, limits, COMMIT.
Wanted: at least 0.97 of the rate without limits. The two projects without any say how far the machine itself
is to be believed. CPU is what the client and its backend use, which others on the machine disturb less.

Run: `python -m benchmarks.alarms [--commits 60]`. Last result: see the table in decision 431.
"""

import argparse
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg
from numpy.typing import NDArray

from barograph.catalog.catalog import CatalogCache
from barograph.readings.preparing.prepare import prepare
from barograph.readings.storing.store import (
    Connection,
    PreparedProject,
    connect,
    lock_catalog,
    store_readings,
)
from barograph.times import now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.table import print_table
from tests.seed import Profile, Project, change_catalog, seed_project

SHAPES = [(50_000, 50), (50_000, 500), (5_000, 500)]
WARM = 4
WAYS = ("without limits", "without, again", "never violated", "violated now and then")


@dataclass(frozen=True)
class MeasuredProject:
    """A project with or without limits, and a connection of its own."""

    project: Project
    is_violated: bool
    connection: Connection

    def commit(self, cache: CatalogCache, readings: int, number: int) -> tuple[float, float]:
        """Seconds that one commit took: by the clock, and of CPU."""
        sensors = len(self.project.keys)
        value = np.random.default_rng(number).normal(0, 0.1, readings)
        if self.is_violated and number % 10 == 0:
            value[:3] = 2.0
        slot = np.arange(readings, dtype=np.int32) % sensors
        t_us = now_us() + np.arange(readings) // sensors
        frame = np.repeat(np.arange(10, dtype=np.int32), readings // 10)
        before, started = self._cpu_s(), time.perf_counter()
        _commit(self.connection, cache, self.project.id, (slot, t_us, value, frame))
        return time.perf_counter() - started, self._cpu_s() - before

    def _cpu_s(self) -> float:
        backend = Path(f"/proc/{self.connection.info.backend_pid}/schedstat").read_text(encoding="ascii")
        return time.thread_time() + int(backend.split()[0]) / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, default=60, help="of each kind and shape")
    commits = parser.parse_args().commits
    rows: list[list[str]] = []
    with serving_cluster() as server_url, fresh_database(server_url) as url:
        cache = CatalogCache(url)
        cache.open()
        for shape in SHAPES:
            with ExitStack() as stack:
                projects = [_make(url, shape[1], way, stack) for way in WAYS]
                rows += measure(projects, cache, shape, commits)
        cache.close()
    print_table(
        "A commit with limits",
        ["readings, sensors", "limits", "median, ms", "CPU, ms", "CPU without / with"],
        rows,
    )


def measure(
    projects: list[MeasuredProject], cache: CatalogCache, shape: tuple[int, int], commits: int
) -> list[list[str]]:
    """A row for each kind of project."""
    readings, sensors = shape
    took: list[list[tuple[float, float]]] = [[] for _ in projects]
    for number in range(commits + WARM):
        # Who is first changes, so that none always finds what the one before it has left.
        for place in np.roll(np.arange(len(projects)), number).tolist():
            spent = projects[place].commit(cache, readings, number)
            if number >= WARM:
                took[place].append(spent)
    cpu_s = [statistics.fmean(cpu for _, cpu in spent) for spent in took]
    return [
        [
            f"{readings:,}, {sensors:,}",
            way,
            f"{statistics.median(seconds for seconds, _ in spent) * 1000:.2f}",
            f"{own_s * 1000:.2f}",
            f"{cpu_s[0] / own_s:.3f}",
        ]
        for way, spent, own_s in zip(WAYS, took, cpu_s, strict=True)
    ]


def _commit(
    connection: Connection,
    cache: CatalogCache,
    project_id: int,
    columns: tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64], NDArray[np.int32]],
) -> None:
    slot, t_us, value, frame = columns
    with connection.transaction():
        catalog = lock_catalog(connection, cache, project_id)
        given = frame if catalog.limits.are_any else None
        prepared = prepare(catalog, slot, t_us, value, now_us(), frame=given)
        store_readings(connection, [PreparedProject(catalog, prepared)])


def _make(url: str, sensors: int, way: str, stack: ExitStack) -> MeasuredProject:
    project = seed_project(url, sensors, [Profile(payload={"slope": 1, "offset": 0})])
    if "violated" in way:
        with psycopg.connect(url) as connection:
            change_catalog(connection, project.id)
            connection.execute(
                "insert into sensor_limit (sensor_id, level, min, max, hysteresis, during)"
                " select id, 'warning', -1, 1, 0.1, '(,)' from sensor where project_id = %s",
                (project.id,),
            )
    return MeasuredProject(project, way == WAYS[-1], stack.enter_context(connect(url)))


if __name__ == "__main__":
    main()
