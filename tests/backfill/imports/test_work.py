"""Files read into the database: what is stored, refused and reported, and stopping in between."""

import errno
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import ParamSpec, TypeVar
from unittest.mock import patch
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import psycopg
import pytest

from backfill.imports import work
from backfill.imports.work import work_on_imports
from conversion import Flag
from tests.backfill.imports.uploaded import LONG_CSV, Import, OwnedImporter, fetched, started
from tests.seed import Profile, add_profile, change_catalog, seed_project

P = ParamSpec("P")
T = TypeVar("T")
DOUBLED = Profile(payload={"slope": 2, "offset": 0})
YEARS_AGO = datetime(2015, 1, 1, tzinfo=UTC)


def long_csv(*rows: tuple[str, str, object]) -> bytes:
    return "\n".join(["sensor,time,value", *(",".join(map(str, row)) for row in rows), ""]).encode()


def test_readings_of_the_past_are_stored_raw_and_converted(
    database_url: str, importer: OwnedImporter
) -> None:
    project = seed_project(database_url, profiles=[DOUBLED])
    content = long_csv(("s0", "2015-01-01T00:00:00Z", 1.5), ("s1", "2015-01-01T00:00:01Z", 2))
    imported = started(importer, project, content)
    work_on_imports(importer)
    rows = fetched(database_url, "select time, sensor_id, raw, physical from any_reading order by time")
    first, second = project.sensor_ids[:2]
    assert rows == [
        (YEARS_AGO, first, 1.5, 3.0),
        (YEARS_AGO + timedelta(seconds=1), second, 2.0, 4.0),
    ]
    row = imported.row()
    assert (row["status"], row["accepted"], row["rows_total"], row["rows_done"]) == ("finished", 2, 2, 2)
    assert fetched(database_url, "select sum(cardinality(sensor_ids)) from dirty_window") == [(2,)]


def test_what_is_refused_is_counted_and_in_the_dead_letters(
    database_url: str, importer: OwnedImporter
) -> None:
    project = seed_project(database_url)
    ahead = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    content = long_csv(
        ("s0", "2015-01-01T00:00:00Z", 1),
        ("nobody", "2015-01-01T00:00:00Z", 2),
        ("s0", "1915-01-01T00:00:00Z", 3),
        ("s0", ahead, 4),
        ("s0", "2015-01-01T00:00:00Z", "nan"),
        ("s0", "yesterday", 6),
        ("", "2015-01-01T00:00:00Z", 7),
        ("s0", "2015-01-01T00:00:00Z", "seven"),
        ("s0", "2015-01-01T00:00:00Z", ""),
    )
    row = finished(importer, started(importer, project, content))
    assert (row["accepted"], row["empty"]) == (1, 1)
    assert row["rejected"] == {"unknown-sensor": 1, "too-old": 1, "too-far-ahead": 1, "not-finite": 1}
    assert row["unreadable"] == {"bad-time": 1, "no-sensor": 1, "bad-value": 1}
    assert row["unreadable_rows"] == [
        {"row": 6, "column": "time", "code": "bad-time", "text": "yesterday"},
        {"row": 7, "column": "sensor", "code": "no-sensor", "text": "None"},
        {"row": 8, "column": "value", "code": "bad-value", "text": "seven"},
    ]
    letters = fetched(
        database_url,
        "select producer.name, rejected.index, rejected.code from dead_letter as rejected"
        " join producer on producer.id = rejected.producer_id order by rejected.index",
    )
    name = f"import/{row['public_id']}"
    assert letters == [
        (name, 2, "unknown-sensor"),
        (name, 3, "too-old"),
        (name, 4, "too-far-ahead"),
        (name, 5, "not-finite"),
    ]


def test_integers_that_no_float_equals_are_rounded_and_flagged(
    database_url: str, importer: OwnedImporter
) -> None:
    project = seed_project(database_url)
    start, large = "2015-01-01T00:00:00Z", 2**53 + 1
    content = long_csv(("s0", start, large), ("s0", start, large - 1), ("nobody", start, large))
    row = finished(importer, started(importer, project, content))
    assert (row["accepted"], row["rejected"], row["unreadable"]) == (2, {"unknown-sensor": 1}, {})
    rows = fetched(database_url, "select raw, nullif(flags, 0) from any_reading order by flags nulls first")
    assert rows == [(2.0**53, None), (2.0**53, int(Flag.ROUNDED))]
    # A replay flags it too.
    assert fetched(database_url, "select value, text from dead_letter") == [(2.0**53, str(large))]


def test_nothing_is_stored_from_before_what_the_project_keeps(
    database_url: str, importer: OwnedImporter
) -> None:
    project = seed_project(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute("update project set raw_from = '2016-01-01T00:00Z'")
    content = long_csv(("s0", "2015-12-31T23:59:59Z", 1), ("s0", "2016-01-01T00:00:00Z", 2))
    row = finished(importer, started(importer, project, content))
    assert (row["accepted"], row["rejected"]) == (1, {"too-old": 1})


def test_values_are_converted_to_the_sensors_unit(database_url: str, importer: OwnedImporter) -> None:
    project = seed_project(database_url)
    content = long_csv(("s0", "2015-01-01T00:00:00Z", 32), ("s1", "2015-01-01T00:00:00Z", 32))
    imported = started(importer, project, content, factors={"s0": (5 / 9, -160 / 9)})
    finished(importer, imported)
    rows = fetched(database_url, "select raw from any_reading order by sensor_id")
    assert [raw for (raw,) in rows] == pytest.approx([0, 32])


def test_wide_files_of_every_format_give_the_same(database_url: str, importer: OwnedImporter) -> None:
    project = seed_project(database_url)
    start = 1_420_070_400_000
    table = pl.DataFrame({"t": [start + i * 10 for i in range(1000)], "a": range(1000), "b": range(1000)})
    table = table.with_columns(pl.when(pl.col("a") % 10 != 0).then("a").alias("a"))
    time = {"column": "t", "format": "epoch_ms"}
    for file_format in ("csv", "parquet", "arrow"):
        buffer = io.BytesIO()
        {"csv": table.write_csv, "parquet": table.write_parquet, "arrow": table.write_ipc}[file_format](
            buffer
        )
        how = {"format": file_format, "time": time, "columns": {"a": "s0", "b": "s1"}}
        how |= {"csv": {}} if file_format == "csv" else {}
        row = finished(importer, started(importer, project, buffer.getvalue(), how))
        assert (row["accepted"], row["empty"], row["rows_done"]) == (1900, 100, 1000)
    counted = "select count(*), count(distinct (time, sensor_id, raw)) from any_reading"
    assert fetched(database_url, counted) == [(5700, 1900)]


def test_a_piece_touches_few_days_however_they_are_mixed(database_url: str, importer: OwnedImporter) -> None:
    project = seed_project(database_url)
    days = np.random.default_rng(1).permutation(100)
    content = long_csv(*(("s0", (YEARS_AGO + timedelta(days=int(day))).isoformat(), day) for day in days))
    row = finished(importer, started(importer, project, content))
    assert (row["accepted"], row["rows_done"], row["pieces_done"]) == (100, 100, 0)
    assert fetched(database_url, "select last_seq from producer") == [(4,)]


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        (b"sensor,time,value\ns0,2015-01-01T00:00:00Z,1\ns0,2015,1,2\n", "more fields in line 3 than"),
        (b"sensor,zeit,value\ns0,2015-01-01T00:00:00Z,1\n", "the file has no column 'time'"),
        (b"PAR1 and no more", "the file is no csv"),
        (b"x" * 2_000_000, "a line is longer than"),
    ],
)
def test_a_file_that_can_not_be_read_fails_with_the_reason(
    database_url: str, importer: OwnedImporter, content: bytes, failure: str
) -> None:
    project = seed_project(database_url)
    imported = started(importer, project, content)
    work_on_imports(importer)
    assert imported.row()["status"] == "failed"
    assert failure in imported.row()["failure"]


def test_a_damaged_file_is_not_begun(database_url: str, importer: OwnedImporter) -> None:
    project = seed_project(database_url)
    imported = started(importer, project, long_csv(("s0", "2015-01-01T00:00:00Z", 1)))
    imported.path.write_bytes(long_csv(("s0", "2015-01-01T00:00:00Z", 2)))
    work_on_imports(importer)
    assert "SHA-256" in imported.row()["failure"]
    assert fetched(database_url, "select count(*) from any_reading") == [(0,)]


def test_a_file_that_kills_its_workers_is_given_up(database_url: str, importer: OwnedImporter) -> None:
    project = seed_project(database_url)
    imported = started(importer, project, long_csv(("s0", "2015-01-01T00:00:00Z", 1)))
    with patch.object(work, "Parser", side_effect=KeyboardInterrupt):
        for _ in range(work.MAX_ATTEMPTS):
            with pytest.raises(KeyboardInterrupt):
                work_on_imports(importer)
    work_on_imports(importer)
    assert "5 workers ended" in imported.row()["failure"]


@pytest.mark.parametrize(
    "passing", [OSError(errno.ENOSPC, "No space left on device"), psycopg.errors.DiskFull("no room")]
)
def test_a_full_disk_is_waited_for_however_long(
    database_url: str, importer: OwnedImporter, passing: Exception
) -> None:
    project = seed_project(database_url)
    imported = started(importer, project, long_csv(("s0", "2015-01-01T00:00:00Z", 1)))
    with patch.object(work, "Parser", side_effect=passing):
        for _ in range(2 * work.MAX_ATTEMPTS):
            work_on_imports(importer)
    assert imported.row()["status"] == "running"
    assert finished(importer, imported)["accepted"] == 1


def test_a_pause_takes_hold_at_the_next_piece(database_url: str, importer: OwnedImporter) -> None:
    project = seed_project(database_url)
    content = long_csv(*(("s0", "2015-01-01T00:00:00Z", i) for i in range(100)))
    imported = started(importer, project, content, batch_rows=10)
    with patch.object(work, "pieces", before_the(4, work.pieces, lambda: imported.set("paused"))):
        work_on_imports(importer)
    assert (imported.row()["status"], imported.row()["accepted"]) == ("paused", 30)
    work_on_imports(importer)
    assert imported.row()["accepted"] == 30
    imported.set("running")
    assert finished(importer, imported)["accepted"] == 100


def test_a_profile_activated_in_between_is_obeyed(database_url: str, importer: OwnedImporter) -> None:
    project = seed_project(database_url, sensors=1)

    def activate() -> None:
        with psycopg.connect(database_url) as connection:
            change_catalog(connection, project.id)
            add_profile(connection, project.sensor_ids[0], 1, DOUBLED)

    content = long_csv(*(("s0", "2015-01-01T00:00:00Z", i) for i in range(20)))
    imported = started(importer, project, content, batch_rows=10)
    with patch.object(work, "pieces", before_the(2, work.pieces, activate)):
        finished(importer, imported)
    rows = fetched(database_url, "select raw, physical from any_reading order by raw")
    assert rows == [(i, None if i < 10 else 2 * i) for i in range(20)]


def test_an_import_that_stored_nothing_has_failed(database_url: str, importer: OwnedImporter) -> None:
    project = seed_project(database_url)
    content = long_csv(("nobody", "2015-01-01T00:00:00Z", 1), ("s0", "yesterday", 2))
    imported = started(importer, project, content)
    work_on_imports(importer)
    row = imported.row()
    assert (row["status"], row["rows_done"]) == ("failed", 2)
    assert row["failure"] == "no reading was stored: 1 unknown-sensor, 1 bad-time"
    assert fetched(database_url, "select count(*) from dead_letter") == [(1,)]


def test_an_hour_that_came_twice_is_told_apart_over_every_batch(
    database_url: str, importer: OwnedImporter
) -> None:
    project = seed_project(database_url)
    start = datetime(2015, 10, 24, 23, 0, tzinfo=UTC)
    when = [start + timedelta(minutes=5 * i) for i in range(48)]
    berlin = ZoneInfo("Europe/Berlin")
    rows = [("s0", time.astimezone(berlin).strftime("%d/%m/%Y %H:%M"), i) for i, time in enumerate(when)]
    time = {"column": "time", "format": "pattern", "pattern": "%d/%m/%Y %H:%M", "zone": "Europe/Berlin"}
    imported = started(importer, project, long_csv(*rows), {**LONG_CSV, "time": time}, batch_rows=10)
    finished(importer, imported)
    stored = fetched(database_url, "select time, raw from any_reading order by time")
    assert stored == [(time, i) for i, time in enumerate(when)]


def test_an_order_of_dates_that_the_last_row_contradicts_stores_nothing(
    database_url: str, importer: OwnedImporter
) -> None:
    project = seed_project(database_url)
    rows = [("s0", f"0{i % 9 + 1}/02/2015 00:00", i) for i in range(50)]
    content = long_csv(*rows, ("s0", "02/13/2015 00:00", 50))
    time = {"column": "time", "format": "pattern", "pattern": "%d/%m/%Y %H:%M"}
    imported = started(importer, project, content, {**LONG_CSV, "time": time}, batch_rows=10)
    work_on_imports(importer)
    assert imported.row()["status"] == "failed"
    assert "row 51 holds '02/13/2015 00:00'" in imported.row()["failure"]
    assert fetched(database_url, "select count(*) from any_reading") == [(0,)]


def test_sensors_are_known_by_ids_of_either_case(database_url: str, importer: OwnedImporter) -> None:
    project = seed_project(database_url)
    ((public_id,),) = fetched(database_url, "select public_id::text from sensor where key = 's0'")
    content = long_csv((public_id.upper(), "2015-01-01T00:00:00Z", 1))
    finished(importer, started(importer, project, content, factors={public_id: (2.0, 0.0)}))
    assert fetched(database_url, "select raw from any_reading") == [(2.0,)]


def test_a_description_that_is_no_longer_understood_fails(database_url: str, importer: OwnedImporter) -> None:
    project = seed_project(database_url)
    imported = started(importer, project, long_csv(("s0", "2015-01-01T00:00:00Z", 1)))
    with psycopg.connect(database_url) as connection:
        connection.execute("update import set how = jsonb_set(how, '{time,zone}', '\"Mars/Phobos\"')")
    work_on_imports(importer)
    assert imported.row()["status"] == "failed"
    assert "is no time zone" in imported.row()["failure"]


def test_projects_take_turns_at_imports(database_url: str, importer: OwnedImporter) -> None:
    crowd, other = (seed_project(database_url, 1, []) for _ in range(2))
    rows = [("s0", f"2015-01-01T00:00:{second:02}Z", second) for second in range(40)]
    first, second = (started(importer, crowd, long_csv(*rows), batch_rows=10) for _ in range(2))
    late = started(importer, other, long_csv(*rows[:5]))
    with patch.object(work, "TURN_S", 0), patch.object(work, "WORTHWHILE", 0):
        work_on_imports(importer)
        assert (first.row()["status"], first.row()["accepted"]) == ("running", 10)
        assert finished(importer, late)["accepted"] == 5
        assert finished(importer, first)["accepted"] == 40
        assert finished(importer, second)["accepted"] == 40
    assert fetched(database_url, "select count(*) from any_reading") == [(85,)]


def before_the(number: int, call: Callable[P, T], act: Callable[[], None]) -> Callable[P, T]:
    """The same function, which does something else first when it is called for this time."""
    calls = count(1)

    def wrapped(*given: P.args, **named: P.kwargs) -> T:
        if next(calls) == number:
            act()
        return call(*given, **named)

    return wrapped


def finished(importer: OwnedImporter, imported: Import) -> dict[str, object]:
    """The import's row, once its work is done."""
    work_on_imports(importer)
    row = imported.row()
    assert row["status"] == "finished", row["failure"]
    return row


def test_that_an_import_has_ended_is_told_once(database_url: str, importer: OwnedImporter) -> None:
    project = seed_project(database_url)
    stored = started(importer, project, long_csv(("s0", "2015-01-01T00:00:00Z", 1), ("s0", "yesterday", 2)))
    work_on_imports(importer)
    refused = started(importer, project, long_csv(("nobody", "2015-01-01T00:00:00Z", 1)))
    work_on_imports(importer)
    told = fetched(database_url, "select payload from event where kind = 'import.finished' order by id")
    assert [payload for (payload,) in told] == [
        {
            "import_id": stored.public_id,
            "file_name": "file",
            "status": "finished",
            "failure": None,
            "accepted": 1,
            "rows": 2,
        },
        {
            "import_id": refused.public_id,
            "file_name": "file",
            "status": "failed",
            "failure": refused.row()["failure"],
            "accepted": 0,
            "rows": 1,
        },
    ]
