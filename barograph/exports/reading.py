"""The file of an export while it is made: from one snapshot of the database, in a thread that reads ahead."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from barograph.database.connections import ThreadConnection, open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.exports.ahead import ReadAhead
from barograph.exports.blocks import blocks_of
from barograph.exports.pages import ReadingPages
from barograph.exports.scope import ExportScope
from barograph.exports.sensors import read_sensors
from barograph.exports.tables import ExportTables

# Tables that wait for their encoder.
TABLES_AHEAD = 2


@dataclass(frozen=True)
class ExportBlock:
    """A piece of the file, and how many rows of tables it and those before it are made of."""

    content: bytes
    rows_done: int


@contextmanager
def snapshot(database_url: str, transaction_s: float | None) -> Generator[ThreadConnection]:
    """A connection that sees one moment, for at most so many seconds; whoever takes longer is cut off.

    Raises:
        psycopg.OperationalError: the database does not answer.
    """
    role = replace(Role.EXPORTS, transaction_s=transaction_s)
    with open_connection(database_url, role) as connection:
        connection.execute(query("archive.lay_out"))
        connection.commit()
        connection.read_only = True
        yield connection


def export_blocks(connection: ThreadConnection, scope: ExportScope) -> Generator[ExportBlock]:
    """The file, block by block. Closed early, it ends the statement that is under way.

    Raises:
        Invalid: it would be too large for one transaction, or have too many columns.
        psycopg.Error: the database went away, or the transaction took longer than it may.
    """
    tables = ExportTables.of(scope, read_sensors(connection, scope))
    pages = ReadingPages(connection, scope, tables.page_rows)
    ahead = ReadAhead(tables.read(pages), TABLES_AHEAD, "export-pages")
    counted = _Counted(ahead)
    with closing(_Cancelling(connection, ahead)):
        for content in blocks_of(tables, counted):
            if content:
                yield ExportBlock(content, counted.rows)


class _Cancelling:
    """Ends what reads ahead, and first the statement that it waits for."""

    def __init__(self, connection: ThreadConnection, ahead: ReadAhead[Any]) -> None:
        self._connection, self._ahead = connection, ahead

    def close(self) -> None:
        self._ahead.stop()
        if not self._ahead.is_done:
            self._connection.cancel_safe(timeout=5)
        self._ahead.close()


class _Counted:
    """Tables, and how many rows those had that were taken."""

    def __init__(self, tables: Iterator[Any]) -> None:
        self._tables = tables
        self.rows = 0

    def __iter__(self) -> Iterator[Any]:
        for table in self._tables:
            self.rows += table.num_rows
            yield table
