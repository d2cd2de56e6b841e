"""`watch` at a terminal: what arrives is shown, whatever happens to the connection."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import psycopg
import pytest

from barograph.cli.refusals import INTERRUPTED, NOBODY_READS
from barograph.cli.server_events import ServerEvent, read_events
from barograph.times import from_us, now_us
from tests.api.server import PASSWORD, Server
from tests.backfill.rollups.expected import Store
from tests.barograph.cli.conftest import EMAIL
from tests.programs import ROOT
from tests.seed import Project, seed_project
from tests.servers.proxy import Proxy


class LiveRig:
    """A project that somebody watches, with a sensor that sends."""

    def __init__(self, server: Server) -> None:
        self._url = server.database_url
        self.project = seed_project(self._url)
        server.add_member(str(self.project.public_id), EMAIL, "viewer")
        self.store = Store(self._url, self.project)

    def send(self, value: float, sensor: int = 0) -> int:
        """As ingest stores a reading and notes it; its time."""
        t_us = now_us()
        with psycopg.connect(self._url) as connection:
            connection.execute(
                "insert into sensor_liveness (sensor_id, last_seen_at, latest_at) values (%s, now(), %s)"
                " on conflict (sensor_id) do update set last_seen_at = now(), latest_at = excluded.latest_at",
                (self.project.sensor_ids[sensor], from_us(t_us)),
            )
            self.store.commit([(sensor, t_us, value)])
        return t_us


@pytest.fixture
def rig(server: Server) -> Generator[LiveRig]:
    rig = LiveRig(server)
    yield rig
    rig.store.close()
    forget(server, rig.project)


def forget(server: Server, project: Project) -> None:
    """The next test's watch shows nothing of this project."""
    with psycopg.connect(server.database_url) as connection:
        connection.execute("delete from member where project_id = %s", (project.id,))


@contextmanager
def watching(url: str) -> Generator[subprocess.Popen[str]]:
    """`watch --json`, for as long as the `with` block at most."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("BAROGRAPH_")}
    given = {"BAROGRAPH_API_URL": url, "BAROGRAPH_EMAIL": EMAIL, "BAROGRAPH_PASSWORD": PASSWORD}
    words = [sys.executable, "-m", "barograph", "watch", "--json"]
    with subprocess.Popen(
        words, cwd=ROOT, env=own | given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def shown(process: subprocess.Popen[str]) -> tuple[str, float]:
    """The sensor and raw value of the next line."""
    assert process.stdout is not None
    line = json.loads(process.stdout.readline())
    return line["key"], line["raw"]


def said_at_last(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.read()


def test_readings_are_shown_as_they_arrive_until_ctrl_c(server: Server, rig: LiveRig) -> None:
    rig.send(1.0)
    with watching(server.url) as process:
        assert shown(process) == ("s0", 1.0)
        for value in (2.0, 3.0):
            rig.send(value)
            assert shown(process) == ("s0", value)
        rig.send(4.0, sensor=2)  # one that was not there at the beginning
        assert shown(process) == ("s2", 4.0)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == INTERRUPTED
        assert said_at_last(process) == ""


def test_a_watch_ends_when_nobody_reads_on(server: Server, rig: LiveRig) -> None:
    rig.send(1.0)
    with watching(server.url) as process:
        assert shown(process) == ("s0", 1.0)
        assert process.stdout is not None
        process.stdout.close()
        rig.send(2.0)
        assert process.wait(timeout=20) == NOBODY_READS
        assert said_at_last(process) == ""


def test_a_watch_that_is_cut_goes_on(server: Server, rig: LiveRig) -> None:
    rig.send(1.0)
    with Proxy(server.url) as proxy, watching(proxy.url) as process:
        assert shown(process) == ("s0", 1.0)
        rig.send(2.0)
        assert shown(process) == ("s0", 2.0)
        proxy.is_open = False
        proxy.cut()
        rig.send(3.0)
        proxy.is_open = True
        assert shown(process) == ("s0", 3.0)
        rig.send(4.0)
        assert shown(process) == ("s0", 4.0)


def test_events_are_read_as_they_are_written() -> None:
    lines = (
        b"retry: 1000\n\nevent: patch\nid: 7\ndata: {\ndata: }\n\n"
        b": hello\n\ndata:x\r\n\r\nevent: cut\ndata: y\n"
    )
    assert list(read_events(lines.splitlines(keepends=True))) == [
        ServerEvent("patch", "7", "{\n}"),
        ServerEvent("message", None, "x"),
    ]
