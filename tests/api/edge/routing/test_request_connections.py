"""Requests' connections: the worker is told of what they commit, and who waits for one is counted."""

import re
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from tests.api.server import Server, serving
from tests.waiting import wait_until

WANTED = re.compile(r'^barograph_database_connections_wanted\{pool="barograph"\} (.+)$', re.MULTILINE)


@pytest.fixture
def server(database_url: str) -> Generator[Server]:
    with serving(database_url) as server:
        yield server


def wanted(server: Server) -> float:
    """How many callers wait for a connection, as Prometheus is told."""
    (count,) = WANTED.findall(httpx.get(f"{server.url}/metrics").text)
    return float(count)


def test_what_is_changed_is_told_and_what_is_read_is_not(database_url: str, server: Server) -> None:
    person = server.person("teller@example.org")
    with psycopg.connect(database_url, autocommit=True) as listener:
        listener.execute("listen barograph_work")
        list(listener.notifies(timeout=1))  # the log-in
        person.read("/projects")
        assert list(listener.notifies(timeout=1)) == []
        person.made("/projects", {"name": "p"})
        assert len(list(listener.notifies(timeout=20, stop_after=1))) == 1
    person.client.close()


def test_whoever_waits_for_others_is_counted_and_who_waits_for_oneself_is_not(
    database_url: str, server: Server
) -> None:
    flood, *others = [server.person(f"p{number}@example.org") for number in range(4)]
    with (
        ThreadPoolExecutor(30) as threads,
        psycopg.connect(database_url) as blocking,
    ):
        blocking.execute("lock table project in access exclusive mode")
        asking = [threads.submit(flood.get, "/projects") for _ in range(8)]
        wait_until(lambda: _busy(database_url) == 4, what="half of the connections are busy")
        assert wanted(server) == 0
        asking += [threads.submit(each.get, "/projects") for each in others for _ in range(2)]
        wait_until(lambda: wanted(server) == 3, what="three of six find none")
        blocking.rollback()
        assert {each.result().status_code for each in asking} <= {200, 503}
    assert wanted(server) == 0


def _busy(database_url: str) -> int:
    """How many requests wait for the lock."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "select count(*) from pg_stat_activity where datname = current_database()"
            " and application_name = 'barograph' and wait_event_type = 'Lock'"
        ).fetchone()
    assert row is not None
    return row[0]
