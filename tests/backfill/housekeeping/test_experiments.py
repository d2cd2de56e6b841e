"""Jobs over experiments: runs that finish by themselves, sessions that nobody stopped, the audit trail."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier
from pydantic import SecretStr

from backfill.housekeeping.jobs import prune_audit, seal_audit
from barograph.identity.audit_chain import verify
from barograph.settings import Settings
from tests.backfill.housekeeping.statements import run_now
from tests.seed import Project, seed_project

Rows = list[dict[str, Any]]
HOUR_S = 3600

KEY = "the tests sign the trail with this key"


@pytest.fixture
def project(database_url: str) -> Project:
    project = seed_project(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into experiment (project_id, name) values (%s, 'e')", (project.id,))
    return project


@pytest.fixture
def add_run(database_url: str, project: Project) -> Callable[..., int]:
    """Adds a run that started so long ago."""

    def add(started_s: float, auto_finish_after_s: int | None = None) -> int:
        with psycopg.connect(database_url) as connection:
            row = connection.execute(
                "insert into run (project_id, experiment_id, name, status, started_at, auto_finish_after_s)"
                " select project_id, id, 'r', 'running', now() - %s * interval '1 second', %s"
                " from experiment returning id",
                (started_s, auto_finish_after_s),
            ).fetchone()
            assert row is not None
            connection.execute(
                "insert into run_sensor (run_id, sensor_id, project_id) values (%s, %s, %s)",
                (row[0], project.sensor_ids[0], project.id),
            )
        return row[0]

    return add


@pytest.fixture
def add_session(database_url: str, add_run: Callable[..., int]) -> Callable[..., int]:
    """Adds a session that started so long ago, of one sensor, heard of so long ago."""

    def add(started_s: float, seen_s: float | None = None, run: int | None = None) -> int:
        with psycopg.connect(database_url) as connection:
            row = connection.execute(
                "insert into capture_session (project_id, run_id, ordinal, status, started_at)"
                " select project_id, id, 1, 'running', now() - %s * interval '1 second'"
                " from run where id = %s returning id, run_id",
                (started_s, add_run(started_s) if run is None else run),
            ).fetchone()
            assert row is not None
            if seen_s is not None:
                connection.execute(
                    "insert into sensor_liveness (sensor_id, last_seen_at)"
                    " select sensor_id, now() - %s * interval '1 second' from capture_session_sensor"
                    " where capture_session_id = %s",
                    (seen_s, row[0]),
                )
        return row[0]

    return add


def rows(database_url: str, table: str) -> Rows:
    with (
        psycopg.connect(database_url) as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(SQL("select * from {} order by id").format(Identifier(table))).fetchall()


def finish_runs(database_url: str) -> int:
    return run_now(database_url, "housekeeping.finish_runs")


def close_sessions(database_url: str, idle_s: int = HOUR_S) -> int:
    return run_now(database_url, "housekeeping.close_capture_sessions", {"idle_s": idle_s})


def test_a_run_finishes_when_it_was_to(database_url: str, add_run: Callable[..., int]) -> None:
    due, early, open_ended = add_run(100, 60), add_run(100, 160), add_run(100)
    assert finish_runs(database_url) == 1
    found = {row["id"]: row for row in rows(database_url, "run")}
    assert [found[run]["status"] for run in (due, early, open_ended)] == ["finished", "running", "running"]
    assert found[due]["finished_at"] > found[due]["started_at"]
    assert found[due]["version"] == 2
    (change,) = rows(database_url, "status_change")
    assert (change["subject_id"], change["from_status"], change["to_status"]) == (due, "running", "finished")
    assert (change["actor"], change["actor_id"], change["role"]) == ("barograph", None, None)
    assert "60 s" in change["reason"]
    (entry,) = rows(database_url, "audit_entry")
    assert (entry["action"], entry["subject_id"]) == ("run.finish", found[due]["public_id"])
    assert finish_runs(database_url) == 0


def test_a_run_that_still_records_goes_on(
    database_url: str, add_run: Callable[..., int], add_session: Callable[..., int]
) -> None:
    run = add_run(100, 60)
    session = add_session(50, run=run)
    assert finish_runs(database_url) == 0
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "update capture_session set status = 'succeeded', stopped_at = now() where id = %s", (session,)
        )
    assert finish_runs(database_url) == 1


@pytest.mark.parametrize(
    ("started_s", "seen_s", "closes"),
    [
        (2 * HOUR_S, None, True),
        (2 * HOUR_S, 1.5 * HOUR_S, True),
        (2 * HOUR_S, 60, False),
        (60, None, False),
        (60, 2 * HOUR_S, False),
    ],
)
def test_a_session_that_nothing_is_heard_of_is_closed(
    database_url: str,
    add_session: Callable[..., int],
    started_s: float,
    seen_s: float | None,
    closes: bool,
) -> None:
    session = add_session(started_s, seen_s)
    assert close_sessions(database_url) == int(closes)
    (row,) = rows(database_url, "capture_session")
    assert (row["status"], row["stopped_at"] is not None) == (
        ("failed", True) if closes else ("running", False)
    )
    changes = rows(database_url, "status_change")
    assert [(change["subject_id"], change["to_status"]) for change in changes] == [
        (session, "failed")
    ] * closes
    assert [entry["action"] for entry in rows(database_url, "audit_entry")] == [
        "capture-session.close"
    ] * closes
    assert all("3600 s" in change["reason"] for change in changes)


def test_sessions_hang_for_ever_where_that_is_wished(
    database_url: str, add_session: Callable[..., int]
) -> None:
    add_session(10**7)
    assert close_sessions(database_url, 0) == 0


@pytest.mark.parametrize("job", [finish_runs, close_sessions])
def test_jobs_that_run_at_once_do_their_work_once(
    database_url: str, add_run: Callable[..., int], add_session: Callable[..., int], job: Callable[[str], int]
) -> None:
    for _ in range(10):
        add_run(100, 60) if job is finish_runs else add_session(2 * HOUR_S)
    with ThreadPoolExecutor(6) as threads:
        done = sum(threads.map(job, [database_url] * 6))
    assert done + job(database_url) == 10
    assert len(rows(database_url, "status_change")) == len(rows(database_url, "audit_entry")) == 10


def test_the_trail_is_sealed_to_its_end(database_url: str, add_run: Callable[..., int]) -> None:
    for _ in range(3):
        add_run(100, 60)
    finish_runs(database_url)
    seal_audit(database_url, Settings(audit_key=SecretStr(KEY)))
    seal_audit(database_url, Settings(audit_key=SecretStr(KEY)))
    verification = verify(database_url)
    assert (verification.entries, verification.waiting, verification.faults) == (3, 0, [])


def test_the_trail_is_kept_as_long_as_is_wished(database_url: str, add_run: Callable[..., int]) -> None:
    add_run(100, 60)
    finish_runs(database_url)
    seal_audit(database_url, Settings(audit_key=SecretStr(KEY)))
    for keep_days in (0, 1):
        prune_audit(database_url, keep_days)
        assert [entry["action"] for entry in rows(database_url, "audit_entry")] == ["run.finish"]
