"""Faults that can be made in an installation, each with the alert that it raises, and with what shows it."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import psycopg
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import connect

from barograph.catalog.catalog import CatalogCache
from barograph.times import DAY_US, SECOND_US, format_time, from_us, now_us
from tests.backfill.archive.filing import held, make_archivist
from tests.ingest.gateway import binary_frame, open_gateway
from tests.seed import change_catalog
from tests.servers.refusing import refusing
from tests.waiting import wait_until
from tests.watching.installation import MAX_SOCKETS, Installation, ask_as, lock_for, meanwhile
from tests.watching.looks import (
    FirstLook,
    at_answer,
    at_command,
    at_log,
    at_metric,
    at_ready,
    at_statement,
)

AHEAD_US = 60_000_000
BEHIND_S = 60
BURST_FRAMES = 50
PEOPLE = 3
REQUESTS_OF_EACH = 6
# Statements that wait for a lock end after 30 s.
LOCKED_S = 25
ARCHIVED_BEFORE_US = 4 * DAY_US


@dataclass(frozen=True)
class InjectedFault:
    """What goes wrong while it is made, and the alert that says so.

    Attributes:
        look: what the alert's chapter of the runbook says to look at, the first of it that is there.
    """

    alert: str
    make: Callable[[Installation], AbstractContextManager[None]]
    look: FirstLook | None = None

    @property
    def name(self) -> str:
        return self.make.__name__


@contextmanager
def slow_answers(here: Installation) -> Generator[None]:
    with meanwhile(lambda: lock_for(here, "project", 1)), meanwhile(lambda: here.ask(10, 10)):
        yield


@contextmanager
def some_slow_answers(here: Installation) -> Generator[None]:
    """One in ten or so: more than a month allows, and fewer than wake somebody."""
    with meanwhile(lambda: lock_for(here, "project", 0.6), every_s=1):
        yield


@contextmanager
def failing_answers(here: Installation) -> Generator[None]:
    here.execute("revoke select on account_as_caller from barograph_api")
    with meanwhile(lambda: here.ask(10)):
        yield
    here.execute("grant select on account_as_caller to barograph_api")


def burst(here: Installation) -> None:
    """Frames as fast as they are taken."""
    with open_gateway(here.ingest, here.project) as gateway:
        seq = gateway.bind("rig/burst", ["s1"])["last_seq"]
        for _ in range(BURST_FRAMES):
            seq += 1
            gateway.send_values(seq, [1.0])
        gateway.acked_up_to(seq)


@contextmanager
def slow_commits(here: Installation) -> Generator[None]:
    with meanwhile(lambda: lock_for(here, "reading", 2)), meanwhile(lambda: burst(here)):
        yield


@contextmanager
def killed_ingest(here: Installation) -> Generator[None]:
    here.ingest.kill()
    yield
    here.ingest.start()


@contextmanager
def killed_worker(here: Installation) -> Generator[None]:
    here.worker.kill()
    yield
    here.worker.start()


@contextmanager
def stopped_scheduler(here: Installation) -> Generator[None]:
    """It may not see what is left to do."""
    here.execute("revoke select on measure_due from barograph_worker")
    yield
    here.execute("grant select on measure_due to barograph_worker")


@contextmanager
def read_only_database(here: Installation) -> Generator[None]:
    here.execute_alone("alter system set default_transaction_read_only = on", "select pg_reload_conf()")
    yield
    here.execute_alone("alter system reset default_transaction_read_only", "select pg_reload_conf()")


@contextmanager
def full_disk(here: Installation) -> Generator[None]:
    with here.disk.state("full"):
        yield


@contextmanager
def stale_catalog(here: Installation) -> Generator[None]:
    here.execute("revoke select on catalog_change from barograph_ingest")
    with psycopg.connect(here.postgres.url) as connection:
        change_catalog(connection, here.project.id)
    yield
    here.execute("grant select on catalog_change to barograph_ingest")


@contextmanager
def failing_job(here: Installation) -> Generator[None]:
    here.execute("revoke update, delete on dirty_window from barograph_worker")
    yield
    here.execute("grant update, delete on dirty_window to barograph_worker")


@contextmanager
def missing_file(here: Installation) -> Generator[None]:
    """Somebody has moved away what came whole."""
    with here.logged_in() as client:
        project = f"/api/v1/projects/{here.project.public_id}"
        experiment = client.post(f"{project}/experiments", json={"name": "e"}).json()["id"]
        run = client.post(f"/api/v1/experiments/{experiment}/runs", json={"name": "r"}).json()["id"]
        announced = {"name": "f", "size_bytes": 3, "sha256": sha256(b"abc").hexdigest()}
        artifact = client.post(f"/api/v1/runs/{run}/artifacts", json=announced).json()["id"]
        client.put(f"/api/v1/artifacts/{artifact}/content?offset=0", content=b"abc")
        client.post(f"/api/v1/artifacts/{artifact}:complete").raise_for_status()
    (kept,) = (file for file in here.data.rglob(f"*{artifact}*") if file.is_file())
    kept.rename(aside := here.data / "moved away")
    yield
    aside.rename(kept)


@contextmanager
def old_backup(here: Installation) -> Generator[None]:
    here.execute(
        "insert into backup_record (id, place, started_at, finished_at, size_bytes, faults)"
        " values ('old', '/backups', now() - interval '2 days', now() - interval '2 days', 1, '{}')"
    )
    yield
    here.execute("delete from backup_record")


@contextmanager
def stopped_wal(here: Installation) -> Generator[None]:
    """As whoever kept backups left it ten minutes ago."""
    here.execute(
        "insert into backup_record (id, place, started_at, finished_at, size_bytes, faults)"
        " values ('new', '/backups', now() - interval '1 hour', now() - interval '1 hour', 1, '{}')",
        "insert into backup_reach (place, reached_at) values ('/backups', now() - interval '10 minutes')",
    )
    yield
    here.execute("delete from backup_record", "delete from backup_reach")


@contextmanager
def stuck_rollups(here: Installation) -> Generator[None]:
    with meanwhile(lambda: lock_for(here, "rollup", 20), every_s=0):
        yield


@contextmanager
def servers_clock_behind(here: Installation) -> Generator[None]:
    here.clock.shift(-BEHIND_S)
    yield
    here.clock.shift(0)


@contextmanager
def stopped_database(here: Installation) -> Generator[None]:
    here.postgres.stop()
    yield
    here.postgres.start()


@contextmanager
def killed_redis(here: Installation) -> Generator[None]:
    here.redis.kill()
    yield
    here.redis.start()


def bind_again(here: Installation) -> None:
    with open_gateway(here.ingest, here.project) as one, open_gateway(here.ingest, here.project) as other:
        one.bind("rig/twice", ["s1"])
        other.bind("rig/twice", ["s1"])
        one.close_code()


@contextmanager
def two_of_one_name(here: Installation) -> Generator[None]:
    with meanwhile(lambda: bind_again(here)):
        yield


def knock(here: Installation) -> None:
    with suppress(InvalidStatus), connect(here.ingest.socket_url):
        pass


@contextmanager
def bad_tokens(here: Installation) -> Generator[None]:
    with meanwhile(lambda: knock(here)):
        yield


def send_from_ahead(here: Installation, ahead_us: int, producer: str) -> None:
    with open_gateway(here.ingest, here.project) as gateway:
        seq = gateway.bind(producer, ["s2"])["last_seq"] + 1
        gateway.send(binary_frame(seq, [0] * 20, [now_us() + ahead_us + i for i in range(20)], [1.0] * 20))
        gateway.acked_up_to(seq)


@contextmanager
def clock_ahead(here: Installation) -> Generator[None]:
    with meanwhile(lambda: send_from_ahead(here, AHEAD_US, "rig/ahead")):
        yield


@contextmanager
def rejected_readings(here: Installation) -> Generator[None]:
    with meanwhile(lambda: send_from_ahead(here, 60 * AHEAD_US, "rig/far-ahead")):
        yield


@contextmanager
def refused_readings(here: Installation) -> Generator[None]:
    with refusing(here.postgres.url, "new.raw = 2"):
        yield


@contextmanager
def held_work(here: Installation) -> Generator[None]:
    here.execute(
        "create function refuse() returns trigger language plpgsql as $$begin raise exception 'no'; end$$",
        "create trigger refuse before insert on rollup for each row execute function refuse()",
    )
    yield
    here.execute("drop trigger refuse on rollup", "update dirty_window set held_until = null")


@contextmanager
def stuck_events(here: Installation) -> Generator[None]:
    here.execute("revoke all on event_consumer from barograph_worker")
    yield
    here.execute("grant select, insert, update on event_consumer to barograph_worker")


@contextmanager
def busy_connections(here: Installation) -> Generator[None]:
    """Several people ask for what somebody has locked, so that no one of them is at fault."""
    with ExitStack() as stack:
        for _ in range(PEOPLE):
            ask = partial(ask_as, stack.enter_context(here.logged_in()))
            for _ in range(REQUESTS_OF_EACH):
                stack.enter_context(meanwhile(ask, every_s=0))
        stack.enter_context(meanwhile(lambda: lock_for(here, "project", LOCKED_S), every_s=0))
        yield


@contextmanager
def lost_archive(here: Installation) -> Generator[None]:
    """Somebody has moved away a file of readings that people ask for."""
    first_us = archive(here)
    (kept,) = (here.data / "archive" / "kept").rglob("*.parquet")
    kept.rename(aside := here.data / "moved away")
    asked = {"from": format_time(from_us(first_us)), "to": format_time(from_us(first_us + SECOND_US))}
    with here.logged_in() as client:
        sensors = client.get(f"/api/v1/projects/{here.project.public_id}/sensors").json()["items"]
        (sensor,) = (each["id"] for each in sensors if each["key"] == "s0")
        client.params = asked
        with meanwhile(lambda: ask_as(client, f"/api/v1/sensors/{sensor}/readings")):
            yield
    aside.rename(kept)


def archive(here: Installation) -> int:
    """Old readings, moved into a file; the time of the first of them."""
    first_us = now_us() - ARCHIVED_BEFORE_US
    with open_gateway(here.ingest, here.project) as gateway:
        seq = gateway.bind("rig/old", ["s0"], historical=True)["last_seq"] + 1
        times_us = [first_us + number * 1000 for number in range(100)]
        gateway.send(binary_frame(seq, [0] * 100, times_us, [1.0] * 100))
        gateway.acked_up_to(seq)
    with closing(CatalogCache(here.postgres.url)) as cache:
        cache.open()
        archivist = make_archivist(here.postgres.url, here.data / "archive", cache)

        def is_filed() -> bool:
            archivist.work()
            return held(here.postgres.url) > 0

        wait_until(is_filed, what="the readings are rolled up and filed")
    return first_us


@contextmanager
def full_of_sockets(here: Installation) -> Generator[None]:
    with ExitStack() as sockets:
        for number in range(MAX_SOCKETS):
            with suppress(WebSocketException):  # the last ones find no room
                gateway = sockets.enter_context(open_gateway(here.ingest, here.project))
                gateway.bind(f"rig/{number}", ["s2"])
        yield


STORING = (
    "select wait_event_type, wait_event, count(*) from pg_stat_activity"
    " where application_name = 'barograph-store' group by 1, 2"
)
AHEAD = (
    "select key, max(time) from any_reading join sensor on sensor.id = sensor_id"
    " where time > now() + interval '5 s' group by key"
)
CONNECTIONS = 'barograph_database_connections_in_use{job="barograph-api", pool="barograph"}'
ROUTES = "topk(5, sum by (route) (rate(barograph_http_request_duration_seconds_sum[5m])))"
FAILED_ROUTES = 'topk(5, sum by (route, status) (rate(barograph_http_requests_total{status=~"5.."}[5m])))'
SUMMARY = "GET /api/v1/projects/{id}/rejected-readings/summary"
PROJECT = "/api/v1/projects/{project}"

MISSED = "barograph:missed:ratio6h > on (slo) barograph:missed:budget"

SLOW_BURN = InjectedFault(
    "BarographBudgetSpent",
    some_slow_answers,
    at_metric(MISSED, '"slo": "speed"', "barograph:missed:ratio6h"),
)
# The first two want little history, which a share of all requests is taken of.
FAULTS = (
    InjectedFault("BarographRequestsSlow", slow_answers, at_metric(ROUTES, "/api/v1/projects")),
    InjectedFault("BarographRequestsFail", failing_answers, at_metric(FAILED_ROUTES, '"status": "500"')),
    InjectedFault("BarographAcksSlow", slow_commits, at_statement(STORING, "Lock")),
    InjectedFault("BarographAcksSlow", read_only_database, at_log("ingest", "`commit failed; trying again`")),
    InjectedFault("BarographDown", killed_ingest),
    InjectedFault("BarographDown", killed_worker),
    InjectedFault("BarographNotReady", stopped_database, at_ready("ingest", "database")),
    InjectedFault("BarographNotReady", killed_redis, at_ready("worker", "broker")),
    InjectedFault("BarographNotReady", stopped_scheduler, at_ready("worker", "has not done its work")),
    InjectedFault(
        "BarographRollupsLate", stuck_rollups, at_metric('barograph_jobs_running{actor="roll_up"}', '"[1-9]"')
    ),
    InjectedFault("BarographEventsLate", stuck_events, at_log("worker", "`a loop failed`", "events_")),
    InjectedFault(
        "BarographDiskFull",
        full_disk,
        at_command("doctor", shows="PROBLEM +disk", machine=lambda here: here.disk.environment),
    ),
    InjectedFault("BarographIngestFull", full_of_sockets, at_metric("barograph_ingest_sockets", '"1[12]"')),
    InjectedFault("BarographStorageRefuses", refused_readings, at_log("ingest", "`storage refused a batch`")),
    InjectedFault(
        "BarographReadingsRejected",
        rejected_readings,
        at_answer(SUMMARY, f"{PROJECT}/rejected-readings/summary", "s2"),
    ),
    InjectedFault("BarographGatewaysFight", two_of_one_name, at_log("ingest", "`socket closed`", "4409")),
    InjectedFault("BarographGatewaysRefused", bad_tokens, at_log("ingest", "`socket refused`")),
    InjectedFault("BarographClocksAhead", clock_ahead, at_statement(AHEAD, "s2")),
    InjectedFault(
        "BarographClocksAhead",
        servers_clock_behind,
        at_command("doctor", shows="PROBLEM +clock", machine=lambda here: here.clock.environment),
    ),
    InjectedFault(
        "BarographCatalogStale", stale_catalog, at_log("ingest", "`a loop failed`", "refresh_catalogs")
    ),
    InjectedFault("BarographWorkHeld", held_work, at_log("worker", "`work that fails even alone is held`")),
    InjectedFault(
        "BarographJobsFail", failing_job, at_log("worker", "the worker's log", "roll_up", "permission denied")
    ),
    InjectedFault(
        "BarographWorkFailed",
        missing_file,
        at_log("worker", "`the file of an artifact is missing`"),
    ),
    InjectedFault(
        "BarographBackupOld", old_backup, at_command("doctor", shows="PROBLEM +backup: the newest is 48.0")
    ),
    InjectedFault(
        "BarographBackupStopped", stopped_wal, at_command("doctor", shows="WAL has not come for 1[0-9] min")
    ),
    InjectedFault("BarographArchiveUnreadable", lost_archive, at_command("doctor", shows="PROBLEM +archive")),
    InjectedFault(
        "BarographConnectionsBusy",
        busy_connections,
        at_metric(CONNECTIONS, '"[78]"', "barograph_database_connections_in_use"),
    ),
)
