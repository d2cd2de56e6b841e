"""Dead letters go when their project no longer keeps them, and those of earlier releases move into blocks."""

import json
from typing import Any

import psycopg

from tests.backfill.housekeeping.statements import run_now
from tests.ingest.database import ask
from tests.seed import Project, seed_project

COLUMNS = "received_at, producer_id, seq, index, sensor, sensor_id, t_us, value::text, code, replayed_at"


def expire(database_url: str) -> None:
    run_now(database_url, "housekeeping.expire_rejects")


def write_block(database_url: str, project: Project, age_days: float) -> None:
    ask(
        database_url,
        "insert into reject_block (project_id, received_at, producer_ids, sensors, sensor_ids,"
        " codes, waiting,"
        " kind, seq, index, t_us, value)"
        " values (%s, now() - %s * interval '1 day', '{0}', '{s0}', '{0}', '{too-old}', '{1}',"
        " '{1}', '{0}', '{0}', '{0}', '{1}')",
        project.id,
        age_days,
    )


def ages(database_url: str, project: Project) -> list[float]:
    rows = ask(
        database_url,
        "select extract(epoch from now() - received_at) / 86400 from dead_letter where project_id = %s",
        project.id,
    )
    return sorted(round(float(age), 2) for (age,) in rows)


def test_each_project_keeps_its_letters_as_long_as_it_says(database_url: str) -> None:
    thirty, two = seed_project(database_url), seed_project(database_url)
    ask(database_url, "update project set rejects_keep_days = 2 where id = %s", two.id)
    for project in (thirty, two):
        for age_days in (0, 1.9, 2.1, 29.9, 30.1):
            write_block(database_url, project, age_days)
    expire(database_url)
    assert ages(database_url, thirty) == [0, 1.9, 2.1, 29.9]
    assert ages(database_url, two) == [0, 1.9]


def test_letters_of_earlier_releases_move_into_blocks_as_they_were(database_url: str) -> None:
    projects = [seed_project(database_url), seed_project(database_url)]
    for project in projects:
        for age_s in (50, 20):
            write_rows(database_url, project, age_s)
    words = f"select project_id, {COLUMNS}"
    before = ask(database_url, words + " from rejected_reading order by id")
    assert len(before) == 2 * 2 * 600
    run_now(database_url, "housekeeping.gather_rejects")
    assert ask(database_url, "select count(*) from rejected_reading") == [(0,)]
    own = [project.id for project in projects]
    after = ask(database_url, words + " from dead_letter where project_id = any(%s)", own)
    assert ordered(after) == ordered(before)
    waiting = ask(
        database_url, "select sum(n) from reject_block, unnest(waiting) as n where project_id = any(%s)", own
    )
    assert waiting == [(sum(row[-1] is None for row in before),)]


def write_rows(database_url: str, project: Project, age_s: int) -> None:
    """600 rows of one transaction, of several kinds."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "with own as (insert into producer (project_id, name) values (%(project)s, %(name)s)"
            " returning id)"
            " insert into rejected_reading"
            " (project_id, received_at, producer_id, seq, index, sensor, sensor_id, t_us, value,"
            " code, replayed_at)"
            " select %(project)s, now() - %(age_s)s * interval '1 second', case when n %% 3 > 0 then"
            " own.id end,"
            " case when n %% 3 > 0 then n end, n, 's' || n %% 7, case when n %% 7 < 3 then"
            " %(sensor)s + n %% 7 end,"
            " n * 1000, case when n %% 11 = 0 then 'NaN' else n / 10.0 end,"
            " case when n %% 2 = 0 then 'too-old' else 'unknown-sensor' end,"
            " case when n %% 5 = 0 then timestamptz '2026-01-01 00:00:00.123456Z' end"
            " from generate_series(1, 600) as n, own",
            {"project": project.id, "name": f"daq{age_s}", "age_s": age_s, "sensor": project.sensor_ids[0]},
        )


def ordered(rows: list[tuple[Any, ...]]) -> list[str]:
    return sorted(json.dumps(row, default=str) for row in rows)
