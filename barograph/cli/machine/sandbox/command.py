"""`sandbox`: rigs, people and dashboards against an installation of their own, and what it promised."""

import signal
import sys
from argparse import Namespace
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from barograph.cli.api_client import ApiClient, CommandCredentials
from barograph.cli.machine.database_words import database_in_plain_words
from barograph.cli.machine.sandbox.instance import private_installation
from barograph.cli.machine.sandbox.people import AskedOfApi, ask_api
from barograph.cli.machine.sandbox.project import make_project
from barograph.cli.machine.sandbox.promises import (
    ACK_P99_S,
    OLDEST_WINDOW_S,
    QUESTION_P95_S,
    Promise,
    quantile,
)
from barograph.cli.machine.sandbox.rigs import RigTotals, rig_park
from barograph.cli.machine.sandbox.seen import SETTLED, quantile_bound_s, read_metrics, watched_backlog
from barograph.cli.machine.sandbox.shape import SandboxShape
from barograph.cli.machine.sandbox.sql_clients import ask_in_sql, prepare_sql
from barograph.cli.verb import CommandRefused, Reply
from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.local.connection import ConnectionFile
from barograph.local.servers.executables import find_executables
from barograph.settings import Settings


@database_in_plain_words()
def run_sandbox(options: Namespace, settings: Settings) -> Reply:
    """Starts it, loads it, says what it kept, and removes it."""
    shape = _shape(options)
    # As Ctrl-C does: what was started is stopped first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _note(f"Starting an installation for {shape.readings_hz:,.0f} readings/s, {shape.seconds:g} s long")
    pgbench = find_executables(settings.services_dir).tool("pgbench")
    with private_installation(options.folder, settings.services_dir) as connection:
        promises, failures = _load(connection, shape, pgbench)
        _note("Stopping it")
    rows = [promise.as_row() for promise in promises]
    return Reply(
        {"promises": rows, "failures": failures},
        text="\n".join([*map(str, promises), *failures]),
        code=0 if all(promise.is_held for promise in promises) else 1,
    )


def _shape(options: Namespace) -> SandboxShape:
    names = ("rigs", "sensors", "rate_hz", "late", "questions_hz", "sql_hz", "seconds")
    try:
        return SandboxShape(**{name: getattr(options, name) for name in names})
    except ValueError as error:
        raise CommandRefused(f"There is no such sandbox: {error}.") from None


def _load(
    connection: ConnectionFile, shape: SandboxShape, pgbench: Sequence[str | Path]
) -> tuple[Sequence[Promise], Sequence[str]]:
    api = ApiClient(
        connection.api_url,
        CommandCredentials(email=connection.admin_email, password=connection.admin_password),
    )
    project = make_project(api, shape)
    sql = prepare_sql(connection.database_url, pgbench, project)
    _note("Sending and asking")
    with (
        watched_backlog(connection.worker_url) as backlog,
        rig_park(connection.ingest_url, project.ingest_token, shape) as rigs,
        ThreadPoolExecutor(2) as clients,
    ):
        people = clients.submit(ask_api, api, project, shape.questions_hz, shape.seconds)
        dashboards = clients.submit(ask_in_sql, sql, shape)
        totals = rigs.totals(shape.seconds)
        asked, sql_s = people.result(), dashboards.result()
    ack_s = quantile_bound_s(read_metrics(connection.ingest_url), SETTLED, 0.99)
    promises = [
        *_promises_to_rigs(totals, _count_readings(connection.database_url), ack_s),
        Promise("oldest reading that roll-ups did not hold", OLDEST_WINDOW_S, backlog.oldest_s, "s"),
        *_promises_to_people(asked, sql_s, shape),
    ]
    return promises, asked.failures


def _promises_to_rigs(totals: RigTotals, stored: int, ack_s: float) -> list[Promise]:
    return [
        Promise(f"readings of {totals.sent:,} that are not stored once", 0, abs(totals.sent - stored), ""),
        Promise("readings refused", 0, totals.rejected, ""),
        Promise("from a frame's arrival to its commit, 99 of 100 (bucket)", ACK_P99_S, ack_s, "s"),
    ]


def _promises_to_people(asked: AskedOfApi, sql_s: Sequence[float], shape: SandboxShape) -> list[Promise]:
    promises: list[Promise] = []
    if shape.questions_hz:
        count, answered_s = len(asked.latencies_s), quantile(asked.latencies_s, 0.95)
        promises += [
            Promise(f"questions of {count:,} that failed", 0, len(asked.failures), ""),
            Promise("a question to the API, 95 of 100", QUESTION_P95_S, answered_s, "s"),
        ]
    if shape.sql_hz:
        answered_s = quantile(sql_s, 0.95)
        promises.append(Promise("two questions in SQL, 95 of 100", QUESTION_P95_S, answered_s, "s"))
    return promises


def _count_readings(database_url: str) -> int:
    with open_connection(database_url, Role.COMMAND) as connection:
        ((readings,),) = connection.execute(query("doctor.readings")).fetchall()
    return readings


def _note(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
