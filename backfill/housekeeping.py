"""Jobs that keep tables small. Each is one transaction, and harmless however often it runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

import psycopg
import structlog
from dramatiq import Actor, Broker

from barograph.queries import query

QUEUE = "housekeeping"
TIME_LIMIT_MS = 60_000
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class Job:
    """A job that is due again so long after it was last asked for."""

    actor: Actor[[], None]
    every_s: float


def declare_jobs(broker: Broker, database_url: str) -> Sequence[Job]:
    """Declares the actors on the broker."""
    return [
        _statement_job(broker, database_url, "housekeeping.coalesce_dirty_windows", every_s=10),
        _statement_job(broker, database_url, "housekeeping.coalesce_recalibrations", every_s=10),
        _statement_job(broker, database_url, "housekeeping.expire_ingest_receipts", every_s=600),
        _statement_job(broker, database_url, "housekeeping.expire_idempotency_keys", every_s=600),
        _statement_job(broker, database_url, "housekeeping.expire_refresh_tokens", every_s=3600),
        _statement_job(broker, database_url, "housekeeping.expire_browser_sessions", every_s=3600),
        _statement_job(broker, database_url, "housekeeping.expire_password_resets", every_s=3600),
        _statement_job(broker, database_url, "housekeeping.expire_logins", every_s=3600),
    ]


def run_statement(database_url: str, statement: LiteralString) -> int:
    """Runs one statement in a transaction of its own; returns how many rows it touched."""
    with psycopg.connect(database_url, connect_timeout=5, options="-c statement_timeout=50s") as connection:
        return connection.execute(statement).rowcount


def _statement_job(broker: Broker, database_url: str, name: str, *, every_s: float) -> Job:
    statement = query(name)
    actor_name = name.partition(".")[2]

    def work() -> None:
        rows = run_statement(database_url, statement)
        log.debug("housekeeping", job=actor_name, rows=rows)

    return Job(
        Actor(work, broker=broker, actor_name=actor_name, queue_name=QUEUE, priority=0, options=_OPTIONS),
        every_s,
    )


_OPTIONS = {"time_limit": TIME_LIMIT_MS, "max_age": TIME_LIMIT_MS}
