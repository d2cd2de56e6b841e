"""Connections whose COMMIT comes back without doubt; tests/ingest/drills/test_standby.py has the standby."""

import asyncio

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from barograph.database.connections import create_pool
from barograph.database.queries import query
from barograph.readings.storing.store import connect


@pytest.mark.parametrize(
    ("level", "kept"),
    [("off", "on"), ("local", "on"), ("remote_write", "on"), ("on", "on"), ("remote_apply", "remote_apply")],
)
def test_the_operators_level_is_raised_to_on_and_never_lowered(
    database_url: str, level: str, kept: str
) -> None:
    with psycopg.connect(database_url) as connection:
        database = SQL("alter database {} set synchronous_commit = {}")
        connection.execute(database.format(Identifier(connection.info.dbname), Identifier(level)))
    with connect(database_url) as connection:
        assert connection.execute("show synchronous_commit").fetchone() == (kept,)
    assert asyncio.run(pooled_level(database_url)) == kept


async def pooled_level(database_url: str) -> str:
    async with create_pool(database_url, 1) as pool, pool.connection() as connection:
        row = await (await connection.execute("show synchronous_commit")).fetchone()
    assert row is not None
    return row["synchronous_commit"]


def test_nothing_is_written_for_a_confirmation_where_no_standby_is_waited_for(database_url: str) -> None:
    with connect(database_url) as connection, connection.transaction():
        connection.execute(query("durable.write_mark"))
        assert connection.execute("select pg_current_xact_id_if_assigned()").fetchone() == (None,)
