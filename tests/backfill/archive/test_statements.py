"""Each statement that reads gives the same rows over files as over rows, wherever it begins and ends."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from backfill.jobs.row_claims import Pool
from barograph.archive.statements import with_archived_sync
from barograph.catalog.catalog import CatalogCache
from barograph.database.connections import open_connection
from barograph.database.copy_format import ReadingColumns
from barograph.database.roles import Role
from barograph.database.schema.program_roles import ProgramRole
from barograph.exports.pages import first_of
from barograph.times import DAY_US, SECOND_US, from_us
from tests.backfill.archive.filing import TODAY_US, held, make_archivist
from tests.backfill.rollups.expected import Store, work_everything_off
from tests.ingest.database import ask
from tests.programs import url_of
from tests.seed import Profile, Project, seed_project

FIRST_US = TODAY_US - 5 * DAY_US
DAYS = 3


def fill(database_url: str, pool: Pool) -> Project:
    """Two sensors: several readings of an instant, some around midnight, physical values in the middle."""
    known = Profile(
        "linear",
        {"slope": 2, "offset": 1},
        from_us(FIRST_US + DAY_US // 2).isoformat(),
        from_us(FIRST_US + DAY_US * 5 // 2).isoformat(),
    )
    project = seed_project(database_url, 2, [known])
    random = np.random.default_rng(3)
    store = Store(database_url, project)
    for day in range(DAYS):
        start_us = FIRST_US + day * DAY_US
        t_us = np.sort(
            np.concatenate(
                [
                    start_us + random.integers(0, DAY_US, 40),
                    start_us + random.integers(0, 5, 30) * SECOND_US,
                    [start_us + DAY_US - 1] * 3,
                ]
            )
        )
        values = random.normal(0, 5, t_us.size).round(1)
        slots = random.integers(0, 2, t_us.size)
        store.commit(list(zip(slots.tolist(), t_us.tolist(), values.tolist(), strict=True)))
    store.close()
    work_everything_off(pool)
    return project


def questions(project: Project, limit_id: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Statements, and what they are asked."""
    sensor_ids = np.array(project.sensor_ids, np.int32)
    edges = [FIRST_US - 7, FIRST_US, FIRST_US + 3 * SECOND_US, FIRST_US + DAY_US, FIRST_US + 2 * DAY_US + 99]
    ends = [FIRST_US + SECOND_US + 1, FIRST_US + DAY_US, FIRST_US + 2 * DAY_US + 1, TODAY_US]
    for low, high in ((low, high) for low in edges for high in ends if low < high):
        bounds: dict[str, Any] = {"from": from_us(low), "to": from_us(high)}
        for fetch in (1, 3, 500):
            page = {"fetch": fetch, "skip": 0, "sees_raw": True}
            first = {"time": from_us(low), "raw": -math.inf, "physical": -math.inf, "profile_id": 0}
            first |= {"flags": -(2**15), "last_sensor_id": 0}
            last = {"time": from_us(high), "raw": math.nan, "physical": math.nan, "profile_id": 2**31 - 1}
            last |= {"flags": 2**15 - 1, "last_sensor_id": 2**31 - 1}
            one, both = {"sensor_id": project.sensor_ids[0]}, {"sensor_ids": project.sensor_ids}
            yield "reading.ascending", bounds | page | one | first | {"beyond": from_us(low)}
            yield "reading.descending", bounds | page | one | last | {"beyond": from_us(high)}
            yield "reading.several_ascending", bounds | page | both | first
            yield "reading.several_descending", bounds | page | both | last
            yield "reading.instants_ascending", bounds | page | both
            yield "reading.instants_descending", bounds | page | both
            yield (
                "export.pages",
                bounds
                | {
                    "sensor_ids": sensor_ids,
                    "froms": np.array([low, low + SECOND_US], "datetime64[us]"),
                    "rows": fetch,
                },
            )
        yield "overview.latest", bounds | {"sensor_ids": project.sensor_ids, "sees_raw": True}
        for is_raw in (True, False):
            spans = {
                "track": np.arange(4, dtype=np.int32),
                "sensor_id": np.repeat(sensor_ids, 2),
                "from_us": np.array([low, low + 100, low, low + 2 * SECOND_US]),
                "to_us": np.array([low + 50, high, low + SECOND_US, high]),
            }
            told = {
                "is_raw": is_raw,
                "is_believed": False,
                "takes_profiles": True,
                "takes_raw": True,
                "max_rows": 10_000,
            }
            yield "series.readings", bounds | spans | told
            yield "series.count_readings", bounds | spans | told
            yield "series.flagged", bounds | spans | told
            yield "series.profiles_of_readings", bounds | spans | told
            yield "series.last_before", bounds | spans | told | {"from_us": low}
            yield "series.first_after", bounds | spans | told | {"to_us": high}
            within = bounds | {"sensor_id": project.sensor_ids[1], "is_raw": is_raw}
            yield "measure_reading.readings", within | {"max_readings": 4}
            yield "measure_reading.last_before", within
            yield "measure_reading.profiles", within
        yield (
            "excursion.reach",
            {
                "sensor_id": project.sensor_ids[0],
                "limit_id": limit_id,
                "earliest": from_us(low // DAY_US * DAY_US),
                "from": from_us(low),
                "to": from_us(low),
                "after": from_us(low + 1),
                "until": from_us(low // DAY_US * DAY_US + DAY_US),
                "max_readings": 7,
            },
        )
        yield (
            "rollup_bucket.examine",
            bounds
            | {
                "minute_s": np.array([low // SECOND_US // 60 * 60] * 2),
                "sensor_id": sensor_ids,
                "seconds": np.array([1, 3]),
                "sensor_readings": np.array([-1, -1]),
                "dense_readings": 3,
                "dense_hz": 2,
            },
        )
        yield (
            "rollup_bucket.choose_finest",
            bounds
            | {
                "sensor_id": sensor_ids,
                "start_s": np.array([low // SECOND_US] * 2),
                "readings": np.array([-1, -1]),
                "fine_bounds": [2, 5],
            },
        )


def answers(database_url: str, project: Project, limit_id: int) -> list[tuple[str, list[Any]]]:
    with open_connection(url_of(ProgramRole.WORKER, database_url), Role.ARCHIVE) as connection:
        found: list[tuple[str, list[Any]]] = []
        for name, asked in questions(project, limit_id):
            with connection.transaction():
                statement = with_archived_sync(connection, name, asked)
                rows = connection.execute(statement, asked, binary=True).fetchall()
                if name == "export.pages":
                    rows = [_page(row, asked["rows"]) for row in rows]
                found.append((name, sorted(str(_plain(row)) for row in rows)))
        return found


def _page(row: dict[str, Any], rows: int) -> Mapping[str, Any]:
    """What an export takes of a row: the statement may give more."""
    return row if row["t_us"] is None else vars(first_of(ReadingColumns.of_page(row, 0), rows))


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Arrays as lists; those side by side, which have no order of their own, by their elements."""
    arrays = {name: value.tolist() for name, value in row.items() if isinstance(value, np.ndarray)}
    sizes = {len(value) for value in arrays.values()}
    rest = {name: value for name, value in row.items() if name not in arrays}
    if len(sizes) == 1:
        return rest | {"columns": sorted(map(str, zip(*arrays.values(), strict=True)))}
    return rest | arrays


def test_each_gives_the_same_over_files(database_url: str, pool: Pool, tmp_path: Path) -> None:
    project = fill(database_url, pool)
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "insert into sensor_limit (sensor_id, level, max, during)"
            " values (%s, 'warning', 3, '(,)') returning id",
            (project.sensor_ids[0],),
        ).fetchone()
        assert row is not None
    ask(database_url, "delete from excursion_due")
    expected = answers(database_url, project, row[0])
    cache = CatalogCache(database_url)
    cache.open()
    make_archivist(database_url, tmp_path, cache).work()
    cache.close()
    assert held(database_url) == sum(73 for _ in range(DAYS))
    found = answers(database_url, project, row[0])
    for (name, one), (_, other), (_, asked) in zip(found, expected, questions(project, row[0]), strict=True):
        assert one == other, (name, asked)
