"""The project that the benchmark of the API asks about, and the callers who ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, LiteralString

import httpx
import psycopg

from barograph.database.queries import load_queries
from tests.api.server import PASSWORD, PASSWORD_HASH

RUNS = 100_000
SENSORS = 1_000
EXPERIMENTS = 50
ACCOUNTS = 20
# Sensors with an hour of readings, once a second.
LIVE_SENSORS = 100
# Ids that requests draw from.
MAX_IDS = 20_000
STEPS = (
    "api.accounts",
    "api.sensors",
    "api.experiments",
    "api.runs",
    "api.run_sensors",
    "api.capture_sessions",
    "api.readings",
    "api.mark_dirty",
)


@dataclass(frozen=True)
class Project:
    """Public ids of what there is; `live_sensors` have readings to make series of."""

    id: str
    runs: Sequence[str]
    experiments: Sequence[str]
    sensors: Sequence[str]
    live_sensors: Sequence[str]


def seed(database_url: str, sensors: int = SENSORS) -> Project:
    """Makes the project, in a fresh database."""
    with psycopg.connect(database_url) as connection:
        connection.execute(_query("api.without_triggers"))
        row = connection.execute(_query("api.project")).fetchone()
        assert row is not None
        question = {
            "project_id": row[0],
            "password_hash": PASSWORD_HASH,
            "accounts": ACCOUNTS,
            "sensors": sensors,
            "experiments": EXPERIMENTS,
            "runs": RUNS,
            "live_sensors": LIVE_SENSORS,
            "max_rows": MAX_IDS,
        }
        for step in STEPS:
            connection.execute(_query(step), question)
        project = _project(connection, str(row[1]), question)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(_query("api.settle"))
    return project


def log_in(url: str) -> list[str]:
    """An access token of each caller."""
    with httpx.Client(base_url=url, timeout=30) as client:
        return [_log_in(client, f"caller-{number}@example.org") for number in range(1, ACCOUNTS + 1)]


def _log_in(client: httpx.Client, email: str) -> str:
    answer = client.post("/auth/login", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


def _project(
    connection: psycopg.Connection[tuple[Any, ...]], public_id: str, question: Mapping[str, Any]
) -> Project:
    def ids(name: str) -> list[str]:
        return [str(row[0]) for row in connection.execute(_query(name), question).fetchall()]

    sensors = ids("api.sensor_ids")
    return Project(public_id, ids("api.run_ids"), ids("api.experiment_ids"), sensors, sensors[:LIVE_SENSORS])


@cache
def _statements() -> Mapping[str, LiteralString]:
    return load_queries(Path(__file__).parents[1] / "sql")


def _query(name: str) -> LiteralString:
    return _statements()[name]
