"""The embedded servers, for real."""

import psycopg
from redis import Redis


def test_a_database_has_timescaledb_and_commits_durably(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("create extension if not exists timescaledb")
        settings = connection.execute(
            "select current_setting('fsync'), current_setting('synchronous_commit')"
        ).fetchone()
    assert settings == ("on", "on")


def test_redis_starts_empty(redis_url: str) -> None:
    # redis leaves the extra arguments of its methods untyped
    with Redis.from_url(redis_url) as client:  # pyright: ignore[reportUnknownMemberType]
        assert client.dbsize() == 0  # pyright: ignore[reportUnknownMemberType]
