"""Projects to test and measure with, made straight in the database."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from conversion import compile_profile


@dataclass(frozen=True)
class Profile:
    """A profile to activate, over all of time unless bounds are given (as PostgreSQL reads them)."""

    kind: str = "linear"
    payload: Any = None
    valid_from: str | None = None
    valid_to: str | None = None


@dataclass(frozen=True)
class Project:
    """A project with its sensors, and a token that may send to it."""

    id: int
    public_id: UUID
    token: str
    token_id: UUID
    keys: Sequence[str]
    sensor_ids: Sequence[int]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def seed_project(
    database_url: str, sensors: int = 3, profiles: Sequence[Profile] = (), *, status: str = "active"
) -> Project:
    """A project with sensors s0, s1, …, each with the same profiles."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "insert into project (name) values ('test') returning id, public_id"
        ).fetchone()
        assert row is not None
        project_id, public_id = row
        keys = [f"s{number}" for number in range(sensors)]
        sensor_ids = [_add_sensor(connection, project_id, key, status, profiles) for key in keys]
        token, token_id = add_token(connection, project_id)
    return Project(project_id, public_id, token, token_id, keys, sensor_ids)


def add_token(
    connection: psycopg.Connection[Any],
    project_id: int,
    *,
    sensors: list[int] | None = None,
    producers: list[str] | None = None,
    expires_at: str | None = None,
) -> tuple[str, UUID]:
    """A new token: its text and its id."""
    change_catalog(connection, project_id)
    token = f"bgi_{secrets.token_urlsafe(32)}"
    row = connection.execute(
        "insert into ingest_token (project_id, name, token_hash, sensors, producers, expires_at)"
        " values (%s, 'test', %s, %s, %s, %s) returning id",
        (project_id, hashlib.sha256(token.encode()).digest(), sensors, producers, expires_at),
    ).fetchone()
    assert row is not None
    return token, row[0]


def change_catalog(connection: psycopg.Connection[Any], project_id: int) -> None:
    """What every change that ingest must obey does in its own transaction."""
    connection.execute("select pg_advisory_xact_lock(1, %s)", (project_id,))
    connection.execute(
        "update project set catalog_version = catalog_version + 1 where id = %s", (project_id,)
    )
    connection.execute("select pg_notify('barograph_catalog', %s::text)", (project_id,))


def _add_sensor(
    connection: psycopg.Connection[Any], project_id: int, key: str, status: str, profiles: Sequence[Profile]
) -> int:
    row = connection.execute(
        "insert into sensor (project_id, key, status) values (%s, %s, %s) returning id",
        (project_id, key, status),
    ).fetchone()
    assert row is not None
    for number, profile in enumerate(profiles, 1):
        add_profile(connection, row[0], number, profile)
    return row[0]


def add_profile(connection: psycopg.Connection[Any], sensor_id: int, number: int, profile: Profile) -> int:
    """A version of a sensor's profile, valid as it says; its id."""
    payload = {"slope": 1, "offset": 0} if profile.payload is None else profile.payload
    compiled = compile_profile({"kind": profile.kind, "payload": payload})
    row = connection.execute(
        "insert into conversion_profile (sensor_id, number, kind, payload, content_hash)"
        " values (%s, %s, %s, %s, %s) returning id",
        (sensor_id, number, profile.kind, Jsonb(payload), compiled.content_hash),
    ).fetchone()
    assert row is not None
    connection.execute(
        "insert into profile_validity (sensor_id, profile_id, during) values (%s, %s, tstzrange(%s, %s))",
        (sensor_id, row[0], profile.valid_from, profile.valid_to),
    )
    return row[0]
