"""Lines without times whose answer nobody heard: the body that comes again is a repeat, and stored once."""

import socket
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial

import httpx
import psycopg
import pytest

from tests.ingest.database import ask
from tests.ingest.line_posting import readings, set_project, write
from tests.programs import Program
from tests.seed import Project
from tests.waiting import wait_until

HOLD = 5_600_001
"""An advisory lock that keeps receipts from being given up."""
HOLDING = """create function hold() returns trigger language plpgsql as
$$ begin perform pg_advisory_xact_lock_shared(5600001); return old; end $$"""


@pytest.fixture
def open_project(database_url: str, project: Project) -> Project:
    set_project(database_url, project, register_sensors_up_to=20)
    return project


@contextmanager
def receipts_held(database_url: str) -> Generator[psycopg.Connection]:
    """Whoever gives up a receipt waits until the connection lets go."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", (HOLD,))
        connection.execute(HOLDING)
        connection.execute(
            "create trigger hold before delete on ingest_receipt for each row execute function hold()"
        )
        try:
            yield connection
        finally:
            connection.execute("select pg_advisory_unlock_all()")
            connection.execute("drop trigger hold on ingest_receipt")
            connection.execute("drop function hold()")


def write_until_heard(client: httpx.Client, line: str) -> None:
    """As clients do that are asked to come back."""

    def is_stored() -> bool:
        answer = write(client, line)
        assert answer.status_code in {204, 503}
        return answer.status_code == 204

    wait_until(is_stored)


def test_a_repeat_after_a_killed_process_is_stored_once(
    own_ingest: Program, open_project: Project, database_url: str
) -> None:
    client = httpx.Client(base_url=own_ingest.url, headers=open_project.headers, timeout=60)
    with client, receipts_held(database_url) as own:

        def first() -> None:
            with suppress(httpx.TransportError):
                write(client, "m v=1")

        thread = threading.Thread(target=first)
        thread.start()
        # Stored, and not answered: the receipt is still there.
        waiting = "select count(*) from pg_locks where locktype = 'advisory' and objid = %s and not granted"
        wait_until(lambda: ask(database_url, waiting, HOLD) == [(1,)])
        assert readings(database_url, open_project) == [("m.v", 1.0)]
        own_ingest.kill()
        thread.join()
        # The statement that would give up the receipt has not arrived.
        own.execute(
            "select pg_terminate_backend(pid) from pg_locks"
            " where locktype = 'advisory' and objid = %s and not granted",
            (HOLD,),
        )
    own_ingest.start()
    with httpx.Client(base_url=own_ingest.url, headers=open_project.headers, timeout=60) as client:
        write_until_heard(client, "m v=1")
        assert readings(database_url, open_project) == [("m.v", 1.0)]
        # What was heard is no repeat any more.
        assert write(client, "m v=1").status_code == 204
    assert readings(database_url, open_project) == [("m.v", 1.0)] * 2


@pytest.mark.nightly
def test_a_client_that_went_away_repeats(
    ingest: Program, client: httpx.Client, open_project: Project, database_url: str
) -> None:
    body = b"gone v=1"
    head = f"POST /write HTTP/1.1\r\nHost: x\r\nAuthorization: Token {open_project.token}\r\n"
    table = psycopg.connect(database_url)
    with table, socket.create_connection(("127.0.0.1", ingest.port)) as connection:
        # Nothing can be committed while the client leaves.
        table.execute("lock table ingest_receipt in share mode")
        connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        waiting = "select count(*) from pg_locks where not granted and relation = 'ingest_receipt'::regclass"
        wait_until(lambda: ask(database_url, waiting) == [(1,)])
        connection.close()
        # The process has seen it: it answers somebody else later.
        assert httpx.get(f"{ingest.url}/ping").status_code == 204
    wait_until(lambda: readings(database_url, open_project) == [("gone.v", 1.0)])
    write_until_heard(client, "gone v=1")
    assert readings(database_url, open_project) == [("gone.v", 1.0)]


def test_two_that_say_the_same_at_once_are_both_stored(
    client: httpx.Client, open_project: Project, database_url: str
) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(partial(write_until_heard, client), ["both v=1"] * 2))
    assert readings(database_url, open_project) == [("both.v", 1.0)] * 2
    assert ask(database_url, "select count(*) from ingest_receipt where key like %s", "lines%") == [(0,)]
