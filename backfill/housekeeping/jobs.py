"""Jobs that keep tables small and states true. Each is harmless however often it runs."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, LiteralString

import structlog
from dramatiq import Broker

from backfill.housekeeping.columnstore import fill_columnstore
from backfill.housekeeping.retention import retain
from backfill.jobs.declare import DeclaredJob, JobQueue
from backfill.jobs.row_claims import Pool
from barograph.database.queries import query
from barograph.identity.audit_chain import prune, seal
from barograph.identity.audit_key import load_audit_key
from barograph.settings import Settings

# A lower number goes first.
PRIORITY = 10
TIME_LIMIT_S = 60
# A chunk is moved as a whole, and may hold billions of readings.
COLUMNSTORE_LIMIT_S = 12 * 3600
STATEMENTS: Mapping[str, float] = {
    "housekeeping.expire_ingest_receipts": 600,
    "housekeeping.expire_line_receipts": 600,
    "housekeeping.expire_rejects": 60,
    "housekeeping.expire_idempotency_keys": 600,
    "housekeeping.expire_refresh_tokens": 3600,
    "housekeeping.expire_browser_sessions": 3600,
    "housekeeping.expire_password_resets": 3600,
    "housekeeping.expire_login_codes": 3600,
    "housekeeping.expire_second_steps": 3600,
    "housekeeping.expire_logins": 3600,
    "housekeeping.expire_events": 300,
    "housekeeping.expire_deliveries": 600,
    "housekeeping.expire_exports": 600,
    "housekeeping.expire_import_records": 600,
    "housekeeping.expire_saved": 3600,
    "housekeeping.close_capture_sessions": 60,
}
"""Statements that are jobs by themselves, each called like its statement, with the seconds between runs."""
log = structlog.stdlib.get_logger(__name__)


def declare_housekeeping(
    broker: Broker, database_url: str, pool: Pool, settings: Settings
) -> Sequence[DeclaredJob[[]]]:
    """Declares the jobs on the broker.

    Args:
        pool: for the short statements: connecting costs more than any of them.
    """
    queue = JobQueue(
        broker, "housekeeping", max_age_s=TIME_LIMIT_S, time_limit_s=TIME_LIMIT_S, priority=PRIORITY
    )
    parameters = parameters_of(settings)
    columnstore = partial(fill_columnstore, database_url, settings.columnstore_after_days)
    return [
        *(
            queue.declare(job_name(each), partial(tidy, pool, each, parameters), every_s=every_s)
            for each, every_s in STATEMENTS.items()
        ),
        queue.declare("trim_change_log", partial(trim_change_log, pool), every_s=300),
        queue.declare("seal_audit", partial(seal_audit, database_url, settings), every_s=60),
        queue.declare("fill_columnstore", columnstore, every_s=3600, time_limit_s=COLUMNSTORE_LIMIT_S),
        queue.declare("retain", partial(retain, database_url), every_s=600),
        queue.declare(
            "prune_audit", partial(prune_audit, database_url, settings.audit_keep_days), every_s=3600
        ),
    ]


def parameters_of(settings: Settings) -> Mapping[str, Any]:
    """The parameters of the statements."""
    return {
        "idle_s": settings.capture_session_idle_s,
        "event_keep_days": settings.event_keep_days,
        "export_keep_days": settings.export_keep_days,
        "import_undo_days": settings.import_undo_days,
    }


def job_name(statement: str) -> str:
    """The name of a statement's job."""
    return statement.partition(".")[2]


def tidy(pool: Pool, statement: str, parameters: Mapping[str, Any]) -> None:
    """Runs one of the statements."""
    rows = run_statement(pool, query(statement), parameters)
    log.debug("housekeeping", job=job_name(statement), rows=rows)


def run_statement(pool: Pool, statement: LiteralString, parameters: Mapping[str, Any] | None = None) -> int:
    """Runs one statement in a transaction of its own; returns how many rows it touched."""
    with pool.connection() as connection:
        return connection.execute(statement, parameters).rowcount


def trim_change_log(pool: Pool) -> None:
    """Lets go of changes that are half an hour old: who watched before begins with a whole window.

    A chunk goes only after the horizon says so, in the same transaction.
    """
    with pool.connection() as connection, connection.transaction():
        raised = connection.execute(query("housekeeping.raise_live_horizon"))
        if raised.rowcount:
            connection.execute(query("housekeeping.trim_change_log"))


def seal_audit(database_url: str, settings: Settings) -> None:
    """Seals what waits. The log then holds the head as well, where the database can't alter it."""
    key = load_audit_key(settings)
    while link := seal(database_url, key):
        log.info("audit trail sealed", head=str(link))


def prune_audit(database_url: str, keep_days: int) -> None:
    """Removes what is older; with 0 days, nothing."""
    while keep_days and (entries := prune(database_url, keep_days)) is not None:
        log.info("audit trail pruned", entries=entries)
