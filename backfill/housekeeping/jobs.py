"""Jobs that keep tables small and states true. Each is harmless however often it runs."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, LiteralString

import psycopg
import structlog
from dramatiq import Actor, Broker

from backfill.housekeeping.columnstore import fill_columnstore
from backfill.housekeeping.retention import retain
from backfill.jobs.scheduler import Job
from barograph.database.queries import query
from barograph.identity.audit_chain import prune, seal
from barograph.settings import Settings

QUEUE = "housekeeping"
# A lower number goes first.
PRIORITY = 10
TIME_LIMIT_MS = 60_000
# A chunk is moved as a whole, and may hold billions of readings.
COLUMNSTORE_LIMIT_MS = 12 * 3600 * 1000
log = structlog.stdlib.get_logger(__name__)


def declare_housekeeping(broker: Broker, database_url: str, settings: Settings) -> Sequence[Job]:
    """Declares the actors on the broker."""
    idle = {"idle_s": settings.capture_session_idle_s}
    keep_days = settings.audit_keep_days
    columnstore = partial(fill_columnstore, database_url, settings.columnstore_after_days)
    return [
        _statement_job(broker, database_url, "housekeeping.coalesce_folds", every_s=10),
        _statement_job(broker, database_url, "housekeeping.coalesce_recalibrations", every_s=10),
        _statement_job(broker, database_url, "housekeeping.expire_ingest_receipts", every_s=600),
        _statement_job(broker, database_url, "housekeeping.expire_idempotency_keys", every_s=600),
        _statement_job(broker, database_url, "housekeeping.expire_refresh_tokens", every_s=3600),
        _statement_job(broker, database_url, "housekeeping.expire_browser_sessions", every_s=3600),
        _statement_job(broker, database_url, "housekeeping.expire_password_resets", every_s=3600),
        _statement_job(broker, database_url, "housekeeping.expire_logins", every_s=3600),
        _statement_job(broker, database_url, "housekeeping.expire_saved", every_s=3600),
        _statement_job(broker, database_url, "housekeeping.finish_runs", every_s=10),
        _statement_job(broker, database_url, "housekeeping.close_capture_sessions", idle, every_s=60),
        _job(broker, "seal_audit", partial(seal_audit, database_url), every_s=60),
        _job(broker, "fill_columnstore", columnstore, every_s=3600, time_limit_ms=COLUMNSTORE_LIMIT_MS),
        _job(broker, "retain", partial(retain, database_url), every_s=600),
        _job(broker, "prune_audit", partial(prune_audit, database_url, keep_days), every_s=3600),
    ]


def run_statement(
    database_url: str, statement: LiteralString, parameters: Mapping[str, Any] | None = None
) -> int:
    """Runs one statement in a transaction of its own; returns how many rows it touched."""
    with psycopg.connect(database_url, connect_timeout=5, options="-c statement_timeout=50s") as connection:
        return connection.execute(statement, parameters).rowcount


def seal_audit(database_url: str) -> None:
    """Seals what waits. The log then holds the head as well, where the database can't alter it."""
    while link := seal(database_url):
        log.info("audit trail sealed", head=str(link))


def prune_audit(database_url: str, keep_days: int) -> None:
    """Removes what is older; with 0 days, nothing."""
    while keep_days and (entries := prune(database_url, keep_days)) is not None:
        log.info("audit trail pruned", entries=entries)


def _statement_job(
    broker: Broker,
    database_url: str,
    name: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    every_s: float,
) -> Job:
    statement = query(name)
    actor_name = name.partition(".")[2]

    def work() -> None:
        rows = run_statement(database_url, statement, parameters)
        log.debug("housekeeping", job=actor_name, rows=rows)

    return _job(broker, actor_name, work, every_s=every_s)


def _job(
    broker: Broker,
    name: str,
    work: Callable[[], None],
    *,
    every_s: float,
    time_limit_ms: int = TIME_LIMIT_MS,
) -> Job:
    options = {"time_limit": time_limit_ms, "max_age": TIME_LIMIT_MS}
    return Job(
        Actor(work, broker=broker, actor_name=name, queue_name=QUEUE, priority=PRIORITY, options=options),
        every_s,
    )
