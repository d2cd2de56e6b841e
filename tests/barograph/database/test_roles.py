"""What each role's connections begin with, as the server sees it."""

import asyncio
from typing import Any

import pytest
from psycopg.rows import DictRow

from barograph.database.connections import (
    create_pool,
    create_thread_pool,
    open_connection,
    open_durable_connection,
    open_listening_connection,
)
from barograph.database.roles import ConnectionRole, Role

ROLES: dict[str, ConnectionRole[Any]] = {
    name: role for name, role in vars(Role).items() if isinstance(role, ConnectionRole)
}
SETTINGS = (
    "select current_setting('application_name') as name, current_setting('timezone') as zone,"
    " current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,"
    " current_setting('transaction_timeout') as transaction,"
    " current_setting('idle_in_transaction_session_timeout') as idle"
)


@pytest.mark.parametrize("name", ROLES)
def test_no_role_waits_for_ever_for_a_server_that_is_gone(name: str) -> None:
    arguments = ROLES[name].arguments()
    assert 2 <= arguments["connect_timeout"] <= 5
    assert (
        arguments["keepalives_idle"] + arguments["keepalives_count"] * arguments["keepalives_interval"] < 30
    )
    assert arguments["tcp_user_timeout"] < 30_000


@pytest.mark.parametrize("name", ROLES)
def test_no_role_lowers_what_a_commit_means(name: str) -> None:
    assert "synchronous_commit" not in ROLES[name].arguments()["options"]


def test_a_connection_begins_as_its_role_says(server_url: str) -> None:
    role = ConnectionRole[DictRow](
        name="somebody", rows=Role.RETENTION.rows, statement_s=1.5, lock_s=2, idle_in_transaction_s=10
    )
    with open_connection(server_url, role) as connection:
        row = connection.execute(SETTINGS).fetchone()
    assert row is not None
    assert row == {
        "name": "somebody",
        "zone": "UTC",
        "statement": "1500ms",
        "lock": "2s",
        "transaction": "0",
        "idle": "10s",
    }


def test_a_storing_connection_takes_the_time_it_is_given(database_url: str) -> None:
    with open_durable_connection(database_url, transaction_s=160) as connection:
        row = connection.execute(SETTINGS).fetchone()
    assert row == ("barograph-store", "UTC", "0", "0", "160s", "10s")


def test_pools_open_connections_of_their_role(server_url: str) -> None:
    with create_thread_pool(server_url, 1, Role.WORK) as pool, pool.connection() as connection:
        with connection.transaction():
            isolation = connection.execute("show transaction_isolation").fetchone()
        assert isolation == {"transaction_isolation": "repeatable read"}
        assert connection.execute("show statement_timeout").fetchone() == {"statement_timeout": "30s"}
    assert asyncio.run(timeout_of_a_pooled(server_url, Role.EDGES)) == "15s"


async def timeout_of_a_pooled(url: str, role: ConnectionRole[DictRow]) -> str:
    async with create_pool(url, 1, role) as pool, pool.connection() as connection:
        row = await (await connection.execute("show statement_timeout")).fetchone()
    assert row is not None
    return row["statement_timeout"]


def test_who_listens_is_told_apart(server_url: str) -> None:
    async def name() -> object:
        async with await open_listening_connection(server_url) as connection:
            return await (await connection.execute("show application_name")).fetchone()

    assert asyncio.run(name()) == ("barograph-listen",)
