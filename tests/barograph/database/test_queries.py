"""The named statements: each is understood by the migrated database, and each is used."""

from pathlib import Path

import psycopg
import pytest
from psycopg._queries import MAX_CACHED_STATEMENT_LENGTH  # pyright: ignore[reportPrivateUsage]  # the driver's limit
from psycopg.pq import ExecStatus

from api.experiments import facets as run_facets
from api.readings import rows
from api.rights.grants import of_caller
from api.sensors import filters as sensor_facets
from api.series.stored import few
from barograph.archive.needs import reads_readings
from barograph.archive.statements import over_both
from barograph.database.queries import load_queries
from tests.backfill.archive.filing import note_a_part
from tools.release import numbered

ROOT = Path(__file__).parents[3]
PROGRAMS = ("api", "backfill", "barograph", "benchmarks", "events", "ingest")
# Put together from parts that are no statements by themselves.
PARTS = (*run_facets.PARTS, *sensor_facets.PARTS, *rows.PARTS, *few.PARTS)
COMPOSED = {**run_facets.composed(), **sensor_facets.composed(), **rows.composed(), **few.composed()}


def test_the_database_understands_every_statement(database_url: str) -> None:
    statements: dict[str, str] = dict(load_queries())
    del statements["access.of_caller"]  # the last part of those below
    for part in PARTS:
        del statements[part]
    statements |= COMPOSED
    callers = [
        name for name in statements if name.startswith("identity.") and "caller_id" in statements[name]
    ]
    for asked in [name for name in statements if name.startswith("access.")]:
        statements |= {f"{asked} of {caller}": of_caller(asked, caller) for caller in callers}
    refused: dict[str, str] = {}
    note_a_part(database_url)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(load_queries()["archive.lay_out"])
        whole = {f"{name} over files": over_both(name) for name in load_queries() if reads_readings(name)}
        statements |= {name: text for name, text in whole.items() if "delete from (select" not in text}
        for name, text in statements.items():
            result = connection.pgconn.prepare(b"", numbered(text))
            if result.status != ExecStatus.COMMAND_OK:
                refused[name] = result.error_message.decode()
    assert refused == {}


def test_the_driver_reads_every_statement_of_requests_once() -> None:
    # What is longer it reads each time, for its parameters: a millisecond. Those of roll-ups are a worker's.
    statements = {**load_queries(), **rows.composed(), **few.composed()}
    long = [name for name, text in statements.items() if len(text) > MAX_CACHED_STATEMENT_LENGTH]
    assert long == ["rollup_bucket.from_raw", "rollup_bucket.fold"]


def test_statements_are_sent_without_comments_and_indentation(tmp_path: Path) -> None:
    (tmp_path / "area.sql").write_text(
        "-- An area.\n\n-- name: one\n-- Says why.\nselect '-- no comment'\n    -- Neither.\n    from area;\n"
    )
    assert load_queries(tmp_path) == {"area.one": "select '-- no comment'\nfrom area"}


def test_every_statement_is_used() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for folder in PROGRAMS for path in (ROOT / folder).rglob("*.py")
    )

    # By its whole name, which a search finds.
    assert [name for name in load_queries() if f'"{name}"' not in code] == []


def test_a_statement_before_the_first_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "area.sql").write_text("select 1;\n-- name: one\nselect 1;\n")
    with pytest.raises(ValueError, match="before the first"):
        load_queries(tmp_path)


def test_an_area_is_one_file_whatever_its_room(tmp_path: Path) -> None:
    for room in ("here", "there"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "area.sql").write_text(f"-- name: {room}\nselect 1;\n")
    with pytest.raises(ValueError, match="stands twice"):
        load_queries(tmp_path)


def test_a_name_stands_once(tmp_path: Path) -> None:
    (tmp_path / "area.sql").write_text("-- name: one\nselect 1;\n-- name: one\nselect 2;\n")
    with pytest.raises(ValueError, match="twice"):
        load_queries(tmp_path)
