"""An import is undone whole: what it has stored goes, all else stays, whoever is killed meanwhile."""

import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

import psycopg
import pytest

from backfill.imports import undo
from backfill.imports.undo import work_on_undos
from backfill.imports.work import work_on_imports
from barograph.database.queries import query
from tests.backfill.archive.filing import held, make_archivist
from tests.backfill.imports.test_exactly_once import Died, csv_of
from tests.backfill.imports.test_work import before_the, finished, long_csv
from tests.backfill.imports.uploaded import Import, OwnedImporter, fetched, started
from tests.programs import running
from tests.seed import Project, seed_project
from tests.servers.refusing import refusing

START = datetime(2015, 1, 1, tzinfo=UTC)
ALL = "select sensor_id, time, raw from any_reading"


@pytest.fixture
def project(database_url: str) -> Project:
    return seed_project(database_url)


def read_in(importer: OwnedImporter, project: Project, content: bytes, batch_rows: int = 50_000) -> Import:
    imported = started(importer, project, content, batch_rows=batch_rows)
    finished(importer, imported)
    return imported


def undone(importer: OwnedImporter, imported: Import) -> dict[str, Any]:
    """As it is once the worker has nothing left to do."""
    imported.set("undoing")
    work_on_undos(importer.database_url, importer.catalogs)
    return imported.row()


def rows(database_url: str) -> Counter[tuple[Any, ...]]:
    return Counter(fetched(database_url, ALL))


def test_what_an_import_has_stored_goes_and_all_else_stays(
    database_url: str, importer: OwnedImporter, project: Project
) -> None:
    kept = read_in(
        importer, project, long_csv(("s0", "2015-01-01T00:00:00Z", 1), ("s1", "2015-01-02T00:00:00Z", 2))
    )
    before = rows(database_url)
    content = long_csv(
        ("s0", "2015-01-01T00:00:00Z", 1),
        ("s0", "2015-01-01T00:00:00Z", 1),
        ("s0", "2015-01-01T00:00:00Z", -0.0),
        ("s1", "2015-02-02T00:00:00Z", 5),
        ("nobody", "2015-02-02T00:00:00Z", 6),
    )
    imported = read_in(importer, project, content)
    assert rows(database_url).total() == 6
    row = undone(importer, imported)
    assert (row["status"], row["accepted"], row["removed"]) == ("undone", 4, 4)
    assert row["undone_at"] >= row["ended_at"]
    assert rows(database_url) == before
    assert kept.row()["removed"] == 0
    assert fetched(database_url, "select distinct import_id from import_stored") == [(kept.id,)]


def test_minus_zero_is_another_reading(database_url: str, importer: OwnedImporter, project: Project) -> None:
    imported = read_in(importer, project, long_csv(("s0", "2015-01-01T00:00:00Z", "-0.0")))
    read_in(importer, project, long_csv(("s0", "2015-01-01T00:00:00Z", "0.0")))
    assert undone(importer, imported)["removed"] == 1
    assert fetched(database_url, "select raw::text from any_reading") == [("0",)]


def test_each_piece_is_taken_out_once_whichever_worker_dies(
    database_url: str, importer: OwnedImporter, project: Project
) -> None:
    content = csv_of([(f"s{i % 3}", START + timedelta(days=i), float(i % 5)) for i in range(60)])
    first = read_in(importer, project, content, batch_rows=7)
    second = read_in(importer, project, content, batch_rows=50)
    first.set("undoing")
    for number in (1, 3, 2):
        dying = before_the(number, undo.remove_readings, _die)
        with patch.object(undo, "remove_readings", dying), pytest.raises(Died):
            work_on_undos(importer.database_url, importer.catalogs)
    work_on_undos(importer.database_url, importer.catalogs)
    assert (first.row()["status"], first.row()["removed"]) == ("undone", 60)
    assert rows(database_url).total() == 60
    assert undone(importer, second)["removed"] == 60
    assert not rows(database_url)


def _die() -> NoReturn:
    raise Died


@pytest.mark.nightly
def test_an_undo_goes_on_after_a_worker_that_is_killed(
    database_url: str, redis_url: str, project: Project, importer: OwnedImporter, tmp_path: Path
) -> None:
    content = csv_of([(f"s{i % 3}", START + timedelta(seconds=i), float(i)) for i in range(12_000)])
    kept = read_in(importer, project, content)
    imported = read_in(importer, project, content, batch_rows=200)
    imported.set("undoing")
    environment = {"BAROGRAPH_REDIS_URL": redis_url, "BAROGRAPH_DATA_DIR": str(tmp_path)}
    with running("backfill", database_url, tmp_path / "log", environment) as worker:
        _until_more_than(imported.row, 0)
        worker.kill()
        worker.start()
        end = time.monotonic() + 60
        while imported.row()["status"] != "undone":
            assert time.monotonic() < end
            time.sleep(0.1)
    assert (imported.row()["removed"], kept.row()["removed"]) == (12_000, 0)
    assert fetched(database_url, "select count(*), count(distinct raw) from any_reading") == [
        (12_000, 12_000)
    ]


def _until_more_than(row: Callable[[], dict[str, Any]], seen: int) -> None:
    """Waits until more readings are out."""
    end = time.monotonic() + 60
    while row()["removed"] <= seen:
        assert time.monotonic() < end
        time.sleep(0.01)


def test_an_undo_that_meets_an_error_waits_and_says_why(
    database_url: str, importer: OwnedImporter, project: Project
) -> None:
    content = long_csv(*[("s0", "2015-01-01T00:00:00Z", 1)] * 2)
    kept = read_in(importer, project, content)
    imported = read_in(importer, project, content)
    # What is left of equal readings is written again.
    with refusing(database_url, "true", "trigger"):
        row = undone(importer, imported)
    assert (row["status"], row["removed"]) == ("undoing", 0)
    assert row["failure"].startswith("the undo can't go on: ")
    work_on_undos(importer.database_url, importer.catalogs)
    assert imported.row()["removed"] == 0  # not yet
    with psycopg.connect(database_url) as connection:
        connection.execute("update import set undo_held_until = null")
    work_on_undos(importer.database_url, importer.catalogs)
    row = imported.row()
    assert (row["status"], row["removed"], row["failure"]) == ("undone", 2, "")
    assert kept.row()["status"] == "finished"
    assert rows(database_url).total() == 2


def test_below_the_time_that_is_kept_nothing_is_taken_out(
    database_url: str, importer: OwnedImporter, project: Project
) -> None:
    content = long_csv(("s0", "2015-01-01T00:00:00Z", 1), ("s0", "2015-01-02T00:00:00Z", 2))
    imported = read_in(importer, project, content)
    with psycopg.connect(database_url) as connection:
        connection.execute("update project set raw_from = '2015-01-02T00:00:00Z'")
        connection.execute("update project set catalog_version = catalog_version + 1")
        connection.execute("truncate dirty_window")
    row = undone(importer, imported)
    assert (row["status"], row["removed"]) == ("undone", 1)
    assert fetched(database_url, "select raw from any_reading") == [(1.0,)]
    assert fetched(database_url, "select minute from dirty_window") == [(START + timedelta(days=1),)]


def test_records_are_kept_for_a_while(database_url: str, importer: OwnedImporter, project: Project) -> None:
    old = read_in(importer, project, long_csv(("s0", "2015-01-01T00:00:00Z", 1)))
    new = read_in(importer, project, long_csv(("s0", "2015-01-01T00:00:00Z", 1)))
    open_one = started(importer, project, long_csv(("s0", "2015-01-01T00:00:00Z", 1)))
    work_on_imports(importer)
    open_one.set("undoing")
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "update import set ended_at = now() - interval '31 days' where id <> %s", (new.id,)
        )
        connection.execute(query("housekeeping.expire_import_records"), {"import_undo_days": 30})
    kept = fetched(database_url, "select import_id from import_stored order by import_id")
    assert kept == [(new.id,), (open_one.id,)]
    assert old.row()["status"] == "finished"


def test_archived_readings_become_rows_and_go(
    database_url: str, importer: OwnedImporter, project: Project, tmp_path: Path
) -> None:
    imported = read_in(
        importer, project, long_csv(("s0", "2015-01-01T00:00:00Z", 1), ("s1", "2015-02-02T00:00:00Z", 5))
    )
    with psycopg.connect(database_url) as connection:
        connection.execute("delete from dirty_window")
    archivist = make_archivist(database_url, tmp_path, importer.catalogs)
    archivist.work()
    assert (rows(database_url).total(), held(database_url)) == (0, 2)
    work_on_imports(importer)
    assert undone(importer, imported)["removed"] == 2
    assert (rows(database_url).total(), held(database_url)) == (0, 0)
    assert undone(importer, imported)["status"] == "undone"
