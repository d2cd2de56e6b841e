"""However its work is cut up and broken off, each row of a file is stored once."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backfill.imports import piece_storing, work
from backfill.imports.work import work_on_imports
from barograph.readings.storing import storing
from tests.backfill.imports.test_work import before_the
from tests.backfill.imports.uploaded import OwnedImporter, fetched, started
from tests.examples import few_examples
from tests.programs import running
from tests.seed import Project, seed_project
from tests.waiting import wait_until

START = datetime(2015, 1, 1, tzinfo=UTC)
# More days than a piece may touch, so that batches are split.
PLACES = {"pieces": work, "store_readings": storing, "store_rejects": piece_storing}
ROWS = [(f"s{i % 3}", START + timedelta(days=i * 7 % 90), float(i)) for i in range(60)]


class Died(BaseException):
    """As a process that is killed: nothing catches it."""


@pytest.fixture
def project(database_url: str) -> Project:
    return seed_project(database_url)


def csv_of(rows: list[tuple[str, datetime, float]]) -> bytes:
    lines = (f"{sensor},{time.isoformat()},{value}" for sensor, time, value in rows)
    return "\n".join(["sensor,time,value", *lines, ""]).encode()


def die() -> None:
    raise Died


@few_examples(3)
@given(
    batch_rows=st.sampled_from([1, 7, 50, 1000]),
    deaths=st.lists(st.tuples(st.sampled_from(sorted(PLACES)), st.integers(1, 6)), max_size=4),
)
def test_any_batches_and_any_deaths_store_each_row_once(
    database_url: str,
    project: Project,
    importer: OwnedImporter,
    batch_rows: int,
    deaths: list[tuple[str, int]],
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("truncate reading, reading_block, import, reject_block, producer cascade")
    rows = [*ROWS, ("nobody", START, 1.0)]
    imported = started(importer, project, csv_of(rows), batch_rows=batch_rows)
    for name, number in deaths:
        place = PLACES[name]
        with patch.object(place, name, before_the(number, getattr(place, name), die)):
            try:
                work_on_imports(importer)
            except Died:
                imported.set("running")
    work_on_imports(importer)
    row = imported.row()
    assert (row["status"], row["accepted"], row["rejected"]) == ("finished", 60, {"unknown-sensor": 1})
    keys = dict(zip(project.sensor_ids, project.keys, strict=True))
    stored = [
        (keys[sensor_id], time, raw)
        for sensor_id, time, raw in fetched(database_url, "select sensor_id, time, raw from any_reading")
    ]
    assert Counter(stored) == Counter(ROWS)
    assert fetched(database_url, "select count(*) from dead_letter") == [(1,)]


@pytest.mark.nightly
def test_workers_that_end_leave_a_file_to_others(
    database_url: str, redis_url: str, project: Project, importer: OwnedImporter, tmp_path: Path
) -> None:
    rows = [(f"s{i % 3}", START + timedelta(seconds=i), float(i)) for i in range(200_000)]
    imported = started(importer, project, csv_of(rows), batch_rows=1000)
    environment = {"BAROGRAPH_REDIS_URL": redis_url, "BAROGRAPH_DATA_DIR": str(tmp_path)}
    with running("backfill", database_url, tmp_path / "log", environment) as worker:
        seen = 0
        for end_it in (worker.kill, worker.stop, worker.kill):
            seen = until_more_than(imported.row, seen)
            assert not end_it()  # an orderly end is exit code 0
            worker.start()
        while imported.row()["status"] == "running" and seen < len(rows):
            seen = until_more_than(imported.row, seen)
        wait_until(lambda: imported.row()["status"] != "running")
    assert (imported.row()["status"], imported.row()["accepted"]) == ("finished", 200_000)
    assert fetched(database_url, "select count(*), count(distinct raw), sum(raw) from any_reading") == [
        (200_000, 200_000, sum(range(200_000)))
    ]


def until_more_than(row: Callable[[], dict[str, Any]], seen: int) -> int:
    """Waits until more readings are stored; how many."""
    end = time.monotonic() + 60
    while (accepted := row()["accepted"]) <= seen:
        assert time.monotonic() < end
        time.sleep(0.01)
    return accepted
