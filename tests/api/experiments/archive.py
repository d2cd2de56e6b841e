"""A project with many runs of every sort, written straight into the database, and what lists of them hold."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg

from tests.api.conftest import People
from tests.api.server import Server

WORDS = ("Inlet", "outlet", "100%", "hot_end", "back\\slash", "Öl")
TAGS = ("hot", "cold", "night shift")
SHAS = ("8f2c1d0", "1a2b3c4", None)
STATES = ("draft", "running", "finished", "failed", "archived")
NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Piece:
    """When a profile holds, in days before now; None: without end."""

    sensor: int
    from_days: float | None
    to_days: float | None


# Two versions of sensor 0, one after the other; one of sensor 1, over; one of sensor 2, still to come.
PIECES = (Piece(0, None, 20), Piece(0, 20, None), Piece(1, 30, 25), Piece(2, -1, None))


@dataclass(frozen=True)
class Row:
    """A run as it was written; `sensors` are places in the archive's."""

    id: UUID
    experiment: int
    name: str
    notes: str
    git_sha: str | None
    tags: list[str]
    status: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    created_by: UUID
    sensors: list[int]


@dataclass(frozen=True)
class Archive:
    """Public ids, by place."""

    project: str
    experiments: Sequence[UUID]
    sensors: Sequence[UUID]
    profiles: Sequence[UUID]
    accounts: Sequence[UUID]
    rows: Sequence[Row]


def write_archive(server: Server, people: People, runs: int) -> Archive:
    """Makes it, the same each time but for its ids."""
    chance = random.Random(4)  # noqa: S311  # the same rows each time, not secrets
    project = people.owner.made("/projects", {"name": "archive"})["id"]
    accounts = [UUID(person.read("/auth/me")["id"]) for person in (people.owner, people.editor)]
    rows = [_row(chance, accounts, number) for number in range(runs)]
    archive = Archive(
        project,
        [uuid4() for _ in range(4)],
        [uuid4() for _ in range(4)],
        [uuid4() for _ in PIECES],
        accounts,
        rows,
    )
    with psycopg.connect(server.database_url) as connection:
        _write(connection, archive)
    return archive


def _row(chance: random.Random, accounts: Sequence[UUID], number: int) -> Row:
    status = chance.choice(STATES)
    # Few instants, so that there are ties.
    created_at = NOW - timedelta(days=40 - number // 3)
    started = created_at + timedelta(hours=chance.randrange(5))
    started_at = None if status == "draft" or (chance.random() < 0.1 and status == "archived") else started
    is_over = started_at is not None and status != "running"
    return Row(
        id=uuid4(),
        experiment=chance.randrange(3),
        name=" ".join(chance.sample(WORDS, 2)),
        notes=chance.choice(WORDS).upper(),
        git_sha=chance.choice(SHAS),
        tags=chance.sample(TAGS, chance.randrange(len(TAGS) + 1)),
        status=status,
        created_at=created_at,
        started_at=started_at,
        finished_at=started + timedelta(hours=chance.randrange(1, 48)) if is_over else None,
        created_by=chance.choice(accounts),
        sensors=sorted(chance.sample(range(3), chance.randrange(4))),
    )


def _write(connection: psycopg.Connection[Any], archive: Archive) -> None:
    project_id = _first(connection, "select id from project where public_id = %s", archive.project)
    experiments = [
        _first(
            connection,
            "insert into experiment (public_id, project_id, name) values (%s, %s, %s) returning id",
            public_id,
            project_id,
            f"experiment {place}",
        )
        for place, public_id in enumerate(archive.experiments)
    ]
    sensors = [
        _first(
            connection,
            "insert into sensor (public_id, project_id, key) values (%s, %s, %s) returning id",
            public_id,
            project_id,
            f"sensor {place}",
        )
        for place, public_id in enumerate(archive.sensors)
    ]
    for number, (public_id, piece) in enumerate(zip(archive.profiles, PIECES, strict=True)):
        profile = _first(
            connection,
            "insert into conversion_profile (public_id, sensor_id, number, kind, payload, content_hash)"
            " values (%s, %s, %s, 'identity', '{}', '') returning id",
            public_id,
            sensors[piece.sensor],
            number,
        )
        connection.execute(
            "insert into profile_validity values (%s, %s, tstzrange(%s, %s))",
            (sensors[piece.sensor], profile, _day(piece.from_days), _day(piece.to_days)),
        )
    for row in archive.rows:
        run_id = _write_run(connection, row, project_id, experiments[row.experiment])
        for sensor in row.sensors:
            connection.execute(
                "insert into run_sensor (run_id, sensor_id, project_id) values (%s, %s, %s)",
                (run_id, sensors[sensor], project_id),
            )


def _write_run(connection: psycopg.Connection[Any], row: Row, project_id: int, experiment_id: int) -> int:
    fields = vars(row) | {"project_id": project_id, "experiment_id": experiment_id}
    statement = (
        "insert into run (public_id, project_id, experiment_id, name, notes, git_sha, tags, status,"
        " created_at, started_at, finished_at, created_by)"
        " values (%(id)s, %(project_id)s, %(experiment_id)s, %(name)s, %(notes)s, %(git_sha)s, %(tags)s,"
        " %(status)s, %(created_at)s, %(started_at)s, %(finished_at)s, %(created_by)s) returning id"
    )
    row_or_none = connection.execute(statement, fields).fetchone()
    assert row_or_none is not None
    return row_or_none[0]


def _first(connection: psycopg.Connection[Any], statement: str, *parameters: object) -> int:
    row = connection.execute(statement.encode(), parameters).fetchone()
    assert row is not None
    return row[0]


def _day(days: float | None) -> datetime | None:
    return None if days is None else NOW - timedelta(days=days)


def holds(piece: Piece, row: Row) -> bool:
    """Whether a profile holds at some time of a run; from now on, if it has not started."""
    start, end = row.started_at or datetime.now(UTC), row.finished_at
    valid_from, valid_to = _day(piece.from_days), _day(piece.to_days)
    return (
        piece.sensor in row.sensors
        and (valid_to is None or start < valid_to)
        and (valid_from is None or end is None or valid_from < end)
    )
