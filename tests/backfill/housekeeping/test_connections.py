"""Events of sensors that went offline and came back: one for each change, whoever looks."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.backfill.housekeeping.statements import run_now
from tests.seed import Project, seed_project


@pytest.fixture
def project(database_url: str) -> Project:
    return seed_project(database_url)


def see(database_url: str, sensor_id: int, ago_s: float) -> None:
    """As ingest notes it."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into sensor_liveness (sensor_id, last_seen_at)"
            " values (%s, now() - %s * interval '1 second')"
            " on conflict (sensor_id) do update set last_seen_at = excluded.last_seen_at",
            (sensor_id, ago_s),
        )


def look(database_url: str) -> int:
    return run_now(database_url, "housekeeping.note_connections")


def kinds(database_url: str) -> list[str]:
    with psycopg.connect(database_url) as connection:
        return [kind for (kind,) in connection.execute("select kind from event order by id").fetchall()]


def test_a_change_is_told_once(database_url: str, project: Project) -> None:
    sensor = project.sensor_ids[0]
    told: list[str] = []
    for ago_s, news in [
        (1, "online"),
        (30, None),
        (59, None),
        (61, "offline"),
        (10**6, None),
        (50, "online"),
        (2, None),
    ]:
        see(database_url, sensor, ago_s)
        look(database_url)
        look(database_url)
        told += [] if news is None else [f"sensor.{news}"]
        assert kinds(database_url) == told


def test_an_event_says_of_which_sensor(database_url: str, project: Project) -> None:
    see(database_url, project.sensor_ids[1], 5)
    assert look(database_url) == 1
    with psycopg.connect(database_url) as connection:
        ((project_id, payload, is_exact),) = connection.execute(
            "select event.project_id, payload,"
            " payload->'sensor_id' = to_jsonb(sensor.public_id) and payload->'sensor' = to_jsonb(key)"
            " and (payload->>'last_seen_at')::timestamptz = last_seen_at"
            " from event, sensor join sensor_liveness on sensor_id = sensor.id"
        ).fetchall()
    assert (project_id, is_exact) == (project.id, True)
    assert payload.keys() == {"sensor_id", "sensor", "last_seen_at"}
    assert payload["last_seen_at"].endswith("Z")


def test_a_sensor_that_was_never_heard_of_is_no_news(database_url: str, project: Project) -> None:
    see(database_url, project.sensor_ids[0], 3600)
    assert look(database_url) == 0


def test_workers_that_look_at_once_tell_each_change_once(database_url: str) -> None:
    project = seed_project(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into sensor (project_id, key) select %s, 'many' || n from generate_series(1, 500) as n",
            (project.id,),
        )
    for ago_s in (1, 3600):
        with psycopg.connect(database_url) as connection:
            connection.execute(
                "insert into sensor_liveness (sensor_id, last_seen_at)"
                " select id, now() - %s * interval '1 second' from sensor where key like 'many%%'"
                " on conflict (sensor_id) do update set last_seen_at = excluded.last_seen_at",
                (ago_s,),
            )
        with ThreadPoolExecutor(6) as threads:
            told = sum(threads.map(look, [database_url] * 6))
        assert told + look(database_url) == 500
    assert sorted(kinds(database_url)) == ["sensor.offline"] * 500 + ["sensor.online"] * 500


def test_a_row_that_ingest_holds_waits_for_the_next_look(database_url: str, project: Project) -> None:
    first, second, *_ = project.sensor_ids
    see(database_url, first, 1)
    see(database_url, second, 1)
    with psycopg.connect(database_url) as holder:
        holder.execute("update sensor_liveness set last_seen_at = now() where sensor_id = %s", (first,))
        assert look(database_url) == 1
    assert look(database_url) == 1
    assert kinds(database_url) == ["sensor.online"] * 2
