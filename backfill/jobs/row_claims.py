"""Taking work that is rows of a table, so that nothing is lost, nothing is done twice, and nothing blocks.

A claim deletes the rows it takes and does their work in one REPEATABLE READ transaction. One that meets
another's change starts over; one that fails is tried with half the rows, until the row at fault is alone,
which is then held for a while.

Why: decision 51.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import LiteralString

import psycopg
import structlog
from psycopg.rows import DictRow
from psycopg_pool import ConnectionPool

from barograph.database.connections import create_thread_pool
from barograph.database.failures import FailureKind, kind_of
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.errors import BarographError

Connection = psycopg.Connection[DictRow]
Pool = ConnectionPool[Connection]

# Another transaction came first, or has stored the same bucket: from the start, with what it left.
CAME_SECOND = frozenset({FailureKind.OVERTAKEN, FailureKind.REPEATED})
NOT_THE_ROWS = CAME_SECOND | {FailureKind.AWAY}
MAX_TRIES = 10
HOLD_S = 300
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class RowClaim:
    """Rows that are done and gone. `is_full` where it took as much as it may at once: there may be more.

    Attributes:
        oldest_s: how old the oldest of them was, where somebody asks for that.
    """

    ids: Sequence[int]
    is_full: bool
    oldest_s: float = 0.0


class RowsFailed(Exception):
    """The work of these rows could not be done."""

    def __init__(self, ids: Sequence[int]) -> None:
        super().__init__(f"{len(ids)} rows")
        self.ids = ids


def create_work_pool(database_url: str, size: int) -> Pool:
    """Connections for claims, not open yet."""
    return create_thread_pool(database_url, size, Role.WORK)


def claim_rows(
    connection: Connection, claim: Callable[[int], RowClaim | None], hold: LiteralString, max_rows: int
) -> RowClaim | None:
    """Claims up to `max_rows` rows, and fewer while that fails.

    Args:
        connection: outside any transaction.
        claim: takes and does so many rows in one transaction; None: there are none. Raises RowsFailed.
        hold: the statement that puts rows aside.
        max_rows: at least 1.

    Returns:
        what was done, or held; None where nothing is left, or others always come first.

    Raises:
        psycopg.OperationalError: the connection is lost.
    """
    while True:
        try:
            return _claim_unless_overtaken(claim, max_rows)
        except RowsFailed as failure:
            if len(failure.ids) == 1:
                log.exception("work that fails even alone is held", row=failure.ids[0], hold_s=HOLD_S)
                connection.execute(hold, {"ids": failure.ids, "hold_s": HOLD_S})
                return RowClaim(failure.ids, is_full=True)
            max_rows = max(1, len(failure.ids) // 2)


@contextmanager
def blame_rows(connection: Connection, ids: Sequence[int]) -> Generator[None]:
    """Where claimed rows are worked on: what goes wrong is their fault, unless others came first, the
    database is away or has no room, or the connection is lost.
    """
    try:
        yield
    except (psycopg.Error, BarographError) as error:
        if connection.closed or kind_of(error) in NOT_THE_ROWS:
            raise
        raise RowsFailed(ids) from error


def unlock(connection: Connection) -> None:
    """Lets go of whatever this connection has locked beyond transactions."""
    if not connection.closed:
        connection.execute(query("rollup.unlock"))


def _claim_unless_overtaken(claim: Callable[[int], RowClaim | None], max_rows: int) -> RowClaim | None:
    for _ in range(MAX_TRIES):
        try:
            return claim(max_rows)
        except psycopg.Error as error:
            if kind_of(error) not in CAME_SECOND:
                raise
    return None
