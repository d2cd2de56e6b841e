"""What a request commits may be something for the worker, which is told."""

from collections.abc import Generator

import psycopg
import pytest

from tests.api.server import Server, serving


@pytest.fixture
def server(database_url: str) -> Generator[Server]:
    with serving(database_url) as server:
        yield server


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
