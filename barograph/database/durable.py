"""Connections whose COMMIT means what the operator asked for: on disk, and on the synchronous standby if any.

PostgreSQL's COMMIT waits for the standby, but a transaction may become visible although nobody waited:

    its wait was cancelled, as by `pg_cancel_backend`    COMMIT succeeds, with a warning
    the server was killed while the transaction waited   recovery finds it in the log, and it counts

So after a warning, and after a look at what others stored, a small transaction is committed that writes to
the log. It comes after what was seen, and the standby has both once it has confirmed the later one.

Why: decision 101.
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGconn
from psycopg.rows import DictRow, dict_row

from barograph.database.queries import query


class Unconfirmed(psycopg.OperationalError):
    """The transaction was committed here, but the standby may not have it. To be treated as a lost COMMIT."""


class _CommitWarning:
    """Whether the server has warned of something since the last look."""

    def __init__(self) -> None:
        self._was_heard = False

    def note(self, notice: psycopg.errors.Diagnostic) -> None:
        # The words are in the server's language, and of the same class for whatever it warns of. One
        # transaction too many, after a warning of something else, does no harm.
        self._was_heard |= notice.severity_nonlocalized == "WARNING"

    def take(self) -> bool:
        was_heard, self._was_heard = self._was_heard, False
        return was_heard

    def refuse(self) -> None:
        """Raises if the server has warned.

        Raises:
            Unconfirmed: it has.
        """
        if self.take():
            raise Unconfirmed("the wait for the synchronous standby was cancelled")


class DurableConnection(psycopg.Connection[Any]):
    """A connection whose `transaction` and `commit` come back without doubt or not at all."""

    def __init__(self, pgconn: PGconn) -> None:
        super().__init__(pgconn)
        self._warning = _CommitWarning()
        self.add_notice_handler(self._warning.note)

    @contextmanager
    def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> Generator[psycopg.Transaction]:
        """Begins a transaction as the driver does.

        Raises:
            Unconfirmed: committed, but the standby may not have it.
        """
        with super().transaction(savepoint_name, force_rollback) as transaction:
            yield transaction
        if self.info.transaction_status == TransactionStatus.IDLE and self._warning.take():
            self.confirm()

    def commit(self) -> None:
        """Commits as the driver does.

        Raises:
            Unconfirmed: committed, but the standby may not have it.
        """
        super().commit()
        if self._warning.take():
            self.confirm()

    def confirm(self) -> None:
        """Returns once everything that this connection has seen is as durable as the operator asked for.

        Raises:
            Unconfirmed: the wait was cancelled.
        """
        self.execute(query("durable.write_mark"))
        super().commit()
        self._warning.refuse()


class AsyncDurableConnection(psycopg.AsyncConnection[DictRow]):
    """The same for an event loop."""

    def __init__(self, pgconn: PGconn) -> None:
        super().__init__(pgconn, dict_row)
        self._warning = _CommitWarning()
        self.add_notice_handler(self._warning.note)

    @asynccontextmanager
    async def transaction(
        self, savepoint_name: str | None = None, force_rollback: bool = False
    ) -> AsyncGenerator[psycopg.AsyncTransaction]:
        """Begins a transaction as the driver does.

        Raises:
            Unconfirmed: committed, but the standby may not have it.
        """
        async with super().transaction(savepoint_name, force_rollback) as transaction:
            yield transaction
        if self.info.transaction_status == TransactionStatus.IDLE and self._warning.take():
            await self.confirm()

    async def commit(self) -> None:
        """Commits as the driver does.

        Raises:
            Unconfirmed: committed, but the standby may not have it.
        """
        await super().commit()
        if self._warning.take():
            await self.confirm()

    async def confirm(self) -> None:
        """Returns once everything that this connection has seen is as durable as the operator asked for.

        Raises:
            Unconfirmed: the wait was cancelled.
        """
        await self.execute(query("durable.write_mark"))
        await super().commit()
        self._warning.refuse()
