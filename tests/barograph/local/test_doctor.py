"""The doctor, on the well and on the ill."""

import http.server
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from barograph.database.schema.program_roles import ProgramRole
from barograph.local.chunk_indexes import examine_indexes
from barograph.local.connection import ConnectionFile
from barograph.local.doctor import (
    examine,
    examine_database,
    examine_disk,
    examine_extension,
    examine_migrations,
    examine_programs,
    examine_redis,
    examine_roles,
    examine_sql_roles,
    examine_storage,
    problems,
)
from barograph.local.safety import examine_backups
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.cluster import prepare_cluster
from barograph.local.servers.executables import Executables
from barograph.local.servers.service import running
from barograph.settings import Settings
from tests.programs import free_port, url_of
from tests.sql.analyst import analysts, drop_role


class Answering(http.server.BaseHTTPRequestHandler):
    """Says at /ready what its server was given."""

    def do_GET(self) -> None:
        status, body = self.server.answer  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
        self.send_response(status)  # pyright: ignore[reportUnknownArgumentType]
        self.end_headers()
        self.wfile.write(body)  # pyright: ignore[reportUnknownArgumentType]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as its base has it
        """Says nothing."""


@contextmanager
def answering(status: int, body: bytes) -> Generator[str]:
    with http.server.HTTPServer(("127.0.0.1", 0), Answering) as server:
        server.answer = (status, body)  # pyright: ignore[reportAttributeAccessIssue]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_program_that_is_not_ready_is_found_and_says_why(tmp_path: Path) -> None:
    detail = b'{"detail": "the broker does not answer in time"}'
    with answering(200, b"{}") as api, answering(503, detail) as worker:
        here = ConnectionFile(api, f"http://127.0.0.1:{free_port()}", worker, "", "", "", None)
        started = here.with_pids({"postgres": 1, "api": 2, "ingest": 3, "worker": 4})
        findings = {each.subject: each for each in examine_programs(started, tmp_path)}
    assert not findings["api"].advice
    assert findings["worker"].detail == "not ready: the broker does not answer in time"
    assert f"{tmp_path}/logs/worker.log" in findings["worker"].advice
    assert findings["ingest"].detail == "not ready: nothing listens there"
    assert "kill process 3" in findings["ingest"].advice
    assert findings.keys() == {"api", "ingest", "worker"}


def test_all_is_well_with_a_migrated_database(database_url: str, redis_url: str, tmp_path: Path) -> None:
    for role in ProgramRole:
        url_of(role, database_url)
    settings = Settings(database_url=database_url, redis_url=redis_url)
    findings = examine(settings, tmp_path, is_running=True)
    # The tests' own server does not sync, which is no way to run one.
    with psycopg.connect(database_url) as connection:
        is_synced = connection.execute("show fsync").fetchone() == ("on",)
    assert [each.subject for each in problems(findings)] == ([] if is_synced else ["durability"])
    subjects = [finding.subject for finding in findings]
    assert subjects == [
        "database",
        "extension",
        "clock",
        "migrations",
        "roles",
        "sql roles",
        "readings",
        "roll-ups",
        "lag",
        "gaps",
        "blocks",
        "indexes",
        "durability",
        "checksums",
        "connections",
        "backup",
        "archive",
        "redis",
        "disk",
    ]
    assert "edition" in findings[1].detail


def test_what_readings_take_is_reported(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "insert into reading (time, raw, sensor_id)"
            " select now() - number * interval '1 ms', 1, 1 from generate_series(1, 1000) as number"
        )
        connection.execute(BLOCK)
        connection.execute("analyze reading")
        connection.execute("analyze reading_block")
    readings = examine_storage(database_url)[0]
    assert readings.detail.startswith("about 1,003 in 2 chunks")
    assert "bytes each" in readings.detail
    assert "of them in the index" in readings.detail


BLOCK = """
insert into reading_block (first_time, last_time, sensor_id, time, raw)
select now(), now(), 1, array_fill(now(), array[3]), array[1, 2, 3]
"""
INSERTS: list[tuple[str, LiteralString, LiteralString]] = [
    ("reading", "insert into reading (time, raw, sensor_id) values (now(), 1, 1)", "sensor_id, time"),
    ("reading_block", BLOCK, "sensor_id, first_time, last_time"),
]


@pytest.mark.parametrize(("table", "insert", "columns"), INSERTS)
def test_indexes_of_chunks_that_are_missing_or_half_built_are_found(
    database_url: str, table: str, insert: LiteralString, columns: LiteralString
) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(insert)
        (chunk,) = connection.execute("select show_chunks(%s::regclass)::text", (table,)).fetchall()
        assert examine_indexes(database_url).detail == "each of 1 chunks of readings has its own"
        index = "select indexrelid::regclass::text from pg_index where indrelid = %s::regclass"
        name = Identifier(*chunk[0].split("."))
        for (each,) in connection.execute(index, chunk).fetchall():
            connection.execute(SQL("drop index {}").format(Identifier(*each.split("."))))
        bare = examine_indexes(database_url)
        assert bare.detail == f"chunks without theirs: {chunk[0]}"
        assert f"create index concurrently on … ({columns})" in bare.advice

        build = SQL("create index concurrently half_built on {} ({})").format(name, SQL(columns))
        with psycopg.connect(database_url) as writer:
            writer.execute(insert)
            connection.execute("set lock_timeout = '200ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                connection.execute(build)
        left = examine_indexes(database_url)
        assert left.detail.startswith("left half built: ")
        assert left.detail.endswith("half_built")

        connection.execute("reset lock_timeout")
        unfinished = Identifier(*left.detail.partition(": ")[2].split("."))
        connection.execute(SQL("drop index concurrently {}").format(unfinished))
        connection.execute(SQL("create index concurrently on {} ({})").format(name, SQL(columns)))
    assert problems([examine_indexes(database_url)]) == []


def test_frames_that_are_missing_are_found(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "with project as (insert into project (name) values ('p') returning id),"
            " made as (insert into producer (project_id, name) select id, 'rig/daq' from project"
            " returning id)"
            " insert into producer_gap (producer_id, first_seq, last_seq, last_commit_at, resumed_at)"
            " select id, first, first + 2, null, now() - age"
            " from made, (values (4, interval '1 day'), (90, '2 days'), (1, '31 days')) as gap (first, age)"
        )
    gaps = examine_storage(database_url)[3]
    assert gaps.subject == "gaps"
    assert gaps.detail.startswith("6 frames in 2 ranges are missing; the newest: rig/daq, frames ")
    assert "sent after the first bind and before 20" in gaps.detail
    assert "import them" in gaps.advice


def test_windows_that_wait_too_long_are_found(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "insert into dirty_window (minute, sensor_ids, created_at)"
            " values (now(), '{1}', now() - interval '5 minutes')"
        )
        (lag,) = problems(examine_storage(database_url))
        assert "worker runs" in lag.advice
        connection.execute("update dirty_window set held_until = now() + interval '5 minutes'")
        (lag,) = problems(examine_storage(database_url))
        assert "log" in lag.advice


def test_an_empty_database_wants_migrations(empty_database_url: str) -> None:
    finding = examine_migrations(empty_database_url)
    assert "0001" in finding.detail
    assert "migrate" in finding.advice


def test_programs_without_roles_of_their_own_are_found(database_url: str) -> None:
    for role in ProgramRole:
        url_of(role, database_url)
    assert examine_roles(database_url, {}).advice == ""
    finding = examine_roles(database_url, {ProgramRole.API: "another one"})
    assert finding.detail.startswith("barograph_api: not there")
    assert "createrole" in finding.advice
    # Looking has changed nothing.
    assert examine_roles(database_url, {}).advice == ""


def test_log_ins_for_people_that_a_back_up_does_not_hold_are_found(database_url: str) -> None:
    assert examine_sql_roles(database_url).detail == "none"
    with analysts(database_url) as make, psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("insert into project (name) values ('Rig 7')")
        analyst = make("Rig 7")
        assert examine_sql_roles(database_url).detail == "1, who only read"
        owner.execute(SQL("grant temporary on database {} to public").format(Identifier(owner.info.dbname)))
        assert "make temporary tables" in examine_sql_roles(database_url).detail
        analyst.connection.close()
        drop_role(database_url, analyst.name)
        found = examine_sql_roles(database_url)
        assert f"{analyst.name}: not in this server" in found.detail
        assert found.advice


def test_a_changed_migration_is_found(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("update migration set checksum = 'other'")
    assert "has changed" in examine_migrations(database_url).detail


def test_a_server_without_the_extension_is_found(
    tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    cluster = prepare_cluster(tmp_path / "postgres", executables, account, {"shared_preload_libraries": ""})
    with running(cluster.service, tmp_path / "postgres.log"):
        (finding,) = problems(examine_database(cluster.maintenance_url))
    assert "not loaded" in finding.detail
    assert "shared_preload_libraries" in finding.advice


def test_an_extension_that_its_server_has_outgrown_is_found() -> None:
    # A server with two versions of it is not to be had here.
    server = {
        "available": "2.29.2",
        "installed": "2.19.3",
        "preloaded": "timescaledb",
        "license": "timescale",
    }
    found = examine_extension(server)
    assert "uses TimescaleDB 2.19.3; the server brings 2.29.2" in found.detail
    assert "alter extension timescaledb update" in found.advice
    assert not examine_extension(server | {"installed": "2.29.2"}).advice


@pytest.mark.parametrize("url", ["postgresql://127.0.0.1:1/nowhere", "no url at all"])
def test_a_database_that_does_not_answer_is_found(url: str) -> None:
    (finding,) = examine_database(url)
    assert finding.subject == "database"
    assert "BAROGRAPH_DATABASE_URL" in finding.advice


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "no url at all"])
def test_a_redis_that_does_not_answer_is_found(url: str) -> None:
    assert "BAROGRAPH_REDIS_URL" in examine_redis(url).advice


def test_a_redis_that_is_away_is_said_in_plain_words() -> None:
    assert examine_redis("redis://127.0.0.1:1/0").detail == "no connection: nothing listens there"


def test_stopped_servers_are_found_and_ports_looked_at(tmp_path: Path) -> None:
    settings = Settings(database_url=None, redis_url=None)
    findings = examine(settings, tmp_path / "not made yet", is_running=False)
    assert [finding.subject for finding in findings] == ["database", "redis", "disk", "port", "port"]
    assert str(findings[0]).startswith("PROBLEM  database: the embedded one does not run\n")


def test_a_full_disk_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert examine_disk(tmp_path).advice == ""
    monkeypatch.setattr("barograph.local.doctor.MIN_FREE_BYTES", 2**60)
    assert "free some" in examine_disk(tmp_path).advice


def test_backups_are_looked_at_where_a_place_is_named(database_url: str) -> None:
    assert examine_backups(database_url, None).advice == ""
    assert "none that is good" in examine_backups(database_url, "/backups").detail
    assert examine_backups(database_url, "/backups").advice
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "insert into backup_record (id, place, started_at, finished_at, size_bytes)"
            " values ('a', '/backups', now() - interval '5 days', now() - interval '4 days', 1048576)"
        )
        old = examine_backups(database_url, None)
        assert old.detail.startswith("the newest is 96.0 hours old, 1.0 MB, in /backups; never verified")
        assert "make another" in old.advice
        assert "nobody receives WAL" in examine_backups(database_url, "/backups").detail
        connection.execute("update backup_record set finished_at = now(), verified_at = now()")
        assert examine_backups(database_url, None).advice == ""
        reach = "insert into backup_reach (place, reached_at) values ('/backups', now() - interval '1 hour')"
        connection.execute(reach)
        assert "WAL has not come for 60 minutes" in examine_backups(database_url, None).detail
        connection.execute("update backup_reach set reached_at = now()")
        assert examine_backups(database_url, None).advice == ""
        connection.execute("update backup_record set faults = '{damaged}'")
        assert "none that is good; 1 have faults" in examine_backups(database_url, "/backups").detail
