"""Barograph: what it has acknowledged is committed, and PostgreSQL's log is synced."""

import json
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg
from psycopg.sql import SQL, Identifier

from barograph.database.schema.migrations import migrate
from barograph.local.servers.account import choose_account
from barograph.local.servers.cluster import prepare_cluster
from barograph.local.servers.executables import Executables, find_executables
from barograph.times import DAY_US, HOUR_US, format_us, now_us
from benchmarks.databases import ROOT, turn_columnstore_on
from benchmarks.ingest import LINEAR
from benchmarks.peers.forms import PeerLoad
from benchmarks.peers.questions import FEW_SENSORS, MANY_SENSORS, POINTS, RAW_READINGS, Ask, Period
from benchmarks.peers.requesting import request
from benchmarks.peers.server_process import ServerProcess
from benchmarks.query import SENSORS as HISTORY_SENSORS
from benchmarks.query import load, make_run, roll_up_all, statement
from benchmarks.support.gateways import SENSORS, Measured, run_gateways
from tests.api.server import PREFIX, SIGNING_KEY, Parameters, Server
from tests.programs import ROLES, Program, free_port, url_of
from tests.seed import seed_project

STATISTICS = ("mean", "min", "max", "count", "stddev")


def find_community() -> Executables | None:
    """Finds the PostgreSQL with TimescaleDB's Community edition at `BAROGRAPH_COMMUNITY_POSTGRES`."""
    found = os.environ.get("BAROGRAPH_COMMUNITY_POSTGRES")
    if found is None:
        return None
    postgres = Path(found)
    ours = find_executables(ROOT / ".services")
    return Executables(postgres, postgres.with_name("initdb"), ours.redis_server, ours.services)


class BarographPeer:
    """Its cluster as `up` makes it, ingest and API as processes with their own roles.

    Its PostgreSQL is the one that `up` takes, unless told.
    """

    ack_means = "committed and synced"
    ways: Mapping[str, int] = {
        "binary frames of 1,000, 4 sockets": 1000,
        "binary frames of 20,000, 4 sockets": 20_000,
    }

    def __init__(self, folder: Path, name: str = "Barograph", executables: Executables | None = None) -> None:
        self.name, self.folder = name, folder
        folder.mkdir()
        executables = executables or find_executables(ROOT / ".services")
        account = choose_account(ROOT, [folder, executables.postgres.parent])
        cluster = prepare_cluster(folder / "postgres", executables, account)
        service = cluster.service
        self._server_url = cluster.maintenance_url
        self._server = ServerProcess(
            service.command,
            service.is_ready,
            stop_signal=service.stop_signal,
            environment=service.environment,
        )
        self._database: str | None = None
        self._empty_bytes = 0
        self._programs: dict[str, Program] = {}
        self._token, self._sensors, self._run, self._loaded_us = "", list[str](), "", 0

    def start(self) -> None:
        self._server.start()
        for program in self._programs.values():
            program.start()

    def stop(self) -> None:
        for program in self._programs.values():
            if program.process is not None:
                program.stop()
        self._programs.pop("ingest", None)  # each load starts one for a database of its own
        self._server.stop()

    def pids(self) -> Sequence[int]:
        programs = [each.process.pid for each in self._programs.values() if each.process is not None]
        return [self._server.pid, *programs]

    def write(self, way: str, load: PeerLoad) -> Measured:
        assert way in self.ways
        url = self._make_empty()
        project = seed_project(url, SENSORS, LINEAR)
        measured = run_gateways(self._program("ingest", url).socket_url, project.token, load)
        with psycopg.connect(url) as connection:
            assert connection.execute("select count(*) from any_reading").fetchone() == (load.total,)
        return measured

    def settled_bytes(self) -> int:
        """Readings with their index, and all that was made of them: roll-ups, and what notes them."""
        roll_up_all(self._url)
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement("query.settle_readings"))
        return self._database_bytes() - self._empty_bytes

    def load_history(self, period: Period) -> None:
        """Loads by COPY, as imports store; what is measured of it are questions."""
        url = self._make_empty()
        project = seed_project(url, HISTORY_SENSORS)
        load(url, project, period.day_us, period.share)
        roll_up_all(url)
        self._loaded_us = now_us()
        server = Server(self._program("api", url).url, url)
        person = server.person("bench@example.org", is_admin=True)
        with psycopg.connect(url, autocommit=True) as connection:
            self._sensors = [str(row[1]) for row in connection.execute(statement("query.sensors")).fetchall()]
        self._run = make_run(person, self._sensors)
        self._token = person.client.headers["Authorization"]
        person.client.close()

    def asks(self, period: Period) -> Mapping[str, Ask]:
        hour = {"from": format_us(period.hour_us), "to": format_us(period.hour_us + HOUR_US)}
        moment = hour | {"to": format_us(period.hour_us + period.moment_us)}
        day = {"from": format_us(period.day_us), "to": format_us(period.day_us + DAY_US)}
        fast, slow = self._sensors[0], self._sensors[1:]
        in_minutes = {"sensor": slow[:FEW_SENSORS], "bucket": "1m", **day}
        plot = {"sensor": fast, "max_points": POINTS, "stat": ["mean", "min", "max"], **hour}
        return {
            "last": self._ask(f"/sensors/{slow[0]}/readings", {"limit": 1, "order": "desc"}, count_readings),
            "lasts": self._ask(f"/runs/{self._run}/overview", {}, count_latest),
            "plot": self._ask_series(plot),
            "raw": self._ask(f"/sensors/{fast}/readings", {"limit": RAW_READINGS, **moment}, count_readings),
            "day": self._ask_series(in_minutes),
            "percentile": self._ask_series({"sensor": fast, "bucket": "1h", "stat": "p95", **hour}),
            "percentiles": self._ask_series({"sensor": slow[0], "bucket": "1m", "stat": "p95", **day}),
            "totals": self._ask_series(
                {"sensor": slow[:MANY_SENSORS], "bucket": "1d", "stat": STATISTICS, **day}
            ),
            "export": self._ask("/readings/export", {"sensor": fast, **hour}, count_rows),
            "as_of": self._ask_series(in_minutes | {"as_of": format_us(self._loaded_us)}),
        }

    def _ask_series(self, parameters: Parameters) -> Ask:
        return self._ask("/series", parameters, count_statistics)

    def _ask(self, path: str, parameters: Parameters, count: Callable[[bytes], int]) -> Ask:
        return Ask(partial(self._get, path, parameters), count)

    def _get(self, path: str, parameters: Parameters) -> bytes:
        program = self._programs["api"]
        asked = f"{PREFIX}{path}?{urlencode(parameters, doseq=True)}"
        return request(program.port, "GET", asked, headers={"Authorization": self._token})

    def _make_empty(self) -> str:
        """A migrated database, and no other; its URL."""
        for program in self._programs.values():
            program.stop()
        self._programs.clear()
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            if self._database is not None:
                connection.execute(SQL("drop database {} with (force)").format(Identifier(self._database)))
            self._database = f"barograph_bench_{secrets.token_hex(4)}"
            connection.execute(SQL("create database {}").format(Identifier(self._database)))
        migrate(self._url)
        turn_columnstore_on(self._url)
        self._empty_bytes = self._database_bytes()
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute("checkpoint")
        return self._url

    def _program(self, name: str, url: str) -> Program:
        """Started; it keeps its port when it is started again."""
        settings = {"BAROGRAPH_DATABASE_URL": url_of(ROLES[name], url), "BAROGRAPH_SIGNING_KEY": SIGNING_KEY}
        log = self.folder.with_name(f"{name}.log")
        self._programs[name] = Program(name, free_port(), settings, log)
        self._programs[name].start()
        return self._programs[name]

    @property
    def _url(self) -> str:
        return urlsplit(self._server_url)._replace(path=f"/{self._database}").geturl()

    def _database_bytes(self) -> int:
        with psycopg.connect(self._url) as connection:
            row = connection.execute("select pg_database_size(current_database())").fetchone()
        assert row is not None
        return int(row[0])


def count_readings(body: bytes) -> int:
    """Rows of a page."""
    return len(json.loads(body)["items"])


def count_rows(body: bytes) -> int:
    """Counts the rows of a CSV file with a header, and comments before it."""
    return body.count(b"\n") - 1 - sum(line.startswith(b"#") for line in body[:10_000].split(b"\n"))


def count_latest(body: bytes) -> int:
    """Sensors of an overview that have a latest reading."""
    return sum(each["latest"] is not None for each in json.loads(body)["sensors"])


def count_statistics(body: bytes) -> int:
    """Values of all statistics of all series."""
    series = json.loads(body)["series"]
    return sum(len(each.get(name, ())) for each in series for name in (*STATISTICS, "p95"))
