"""Works on one import until it ends, is paused, or the process stops.

Why: decision 80.
"""

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import psycopg
import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from backfill.imports.file import FileFound, FileRows, read_file
from backfill.imports.piece_storing import PieceStoring
from backfill.imports.pieces import ImportPiece, pieces
from backfill.imports.progress import ImportProgress
from barograph.catalog.catalog import CatalogCache
from barograph.database.failures import DATA_AT_FAULT, FailureKind, kind_of
from barograph.database.queries import query
from barograph.database.rows import fetch_row, fetch_rows, find_row
from barograph.errors import BarographError, Invalid, fault_text
from barograph.parsing.limits import ParserLimits
from barograph.parsing.parser import Parser
from barograph.parsing.task import ParserTask
from barograph.plain_words import error_text
from barograph.readings.storing import producer_ledger as ledger
from barograph.readings.storing.producer_ledger import SequenceClaim
from barograph.readings.storing.store import Connection, connect
from barograph.readings.storing.storing import LentConnection, Storer
from barograph.tables.files.import_files import file_of
from barograph.tables.mapping import TableMapping
from barograph.tables.readings import TableReadings

MAX_ATTEMPTS = 5
TURN_S = 30.0
WORTHWHILE = 10
TRANSACTION_TIMEOUT_S = 60
CPU_S = 60
# So much of a file is read in a second at least, or else too slowly.
MIN_BYTES_S = 2_000_000
MEMORY_BYTES = 2 * 2**30
# A file may be mapped beside a copy of it in UTF-8, which may be half as long again.
COPIES = 3
log = structlog.stdlib.get_logger(__name__)


class Interrupted(Exception):
    """The import was paused or ended, or another worker has taken it up."""


class TurnOver(Exception):
    """An import of another project waits. This one is taken up again later."""


class Taken(BaseModel):
    """An import that this worker holds the lock of."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    id: int
    public_id: UUID
    project_id: int
    sha256: bytes | None
    how: TableMapping
    factors: dict[str, tuple[float, float]]
    batch_rows: int
    rows_total: int | None
    attempts: int


class Importer(NamedTuple):
    """Works on imports."""

    database_url: str
    catalogs: CatalogCache
    folder: Path


def work_on_imports(importer: Importer) -> None:
    """Takes the first running import that nobody works on, and works on it."""
    try:
        with connect(importer.database_url, transaction_timeout_s=TRANSACTION_TIMEOUT_S) as connection:
            taken = _take(connection)
            if taken is not None:
                _work_on(connection, importer, taken)
    except (psycopg.Error, OSError) as error:
        if not _passes(error):
            raise
        log.warning("an import was broken off; it will be taken up again", error=error_text(error))


def _take(connection: Connection) -> Taken | None:
    for waiting in fetch_rows(connection, query("import.waiting"), {}):
        import_id = waiting["id"]
        lock = fetch_row(connection, query("import.try_lock"), waiting)
        if lock["is_ours"] and (row := _row(connection, "import.take", import_id)):
            connection.execute(query("import.take_turn"), waiting)
            try:
                return Taken.model_validate(row)
            except ValidationError as error:  # started by a release that understood more, or less
                failure = f"how it is read is not understood: {fault_text(error.errors()[0]['msg'])}"
                _finish(connection, import_id, "failed", failure)
    return None


def _work_on(connection: Connection, importer: Importer, taken: Taken) -> None:
    try:
        if taken.attempts > MAX_ATTEMPTS:
            raise Invalid(f"{MAX_ATTEMPTS} workers ended while they read on from the last piece stored")
        _Import(connection, importer, taken).run()
        _finish(connection, taken.id, "finished")
    except TurnOver:
        connection.execute(query("import.give_back_attempt"), {"id": taken.id})
    except Interrupted:
        log.info("import interrupted", id=str(taken.public_id))
    except BarographError as error:
        faults = [f"{fault.pointer}: {fault.detail}" for fault in getattr(error, "errors", ())]
        _finish(connection, taken.id, "failed", "; ".join([error.detail, *faults]))
    except (psycopg.Error, OSError) as error:
        if kind_of(error) in DATA_AT_FAULT:
            _finish(connection, taken.id, "failed", f"the database refuses a piece: {error}")
            return
        if _passes(error):
            # This worker lives: it is not the file that ends workers.
            connection.execute(query("import.give_back_attempt"), {"id": taken.id})
        raise


def _passes(error: BaseException) -> bool:
    """Whether the database is away, or there is no room, here or there: it is no fault of the file."""
    return kind_of(error) not in DATA_AT_FAULT | {FailureKind.FAULTY}


def _finish(connection: Connection, import_id: int, status: str, failure: str = "") -> None:
    # Whoever reads that it finished may let go of the file, so a standby must have it.
    with connection.transaction():
        connection.execute(query("import.finish"), {"id": import_id, "status": status, "failure": failure})
    log.info("import ended", import_id=import_id, status=status, failure=failure)


class ImportTurn:
    """A turn: how long an import goes on while one of another project waits.

    To take it up again costs another look at the whole file, so that it goes on for many times as long.
    """

    def __init__(self, connection: Connection, project_id: int, begun_s: float) -> None:
        self._connection, self._project_id = connection, project_id
        now_s = time.monotonic()
        self._turn_s = max(TURN_S, WORTHWHILE * (now_s - begun_s))
        self._end_s = now_s + self._turn_s

    def check(self) -> None:
        """Checks whether to go on, between two pieces.

        Raises:
            TurnOver: the time is over, and somebody waits.
        """
        if time.monotonic() < self._end_s:
            return
        waiting = fetch_rows(self._connection, query("import.waiting"), {})
        if any(each["project_id"] != self._project_id for each in waiting):
            raise TurnOver
        self._end_s = time.monotonic() + self._turn_s


class _Import:
    def __init__(self, connection: Connection, importer: Importer, taken: Taken) -> None:
        self._connection = connection
        self._catalogs = importer.catalogs
        self._path = file_of(importer.folder, taken.public_id)
        self._taken = taken
        # Waits for whoever held it, so that the progress read next is final.
        self._producer = ledger.take_over(connection, taken.project_id, f"import/{taken.public_id}")
        self._seq = self._producer.last_seq
        row = _row(connection, "import.progress", taken.id)
        if row is None:
            raise Interrupted
        self._progress = ImportProgress(**row)

    def run(self) -> None:
        """Stores what is left.

        Raises:
            Invalid: the file can't be read, or not on from some row, or nothing in it could be stored.
            Interrupted: somebody wants it so.
            TurnOver: others have waited long enough.
        """
        turn = ImportTurn(self._connection, self._taken.project_id, time.monotonic())
        with closing(self._parts()) as parts:
            for number, part in enumerate(parts):
                if number:
                    turn.check()
                for piece, is_last in self._left(part.readings):
                    self._store(piece, part.height if is_last else 0, part.readings)
        if not self._progress.accepted:
            raise Invalid(f"no reading was stored: {self._progress.what_else()}")

    def _parts(self) -> Generator[FileRows]:
        """The rows that are left, which a parser reads while those before them are stored."""
        if not self._path.exists():
            raise Invalid("the file is not in this worker's data directory")
        taken, size_bytes = self._taken, self._path.stat().st_size
        arguments = (
            self._path,
            taken.how,
            taken.batch_rows,
            self._progress.rows_done,
            taken.rows_total is None,
        )
        task = ParserTask(read_file, arguments, COPIES * size_bytes, is_stream=True)
        with Parser(file_limits(size_bytes), read_file.__module__) as parser:
            for part in parser.iterate(task):
                if isinstance(part, FileFound):
                    self._note(part)
                else:
                    yield part

    def _note(self, found: FileFound) -> None:
        said = self._taken.sha256
        if said is not None and said != found.sha256:
            raise Invalid("the file's SHA-256 is not the one that was said: it was damaged on its way")
        parameters = {"id": self._taken.id, "rows_total": found.rows, "sha256": found.sha256}
        self._connection.execute(query("import.found"), parameters)

    def _left(self, readings: TableReadings) -> Iterator[tuple[ImportPiece, bool]]:
        """The pieces that are not stored, and whether each is the last of its rows."""
        every = list(pieces(readings, self._taken.factors))
        for number in range(self._progress.pieces_done, len(every)):
            yield every[number], number == len(every) - 1

    def _store(self, piece: ImportPiece, rows: int, readings: TableReadings) -> None:
        """One piece, and with the last of its rows these rows, in one transaction."""
        taken = self._taken
        task = PieceStoring(taken.project_id, taken.id, self._producer.producer_id.row_id, self._seq + 1)
        lent = LentConnection(self._connection)
        storer = Storer(lent, self._catalogs, task)
        with self._connection.transaction():
            progress = self._progress.with_piece(np.concatenate(list(storer.store(piece))))
            progress = progress.with_rows(rows, readings) if rows else progress
            self._claim(progress)
        self._seq += 1
        self._progress = progress

    def _claim(self, progress: ImportProgress) -> None:
        """Claims this piece's number in the producer's sequence, and writes the import's progress with it."""
        producer_id, epoch, _ = self._producer
        number = self._seq + 1
        if not ledger.claim(self._connection, [SequenceClaim(producer_id, epoch, number, number)]):
            raise Interrupted
        parameters = progress.parameters() | {"id": self._taken.id}
        if not self._connection.execute(query("import.advance"), parameters).fetchall():
            raise Interrupted


def file_limits(size_bytes: int) -> ParserLimits:
    """Limits for each piece of a file. Before the first piece, the whole file is looked through."""
    cpu_s = CPU_S + size_bytes // MIN_BYTES_S
    return ParserLimits(cpu_s, 3 * cpu_s, MEMORY_BYTES)


def _row(connection: Connection, name: str, import_id: int) -> dict[str, Any] | None:
    return find_row(connection, query(name), {"id": import_id})
