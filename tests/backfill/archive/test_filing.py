"""Old readings leave rows for files; whatever breaks off, each is there once."""

from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path

import numpy as np
import psycopg
import pytest

from backfill.housekeeping.retention import retain
from backfill.jobs.row_claims import Pool
from barograph.archive.shelf import SHELVES, ArchiveUnreadable, Shelf
from barograph.archive.thawing import thaw
from barograph.catalog.catalog import CatalogCache
from barograph.database.connections import open_connection
from barograph.database.roles import Role
from barograph.database.schema.program_roles import ProgramRole
from barograph.times import DAY_US, SECOND_US, from_us, now_us
from tests.backfill.archive.filing import TODAY_US, chunk_bytes, everything, held, make_archivist, rows
from tests.backfill.rollups.expected import Store, work_everything_off
from tests.ingest.database import ask
from tests.programs import url_of
from tests.row_storage import make_rows
from tests.seed import Project

OLD_US = TODAY_US - 4 * DAY_US


@pytest.fixture
def cache(database_url: str) -> Generator[CatalogCache]:
    with closing(CatalogCache(database_url)) as cache:
        cache.open()
        yield cache


@pytest.fixture
def filled(project: Project, store: Store, pool: Pool) -> Project:
    """Readings of four days ago, of three days ago and of today, some of one instant."""
    for day_us in (OLD_US, OLD_US + DAY_US, TODAY_US):
        store.commit([(slot, day_us + (n // 2) * SECOND_US, n * 0.25) for slot in (0, 1) for n in range(500)])
    work_everything_off(pool)
    return project


def thaw_all(database_url: str, project: Project) -> int:
    with open_connection(url_of(ProgramRole.WORKER, database_url), Role.ARCHIVE) as connection:
        return thaw(
            connection, SHELVES.current, np.array(project.sensor_ids), from_us(0), from_us(TODAY_US)
        ).readings


def test_old_readings_leave_rows_and_come_back(
    database_url: str, filled: Project, cache: CatalogCache, tmp_path: Path
) -> None:
    before = rows(database_url, filled)
    archivist = make_archivist(database_url, tmp_path, cache)
    archivist.work()
    assert len(rows(database_url, filled)) == 1000
    assert held(database_url) == 2000
    assert everything(database_url, filled) == before
    assert ask(database_url, "select count(*), count(distinct range_start) from archive_file") == [(2, 2)]
    assert thaw_all(database_url, filled) == 2000
    assert rows(database_url, filled) == before
    assert held(database_url) == 0
    archivist.work()
    assert everything(database_url, filled) == before
    assert held(database_url) == 2000


def test_nothing_is_filed_unasked(
    database_url: str, filled: Project, cache: CatalogCache, tmp_path: Path
) -> None:
    archivist = make_archivist(database_url, tmp_path, cache, after_days=None)
    archivist.work()
    assert held(database_url) == 0
    ask(database_url, "update project set archive_after_days = 3 where id = %s", filled.id)
    archivist.work()
    assert held(database_url) == 1000


def test_late_readings_are_rows_and_then_merged(
    database_url: str, filled: Project, cache: CatalogCache, store: Store, pool: Pool, tmp_path: Path
) -> None:
    archivist = make_archivist(database_url, tmp_path, cache)
    archivist.work()
    store.commit([(0, OLD_US + 7, 99.0), (2, OLD_US + 8, 98.0)])
    after = everything(database_url, filled)
    assert len(after) == 3002
    archivist.work()
    # Roll-ups don't have them yet.
    assert held(database_url) == 2000
    work_everything_off(pool)
    archivist.work()
    assert held(database_url) == 2002
    assert everything(database_url, filled) == after


class Stopped(Exception):
    """The machine went away here."""


class FailingShelf(Shelf):
    """Does something before or after a file is kept."""

    def __init__(self, place: str, before: Callable[[], None], after: Callable[[], None]) -> None:
        super().__init__(place)
        self._before, self._after = before, after

    def keep(self, name: str, staged: Path) -> None:
        self._before()
        super().keep(name, staged)
        self._after()


def stop() -> None:
    raise Stopped


@pytest.mark.parametrize("where", ["before", "after"])
def test_work_that_breaks_off_leaves_rows_as_they_are(
    where: str, database_url: str, filled: Project, cache: CatalogCache, tmp_path: Path
) -> None:
    before = rows(database_url, filled)
    acts = {"before": lambda: None, "after": lambda: None} | {where: stop}
    shelf = FailingShelf(str(tmp_path / "kept"), acts["before"], acts["after"])
    with pytest.raises(Stopped):
        make_archivist(database_url, tmp_path, cache, shelf=shelf).work()
    assert rows(database_url, filled) == before
    assert held(database_url) == 0
    make_archivist(database_url, tmp_path, cache).work()
    assert everything(database_url, filled) == before
    assert list((tmp_path / "staged").iterdir()) == []


def test_a_reading_that_comes_meanwhile_stays_a_row(
    database_url: str, filled: Project, cache: CatalogCache, store: Store, tmp_path: Path
) -> None:
    before = len(rows(database_url, filled))
    late = iter([[(0, OLD_US + 1, 5.0)], [(1, OLD_US + 1, 6.0)]])

    def commit() -> None:
        store.commit(next(late))

    shelf = FailingShelf(str(tmp_path / "kept"), commit, lambda: None)
    make_archivist(database_url, tmp_path, cache, shelf=shelf).work()
    assert held(database_url) == 2000
    assert len(rows(database_url, filled)) == 1002
    assert len(everything(database_url, filled)) == before + 2


def test_a_rewriting_meanwhile_ends_the_filing(
    database_url: str, filled: Project, cache: CatalogCache, tmp_path: Path
) -> None:
    def rewrite() -> None:
        with psycopg.connect(database_url) as connection:
            make_rows(connection)
            connection.execute(
                "update reading set physical = 7 where sensor_id = %s and time = %s",
                (filled.sensor_ids[0], from_us(OLD_US)),
            )

    shelf = FailingShelf(str(tmp_path / "kept"), rewrite, lambda: None)
    make_archivist(database_url, tmp_path, cache, shelf=shelf).work()
    assert len(everything(database_url, filled)) == 3000
    assert any(
        row[3] is not None and row[3].hex() == "401c000000000000" for row in everything(database_url, filled)
    )


def test_a_lost_or_damaged_file_is_named(
    database_url: str, filled: Project, cache: CatalogCache, tmp_path: Path
) -> None:
    make_archivist(database_url, tmp_path, cache).work()
    names = [name for (name,) in ask(database_url, "select name from archive_file order by range_start")]
    (tmp_path / "kept" / names[0]).unlink()
    damaged = tmp_path / "kept" / names[1]
    damaged.write_bytes(b"x" + damaged.read_bytes()[1:-9])
    for name in names:
        with pytest.raises(ArchiveUnreadable, match=name):
            everything(database_url, filled)
        with pytest.raises(ArchiveUnreadable, match=name):
            thaw_all(database_url, filled)
        ask(
            database_url,
            "delete from archive_part where file_id = (select id from archive_file where name = %s)",
            name,
        )


def test_files_that_were_swapped_are_named(
    database_url: str, filled: Project, cache: CatalogCache, tmp_path: Path
) -> None:
    make_archivist(database_url, tmp_path, cache).work()
    names = [name for (name,) in ask(database_url, "select name from archive_file order by id")]
    one, other = (tmp_path / "kept" / name for name in names)
    content = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(content)
    with pytest.raises(ArchiveUnreadable, match=f"{names[0]}.*other readings"):
        everything(database_url, filled)
    with pytest.raises(ArchiveUnreadable, match=f"{names[0]}.*other readings"):
        thaw_all(database_url, filled)
    assert held(database_url) == 2000


def test_chunks_without_rows_give_their_room_back(
    database_url: str, filled: Project, cache: CatalogCache, tmp_path: Path
) -> None:
    before = everything(database_url, filled)
    archivist = make_archivist(database_url, tmp_path, cache)
    archivist.work()
    assert [size == 0 for size in chunk_bytes(database_url)] == [True, True, False]
    assert everything(database_url, filled) == before


def test_files_that_nothing_names_go_after_a_while(
    database_url: str, filled: Project, cache: CatalogCache, tmp_path: Path
) -> None:
    archivist = make_archivist(database_url, tmp_path, cache, rest_s=3600)
    archivist.work()
    thaw_all(database_url, filled)
    archivist.work()
    assert len(list((tmp_path / "kept").rglob("*.parquet"))) == 2
    ask(database_url, "update archive_part set gone_at = now() - interval '25 hours'")
    archivist.work()
    assert list((tmp_path / "kept").rglob("*.parquet")) == []
    assert ask(database_url, "select count(*) from archive_file") == [(0,)]


def test_what_a_project_keeps_no_longer_goes(
    database_url: str, filled: Project, cache: CatalogCache, tmp_path: Path
) -> None:
    archivist = make_archivist(database_url, tmp_path, cache)
    archivist.work()
    passed = now_us() // DAY_US - TODAY_US // DAY_US
    ask(database_url, "update project set raw_keep_days = %s where id = %s", 3 + passed, filled.id)
    retain(url_of(ProgramRole.WORKER, database_url))
    assert ask(database_url, "select raw_from from project where id = %s", filled.id) == [
        (from_us(OLD_US + DAY_US),)
    ]
    archivist.work()
    assert held(database_url) == 1000
    assert len(everything(database_url, filled)) == 2000
    ask(database_url, "update archive_part set gone_at = gone_at - interval '25 hours'")
    archivist.work()
    assert len(list((tmp_path / "kept").rglob("*.parquet"))) == 1


def test_of_two_workers_one_files(
    database_url: str, filled: Project, cache: CatalogCache, tmp_path: Path
) -> None:
    before, turns = everything(database_url, filled), list[int]()

    def second_turn() -> None:
        make_archivist(database_url, tmp_path, cache).work()
        turns.append(held(database_url))

    shelf = FailingShelf(str(tmp_path / "kept"), second_turn, lambda: None)
    make_archivist(database_url, tmp_path, cache, shelf=shelf).work()
    assert turns == [0, 1000]
    assert held(database_url) == 2000
    assert everything(database_url, filled) == before


def test_a_lost_file_holds_up_what_needs_it_and_nothing_else(
    database_url: str, filled: Project, cache: CatalogCache, store: Store, pool: Pool, tmp_path: Path
) -> None:
    archivist = make_archivist(database_url, tmp_path, cache)
    archivist.work()
    ((name,),) = ask(database_url, "select name from archive_file order by range_start limit 1")
    lost = tmp_path / "kept" / name
    whole = lost.read_bytes()
    lost.unlink()
    store.commit([(0, OLD_US + 7, 99.0), (2, OLD_US + 8, 98.0), (0, OLD_US + DAY_US + 7, 97.0)])
    # What is not computed yet is not filed.
    ask(database_url, "delete from dirty_window")
    archivist.work()
    # The late reading beside the lost file waits; the other sensor's and the other day's are filed.
    assert (held(database_url), len(rows(database_url, filled))) == (2002, 1001)
    lost.write_bytes(whole)
    work_everything_off(pool)
    archivist.work()
    assert (held(database_url), len(rows(database_url, filled))) == (2003, 1000)


def test_what_failed_for_too_many_readings_goes_on_over_rows(
    database_url: str, filled: Project, cache: CatalogCache, tmp_path: Path
) -> None:
    archivist = make_archivist(database_url, tmp_path, cache)
    archivist.work()
    ask(
        database_url,
        "insert into excursion_due (project_id, sensor_id, from_us, to_us, t_us, is_whole, held_until)"
        " values (%s, %s, %s, %s, array[%s]::int8[], false, now() + interval '1 hour')",
        filled.id,
        filled.sensor_ids[0],
        OLD_US + DAY_US // 2,
        OLD_US + DAY_US // 2,
        OLD_US + DAY_US // 2,
    )
    archivist.work()
    assert held(database_url) == 1500
    of_sensor = [row for row in rows(database_url, filled) if row[0] == filled.sensor_ids[0]]
    assert len(of_sensor) == 1000
