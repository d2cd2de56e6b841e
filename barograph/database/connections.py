"""The one door to PostgreSQL, and the one place where driver errors become ours.

Programs that serve requests share an async pool; threads that carry readings own a connection each.

Why: decision 31.
"""

import select
from functools import partial
from typing import Any, TypeAlias

import psycopg
from psycopg.rows import DictRow
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from barograph.database.arrays import register
from barograph.database.durable import AsyncDurableConnection, DurableConnection
from barograph.database.failures import FailureKind, kind_of
from barograph.database.queries import query
from barograph.database.roles import ConnectionRole, Role, Row
from barograph.errors import BarographError, Conflict, Invalid, Unavailable

Connection: TypeAlias = AsyncDurableConnection
Pool: TypeAlias = AsyncConnectionPool[Connection]
ThreadConnection: TypeAlias = psycopg.Connection[DictRow]

POOL: dict[str, Any] = {
    "timeout": 5,
    # After so long without a database, the next request asks for it at once, instead of waiting for
    # an attempt that may be minutes away by then.
    "reconnect_timeout": 5,
    "open": False,
}

# Said to the client when a constraint, or a guard that speaks as one, decides what two requests at once
# would otherwise both do.
CONFLICTS = {
    "account_email_key": "an account with this email exists",
    "experiment_name_key": "the project has an experiment with this name",
    "run_experiment_id_fkey": "the experiment has runs; archive it, or delete them first",
    "experiment_has_running_runs": "the experiment has running runs",
    "experiment_is_archived": "the experiment is archived",
    "run_has_active_capture_session": "the run has a capture session that is running or backfilling",
    "run_has_ended": "the run has ended; its capture sessions are those it had",
    "capture_session_is_active": "the capture session is running or backfilling",
    "capture_session_is_backfilling": "an open backfill touches the capture session, and gives it back",
    "capture_session_is_kept": "a capture session that has succeeded is archived, not deleted",
    "sensor_is_decommissioned": "a decommissioned sensor takes no part in capture sessions",
    "sensor_is_in_active_capture_session": "a capture session with the sensor is running or backfilling",
    "sensor_key_key": "the project has a sensor with this key",
    "conversion_profile_number_key": "another version was saved at the same moment; try again",
    "profile_validity_overlap": "another version was activated at the same moment; try again",
    "producer_name_key": "the project has a producer with this name",
    "member_pkey": "they are a member of the project already",
    "project_keeps_an_owner": "a project keeps at least one owner who can log in",
    "factor_credential_id_key": "this authenticator is a factor of an account already",
    "account_admin_is_active": "the admin can't be deactivated",
}


def open_connection(database_url: str, role: ConnectionRole[Row]) -> psycopg.Connection[Row]:
    """A connection for one thread.

    Raises:
        psycopg.OperationalError: the database does not answer in the time that the role has.
    """
    connection = psycopg.Connection[Row].connect(database_url, row_factory=role.rows, **role.arguments())
    _begin(connection, role)
    return connection


def open_durable_connection(database_url: str, *, transaction_s: float) -> DurableConnection:
    """A connection for storing readings, owned by one thread.

    Raises:
        psycopg.OperationalError: the database does not answer.
    """
    arguments = Role.STORE.arguments(transaction_s=transaction_s)
    connection = DurableConnection.connect(database_url, **arguments)
    _begin(connection, Role.STORE)
    connection.execute(query("durable.raise_level"))
    return connection


async def open_listening_connection(database_url: str) -> psycopg.AsyncConnection:
    """A connection for an event loop, to wait for notices.

    Raises:
        psycopg.OperationalError: the database does not answer.
    """
    return await psycopg.AsyncConnection.connect(database_url, **Role.NOTICES.arguments())


def check_answers(database_url: str) -> None:
    """Comes back if the server lets us in.

    Raises:
        psycopg.OperationalError: it does not.
    """
    open_connection(database_url, Role.PROBE).close()


def create_pool(database_url: str, size: int, role: ConnectionRole[DictRow] = Role.REQUESTS) -> Pool:
    """A pool that is not open yet; rows are dicts, times are UTC. Waits 5 s for a free connection."""

    async def check(connection: Connection) -> None:
        try:
            await _check_if_readable(connection)
        except psycopg.Error:
            await pool.drain()
            raise

    pool = AsyncConnectionPool(
        database_url,
        connection_class=AsyncDurableConnection,
        kwargs={"row_factory": role.rows, **role.arguments()},
        min_size=1,
        max_size=size,
        max_lifetime=600,
        check=check,
        configure=_configure,
        **POOL,
    )
    return pool


def create_thread_pool(database_url: str, size: int, role: ConnectionRole[DictRow]) -> "ThreadPool":
    """A pool for threads, not open yet. Connections stay, for a new one takes longer than many a claim."""
    return ThreadPool(
        database_url,
        connection_class=psycopg.Connection[DictRow],
        kwargs={"row_factory": role.rows, **role.arguments()},
        configure=partial(_begin, role=role),
        min_size=0,
        max_size=size,
        **POOL,
    )


class ThreadPool(ConnectionPool[ThreadConnection]):
    """A pool for threads. Where one connection is dead, its server has restarted, and the others are, too:
    all are replaced at once. Found one by one, with growing pauses, they would cost a caller 5 s.
    """

    def __init__(self, database_url: str, **options: Any) -> None:  # noqa: ANN401  # ConnectionPool's
        super().__init__(database_url, check=self._drain_if_dead, **options)

    def _drain_if_dead(self, connection: ThreadConnection) -> None:
        try:
            self.check_connection(connection)
        except psycopg.Error:
            self.drain()
            raise


def _begin(connection: psycopg.Connection[Any], role: ConnectionRole[Any]) -> None:
    connection.isolation_level = role.isolation
    if role.takes_arrays:
        register(connection)


async def _configure(connection: Connection) -> None:
    register(connection)
    await connection.execute(query("durable.raise_level"))
    await connection.commit()


async def _check_if_readable(connection: Connection) -> None:
    """So that no request fails on a connection that died with the database; the others died, too.

    A server that goes away closes its connections, and what is closed can be read: only such a connection
    is asked whether it lives. To ask each one, each time, is a round trip that costs a twentieth of a
    small request.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        await AsyncConnectionPool.check_connection(connection)  # pyright: ignore[reportArgumentType]  # any row will do


def translate(error: psycopg.Error) -> BarographError:
    """Our error for one of the driver's, whose own words are never shown to a client.

    Conflict where a constraint refused the row, Invalid for a value the database can't hold, Unavailable
    where there is no connection or the server gave up for want of time or room.
    """
    match error:
        case psycopg.IntegrityError() if error.diag.constraint_name in CONFLICTS:
            return Conflict(CONFLICTS[error.diag.constraint_name])
        case psycopg.errors.ForeignKeyViolation():
            return Conflict("something else depends on it, or what it names is gone")
        case psycopg.DataError() | psycopg.errors.CheckViolation() | psycopg.errors.ProgramLimitExceeded():
            return Invalid("a value is out of the range that can be stored")
        case _:
            return _of_kind(kind_of(error))


def _of_kind(kind: FailureKind) -> BarographError:
    match kind:
        case FailureKind.REPEATED:
            return Conflict("it exists already")
        case FailureKind.LATE:
            return Unavailable("the database took too long over this; ask for less at once, or try again")
        case FailureKind.REFUSED | FailureKind.FAULTY:
            return BarographError("the database refused a statement")
        case _:
            return Unavailable("the database does not answer; try again")
