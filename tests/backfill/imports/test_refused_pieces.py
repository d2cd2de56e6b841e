"""A database that refuses some readings of a file stores the others, and each is where it should be, once."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backfill.imports import piece_storing
from backfill.imports.work import work_on_imports
from barograph.readings.storing import storing
from tests.backfill.imports.test_exactly_once import Died, die
from tests.backfill.imports.test_work import before_the, finished, long_csv
from tests.backfill.imports.uploaded import Import, OwnedImporter, fetched, started
from tests.examples import few_examples
from tests.seed import Project, seed_project
from tests.servers.refusing import refusing

START = datetime(2015, 1, 1, tzinfo=UTC)
LETTERS = "select index, value, code from dead_letter order by index"


@pytest.fixture
def project(database_url: str) -> Project:
    return seed_project(database_url)


def file_of(values: Sequence[float]) -> bytes:
    """A reading an hour, of three sensors in turn."""
    when = [(START + timedelta(hours=number)).isoformat() for number in range(len(values))]
    return long_csv(*((f"s{n % 3}", time, values[n]) for n, time in enumerate(when)))


def stored(database_url: str) -> list[float]:
    return [raw for (raw,) in fetched(database_url, "select raw from any_reading order by time")]


@pytest.mark.parametrize("by", ["constraint", "trigger"])
def test_what_the_database_refuses_is_kept_and_the_rest_is_stored(
    database_url: str, importer: OwnedImporter, project: Project, by: str
) -> None:
    imported = started(importer, project, file_of([1, 666, 3, 4, 5, 666, 7]), batch_rows=4)
    with refusing(database_url, "new.raw = 666", by):
        row = finished(importer, imported)
    assert (row["accepted"], row["rejected"], row["rows_done"]) == (5, {"storage-refused": 2}, 7)
    assert stored(database_url) == [1, 3, 4, 5, 7]
    assert fetched(database_url, LETTERS) == [
        (2, 666, "storage-refused"),
        (6, 666, "storage-refused"),
    ]
    assert fetched(database_url, "select last_seq from producer") == [(2,)]  # a piece is one still


def test_what_was_refused_for_another_reason_keeps_it(
    database_url: str, importer: OwnedImporter, project: Project
) -> None:
    content = file_of([1, 666, 3]) + f"nobody,{START.isoformat()},4\n".encode()
    with refusing(database_url, "new.raw = 666"):
        row = finished(importer, started(importer, project, content))
    assert row["rejected"] == {"storage-refused": 1, "unknown-sensor": 1}
    assert fetched(database_url, LETTERS) == [(2, 666, "storage-refused"), (4, 4, "unknown-sensor")]


def test_a_file_that_the_database_refuses_whole_has_failed_and_lost_nothing(
    database_url: str, importer: OwnedImporter, project: Project
) -> None:
    # More than is worth telling apart: the rest of the piece is refused as it is.
    count = 3 * piece_storing.MAX_HALVINGS
    imported = started(importer, project, file_of(range(count)))
    with refusing(database_url, "true"):
        work_on_imports(importer)
    assert imported.row()["failure"] == f"no reading was stored: {count} storage-refused"
    assert fetched(database_url, LETTERS) == [(n + 1, n, "storage-refused") for n in range(count)]


def test_an_import_whose_dead_letters_are_refused_too_fails_with_the_reason(
    database_url: str, importer: OwnedImporter, project: Project
) -> None:
    imported = started(importer, project, file_of([666]))
    with psycopg.connect(database_url, autocommit=True) as connection, refusing(database_url, "true"):
        connection.execute("alter table reject_block add constraint full_up check (false) not valid")
        work_on_imports(importer)
        connection.execute("alter table reject_block drop constraint full_up")
    assert imported.row()["status"] == "failed"
    assert "the database refuses a piece" in imported.row()["failure"]
    assert fetched(database_url, "select last_seq from producer") == [(0,)]


PLACES = {"store_readings": storing, "store_rejects": piece_storing}


@few_examples(3)
@given(
    values=st.lists(st.integers(0, 20), min_size=1, max_size=60),
    bad=st.integers(0, 20),
    batch_rows=st.sampled_from([1, 7, 50]),
    deaths=st.lists(st.tuples(st.sampled_from(sorted(PLACES)), st.integers(1, 12)), max_size=3),
)
def test_any_refusals_and_any_deaths_leave_each_reading_in_one_place_once(
    database_url: str,
    project: Project,
    importer: OwnedImporter,
    values: list[int],
    bad: int,
    batch_rows: int,
    deaths: list[tuple[str, int]],
) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("truncate reading, reading_block, import, reject_block, producer cascade")
        connection.execute("create table if not exists bad (value float8)")
        connection.execute("grant select on bad to public")  # the worker meets it
        connection.execute("truncate bad")
        connection.execute("insert into bad values (%s)", (bad,))
    imported = started(importer, project, file_of(values), batch_rows=batch_rows)
    with refusing(database_url, "new.raw = (select value from bad)"):
        for name, number in deaths:
            place = PLACES[name]
            with patch.object(place, name, before_the(number, getattr(place, name), die)):
                work_through_death(importer, imported)
        work_on_imports(importer)
    good = [value for value in values if value != bad]
    row = imported.row()
    assert (row["status"], row["accepted"]) == ("finished" if good else "failed", len(good))
    assert Counter(stored(database_url)) == Counter(good)
    kept = [(n + 1, bad, "storage-refused") for n, value in enumerate(values) if value == bad]
    assert fetched(database_url, LETTERS) == kept


def work_through_death(importer: OwnedImporter, imported: Import) -> None:
    try:
        work_on_imports(importer)
    except Died:
        imported.set("running")
