"""`docs/sql.md`: its commands answer what it says, its questions are answered, and it names every column."""

import re
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.api.rollups import roll_up
from tests.api.stored import Stored, store
from tests.conftest import database_name, temporary_database
from tests.docs.pages import check_page, one_of_the_pages, serving_page
from tests.programs import ROOT
from tests.seed import Profile, seed_project
from tests.sql.analyst import VIEWS, Analyst, analysts, drop_role

PAGE = ROOT / "docs" / "sql.md"
QUESTIONS = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1:]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOON_US = int(NOON.timestamp()) * 10**6
# Of each question, what it answers for the data below.
ANSWERS: list[list[tuple[Any, ...]]] = [
    [("p1", "bar", "active", NOON), ("p2", "bar", "active", None)],
    [("p1", 19.0, "bar", at := NOON.replace(second=19))],
    [(NOON.replace(second=n), n, float(n), 1) for n in range(20)],
    [(NOON, 9.5, 0.0, 19.0)],
    [("Burn 1", "draft", None, "80")],
    [(1, "p1", 19.0), (1, "p2", 29.0)],
    [("Burn 1", 10.5)],
    [(NOON.replace(second=10), at, 10)],
    [("Burn 1", 2, 0.25)],
    [(NOON, None, "ignition")],
]


@pytest.fixture(scope="module")
def analyst(server_url: str, template_name: str) -> Generator[Analyst]:
    with temporary_database(server_url, database_name(), template_name) as url:
        fill(url)
        with analysts(url) as make:
            yield make("test")


def fill(url: str) -> None:
    """Two sensors for twenty seconds, in a capture session of a run that logs a loss."""
    project = seed_project(url, 2, [Profile()])
    with psycopg.connect(url) as owner:
        ids = [row[0] for row in owner.execute("select public_id::text from sensor order by id").fetchall()]
        owner.execute("update sensor set key = 'p' || id, output_unit = 'bar'")
        owner.execute(
            "insert into sensor_liveness (sensor_id, last_seen_at, latest_at)"
            " values (1, %(at)s, %(at)s::timestamptz + interval '19 s')",
            {"at": NOON},
        )
        owner.execute("insert into experiment (project_id, name) values (%s, 'Engine')", (project.id,))
        owner.execute(
            "insert into run (project_id, experiment_id, name, params) values (%s, 1, 'Burn 1', %s)",
            (project.id, Jsonb({"propellant": "LOX", "pressure": 80})),
        )
        owner.execute(
            "insert into capture_session (project_id, run_id, ordinal, status, started_at, stopped_at)"
            " values (%s, 1, 1, 'succeeded', %s, %s)",
            (project.id, NOON, NOON.replace(minute=1)),
        )
        owner.execute("insert into capture_session_sensor select 1, id from sensor on conflict do nothing")
        owner.execute("insert into run_metric (run_id, name) values (1, 'loss')")
        owner.execute(
            "insert into metric_point select 1, step, value, now()"
            " from unnest(array[1, 2, 3], array[0.5, 0.25, 0.25]) as point (step, value)"
        )
        owner.execute(
            "insert into annotation (project_id, from_time, text) values (%s, %s, 'ignition')",
            (project.id, NOON),
        )
    for place, sensor in enumerate(ids):
        readings = [Stored(NOON_US + n * 10**6, n, n + 10 * place, 1) for n in range(20)]
        store(url, sensor, readings)
        roll_up(url, sensor)


@pytest.mark.parametrize(("question", "answer"), list(zip(QUESTIONS, ANSWERS, strict=True)))
def test_its_questions_are_answered(analyst: Analyst, question: str, answer: list[tuple[Any, ...]]) -> None:
    assert [tuple(row.values()) for row in analyst.ask(question)] == answer


@one_of_the_pages(0)
def test_its_commands_answer_what_it_says(database_url: str, tmp_path: Path) -> None:
    with psycopg.connect(database_url) as owner:
        owner.execute("insert into project (name) values ('Rig 7')")
    try:
        with serving_page(database_url, tmp_path, "admin@example.org") as data_dir:
            check_page(PAGE, data_dir)
    finally:
        drop_role(database_url, "ana")


def test_it_says_of_each_column_what_the_database_says(analyst: Analyst) -> None:
    text = PAGE.read_text(encoding="utf-8")
    rows = analyst.ask(
        "select relname, attname, col_description(attrelid, attnum) as is_what,"
        " obj_description(attrelid, 'pg_class') as shows"
        " from pg_attribute join pg_class on pg_class.oid = attrelid"
        " where relnamespace = 'barograph_public'::regnamespace and attnum > 0"
    )
    assert {row["relname"] for row in rows} == set(VIEWS)
    for row in rows:
        assert row["shows"]
        assert f"`{row['relname']}`" in text
        if not row["relname"].startswith("readings_1"):
            assert f"| `{row['attname']}` | {row['is_what']} |\n" in text
        assert f"| `{row['attname']}` | " in text
