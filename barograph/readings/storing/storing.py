"""Stores readings: the one driver of ingest, of imports, and of dead letters that are tried again.

    one transaction: catalog locks -> the catalogs that hold -> prepare -> what goes with it (claims, dead
                     letters, progress) -> COPY -> dirty seconds

A `StoringTask` says what differs. What is done after a failure is in `storing_steps.py`; how long that is
done, and by which connection, is a `StoringConnection`'s to say.

Work may be of several projects. They are stored together, unless somebody changes the catalog of one.

Why: decision 185, decision 851.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Generic, NamedTuple, Protocol, TypeVar

import psycopg
import structlog
from psycopg.pq import TransactionStatus

from barograph.catalog.catalog import Catalog, CatalogCache
from barograph.database.failures import FailureKind, kind_of
from barograph.errors import NotFound
from barograph.plain_words import error_text
from barograph.readings.rejects.reject_codes import RejectCode
from barograph.readings.storing.store import (
    CatalogsHeld,
    Connection,
    PreparedProject,
    count_chunks,
    lock_catalogs,
    store_readings,
)
from barograph.readings.storing.storing_steps import (
    MAX_CHUNKS,
    StoringFault,
    StoringStep,
    fault_of,
    next_step,
)

log = structlog.stdlib.get_logger(__name__)


class HoldsPrepared(Protocol):
    """Work as an attempt prepares it, and what its task keeps with it."""

    @property
    def projects(self) -> Sequence[PreparedProject]:
        """The readings to store, by project, ascending."""
        ...


WorkT = TypeVar("WorkT")
BatchT = TypeVar("BatchT", bound=HoldsPrepared)
ReceiptT = TypeVar("ReceiptT")
ReceiptT_co = TypeVar("ReceiptT_co", covariant=True)


class StoringAttempt(NamedTuple):
    """An attempt to store: the connection and the catalogs by which work is prepared.

    Attributes:
        connection: in the transaction of the attempt.
        catalogs: those that hold until its commit, by project; without projects that are no more.
        refuse_as: why to refuse what would be accepted; None to accept it.
    """

    connection: Connection
    catalogs: Mapping[int, Catalog]
    refuse_as: RejectCode | None

    @property
    def catalog(self) -> Catalog:
        """The catalog of work of one project.

        Raises:
            NotFound: no such project.
        """
        for catalog in self.catalogs.values():
            return catalog
        raise NotFound("there is no such project")


class Unclaimed(Exception):
    """The seq or key of the batch is not ours to take; the transaction must be rolled back."""


class _TooWide(Exception):
    """The batch touches more chunks than one commit may, and can be split."""


class StoringTask(Protocol[WorkT, BatchT, ReceiptT_co]):
    """A task of the driver: what is stored, and what goes with it."""

    def project_ids(self, work: WorkT) -> Sequence[int]:
        """The projects whose readings the work holds, each once."""
        ...

    def apart(self, work: WorkT, project_ids: Sequence[int]) -> Sequence[WorkT]:
        """Work of several projects as one without these, and one of each of these."""
        ...

    def prepare(self, attempt: StoringAttempt, work: WorkT) -> BatchT:
        """The work as this attempt is to store it."""
        ...

    def write_beside(self, connection: Connection, batch: BatchT) -> None:
        """Claims and writes what must be committed with the readings, or not at all.

        Raises:
            Unclaimed: it is not ours to take.
        """
        ...

    def receipts(self, batch: BatchT) -> Sequence[ReceiptT_co]:
        """The receipts of the batch's work. Called once it is committed."""
        ...

    def halves(self, work: WorkT) -> tuple[WorkT, WorkT] | None:
        """The work as two that are stored in this order; None if it is not to be split."""
        ...


class OneProject:
    """The part that is alike in tasks whose work is of one project."""

    def __init__(self, project_id: int) -> None:
        self._project_id = project_id

    def project_ids(self, work: object) -> Sequence[int]:
        """The project."""
        del work
        return [self._project_id]

    def apart(self, work: WorkT, project_ids: Sequence[int]) -> Sequence[WorkT]:
        """The work as it is."""
        del project_ids
        return [work]


class StoringConnection(Protocol):
    """The way to the database, and the patience with it.

    Attributes:
        failures: how many attempts in a row have failed and were waited for.
    """

    failures: int

    def connected(self) -> Connection:
        """The connection to store by. An attempt begins."""
        ...

    def succeeded(self) -> None:
        """Hears that the attempt was committed."""
        ...

    def failed(self, error: Exception) -> StoringFault:
        """The fault behind an attempt's error. Raises the error where nothing here can go on after it."""
        ...

    def wait(self, error: Exception) -> None:
        """Comes back when it is time for another attempt. Raises if patience has ended."""
        ...


class Storer(Generic[WorkT, BatchT, ReceiptT]):
    """Stores work in one thread, until each part's fate is known.

    Args:
        settle: tells receipts of what is settled of unclaimed work, and what is worth another attempt; by
            the batches whose COMMIT was sent and not answered, of which one may have been stored.
    """

    def __init__(
        self,
        connection: StoringConnection,
        catalogs: CatalogCache,
        task: StoringTask[WorkT, BatchT, ReceiptT],
        settle: Callable[[Connection, WorkT, Sequence[BatchT]], tuple[Sequence[ReceiptT], WorkT | None]]
        | None = None,
    ) -> None:
        self._connection = connection
        self._catalogs = catalogs
        self._task = task
        self._settle = settle
        self._in_doubt: list[BatchT] = []

    def store(self, work: WorkT) -> Iterator[ReceiptT]:
        """Stores all of it, and gives each receipt as soon as it is certain.

        Raises:
            NotFound, Unclaimed, psycopg.Error: as from `store_in_parts`.
        """
        for receipts in self.store_in_parts(work):
            yield from receipts

    def store_in_parts(self, work: WorkT) -> Iterator[Sequence[ReceiptT]]:
        """The same, with the receipts that become certain together; there may be none.

        Raises:
            NotFound: no such project, of a task that has one.
            Unclaimed: the work could not be claimed, and nobody settles it.
            psycopg.Error: what the connection has no patience with. Receipts given before stay true.
        """
        refuse_as: RejectCode | None = None
        is_unclaimed = False
        left: WorkT | None = work
        while left is not None:
            receipts: Sequence[ReceiptT] = ()
            try:
                if is_unclaimed and self._settle is not None:
                    receipts, left = self._settle(self._connection.connected(), left, self._in_doubt)
                    is_unclaimed = False
                else:
                    batch = self._store_whole(left, refuse_as)
                    receipts, left = self._task.receipts(batch), None
            except Unclaimed:
                if self._settle is None:
                    raise
                is_unclaimed = True
            except (CatalogsHeld, _TooWide, psycopg.Error, OSError) as error:
                parts = self._split(left, error)
                match self._next_step(error, is_alone=parts is None, is_refusing=refuse_as is not None):
                    case StoringStep.SPLIT:
                        for part in parts or ():
                            yield from self.store_in_parts(part)
                        return
                    case StoringStep.REFUSE:
                        log.warning("storage refused; kept in the dead letters", error=error_text(error))
                        refuse_as = RejectCode.STORAGE_REFUSED
                    case StoringStep.AGAIN:
                        self._connection.wait(error)
            yield receipts

    def _split(self, work: WorkT, error: Exception) -> Sequence[WorkT] | None:
        """The work in parts that are stored in this order; None if it is not to be split."""
        if isinstance(error, CatalogsHeld):
            return self._task.apart(work, error.project_ids)
        return self._task.halves(work)

    def _next_step(self, error: Exception, *, is_alone: bool, is_refusing: bool) -> StoringStep:
        if isinstance(error, CatalogsHeld):
            fault = StoringFault.HELD
        else:
            fault = StoringFault.TOO_WIDE if isinstance(error, _TooWide) else self._connection.failed(error)
        failures = self._connection.failures
        return next_step(fault, is_alone=is_alone, is_refusing=is_refusing, failures=failures)

    def _store_whole(self, work: WorkT, refuse_as: RejectCode | None) -> BatchT:
        """The whole transaction: all of the work is stored, or nothing and an exception says why."""
        connection = self._connection.connected()
        for project_id in self._task.project_ids(work):
            with suppress(NotFound):  # the first look at a large one takes long; no lock is held yet
                self._catalogs.get(project_id)
        with connection.transaction():
            batch = self._write(connection, work, refuse_as)
            self._in_doubt.append(batch)
        self._in_doubt.pop()
        self._connection.succeeded()
        return batch

    def _write(self, connection: Connection, work: WorkT, refuse_as: RejectCode | None) -> BatchT:
        """A catalog decides what is stored and how it is converted, and it is the one that holds."""
        catalogs = lock_catalogs(connection, self._catalogs, self._task.project_ids(work))
        batch = self._task.prepare(StoringAttempt(connection, catalogs, refuse_as), work)
        projects = batch.projects
        if not projects:
            return batch
        if count_chunks(projects) > MAX_CHUNKS and self._task.halves(work) is not None:
            raise _TooWide
        self._task.write_beside(connection, batch)
        store_readings(connection, projects)
        return batch


class LentConnection:
    """A connection of the caller's, which is not opened again when it is lost.

    Inside a transaction of the caller's only a refusal of the data is gone on after, for a savepoint undoes
    it. All else fails the caller's transaction.
    """

    def __init__(self, connection: Connection, max_waits: int = 0) -> None:
        self.failures = 0
        self._connection = connection
        self._max_waits = max_waits

    def connected(self) -> Connection:
        """The one that was lent."""
        return self._connection

    def succeeded(self) -> None:
        """Patience begins anew."""
        self.failures = 0

    def failed(self, error: Exception) -> StoringFault:
        """Raises the error unless it is known that nothing was stored, and that another attempt may help."""
        fault = fault_of(error)
        if fault is not StoringFault.REFUSED and (self._is_in_use() or kind_of(error) not in _UNDONE):
            raise error
        return fault

    def wait(self, error: Exception) -> None:
        """Waits a little longer each time."""
        self.failures += 1
        if self.failures > self._max_waits:
            raise error
        time.sleep(0.02 * 2**self.failures)

    def _is_in_use(self) -> bool:
        """Whether it is in a transaction of the caller's, or lost."""
        return self._connection.info.transaction_status != TransactionStatus.IDLE


# The transaction was rolled back while the connection stayed, and it is no fault of the program.
_UNDONE = {FailureKind.OVERTAKEN, FailureKind.HELD, FailureKind.CROWDED, FailureKind.LATE}
