"""Commits frames exactly once. Runs in a thread of its own, with a connection of its own.

    one transaction: catalog lock -> the catalog that holds -> whose token is valid
                     -> assemble (validate, convert, encode) -> claim sequences and keys
                     -> COPY -> dirty -> rejects

`Committer.commit` comes back only when each frame's fate is known. What makes it try again:

    a producer was taken over       without its frames
    COMMIT was lost                 what the producer's row says was stored counts as stored, once a
                                    synchronous standby has it too, and with the receipt of that attempt
    no database, deadlock, no room  later, for as long as it takes
    it took too long                with half the frames
    the data was refused            with half the frames; a frame that fails alone goes to the dead letters
"""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

import psycopg
import structlog
from prometheus_client import Counter, Histogram

from barograph.catalog.catalog import Catalog, CatalogCache
from barograph.database.failures import DATA_AT_FAULT, FailureKind, kind_of
from barograph.errors import NotFound
from barograph.readings.store import Connection, connect, lock_catalog, store_readings, store_rejects
from barograph.times import now_us
from ingest.commits.batch import FrameBatch, assemble
from ingest.commits.doubtful_batches import DoubtfulBatches
from ingest.commits.sequence_claims import Unclaimed, claim, out_of_step, standing
from ingest.messages.frames import Fate, Receipt, ReceivedFrame

READINGS = Counter("barograph_ingest_readings_total", "Readings settled", ["result"])
RETRIES = Counter("barograph_ingest_retries_total", "Commits tried again", ["reason"])
COMMIT = Histogram("barograph_ingest_commit_seconds", "Time of a commit that went through")
BATCH = Histogram(
    "barograph_ingest_batch_readings",
    "Readings in a commit",
    buckets=[10, 100, 1000, 5000, 10_000, 25_000, 50_000, 100_000],
)
log = structlog.stdlib.get_logger(__name__)

MAX_CHUNKS = 32
TIMEOUT_S = 10
LONGEST_TIMEOUT_S = 160
LEAST_READINGS = 500
MAX_ALONE_ATTEMPTS = 8


class Stopped(Exception):
    """The process is going away; nothing was acknowledged that isn't stored."""


class _Unfit(Exception):
    """The batch can't be committed as it is; with fewer frames it may."""


class _TryAgain(Exception):
    """Nothing is wrong with the frames."""


class Committer:
    """One connection, used by one thread at a time.

    Args:
        on_stored: called once for each batch that was stored, on the committing thread.

    Attributes:
        batch_readings: how many readings to bring at once; fewer while the database is slow.
    """

    def __init__(
        self,
        database_url: str,
        cache: CatalogCache,
        batch_readings: int,
        on_stored: Callable[[FrameBatch], None],
    ) -> None:
        self.batch_readings = batch_readings
        self._most_readings = batch_readings
        self._database_url = database_url
        self._cache = cache
        self._on_stored = on_stored
        self._connection: Connection | None = None
        self._timeout_s = TIMEOUT_S
        self._failures = 0
        self._stopping = threading.Event()
        self._in_doubt = DoubtfulBatches(self._note_stored)

    def stop(self) -> None:
        """Makes a commit that waits for the database give up with `Stopped`."""
        self._stopping.set()

    def close(self) -> None:
        """Ends the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def commit(self, frames: Sequence[ReceivedFrame]) -> list[Receipt]:
        """Stores the frames, and tells what became of each; each source's in their order.

        Args:
            frames: of one project, each producer's in the order of its sequence, without a gap.

        Raises:
            Stopped: `stop` was called while the database was away.
        """
        try:
            return self._commit(frames)
        finally:
            self._in_doubt.clear()

    def _commit(self, frames: Sequence[ReceivedFrame]) -> list[Receipt]:
        receipts: list[Receipt] = []
        pending, refuse, unclaimed = list(frames), False, False
        while pending:
            try:
                if unclaimed:
                    settled, pending = self._settle_unclaimed(pending)
                    receipts += settled
                    unclaimed = False
                if pending:
                    receipts += self._attempt(pending, refuse=refuse)
                    pending = []
            except _TryAgain:
                continue
            except Unclaimed:
                unclaimed = True
            except _Unfit as error:
                if len(pending) > 1:
                    middle = len(pending) // 2
                    return receipts + self._commit(pending[:middle]) + self._commit(pending[middle:])
                if refuse:  # the dead letters don't take it either
                    self._wait(error)
                refuse = True
        return receipts

    def _attempt(self, frames: Sequence[ReceivedFrame], *, refuse: bool) -> list[Receipt]:
        """Prepares and stores; either all of it, or nothing and an exception that says how to go on."""
        started = time.perf_counter()
        with self._driver_errors(frames):
            batch = self._store(frames, refuse=refuse)
        self._went_well()
        COMMIT.observe(time.perf_counter() - started)
        stored: set[ReceivedFrame] = set() if batch is None else set(batch.frames)
        revoked = [Receipt(frame, Fate.REVOKED) for frame in frames if frame not in stored]
        if batch is None:
            return revoked
        self._note_stored(batch)
        return revoked + batch.receipts()

    def _note_stored(self, batch: FrameBatch) -> None:
        BATCH.observe(batch.t_us.size)
        READINGS.labels("accepted").inc(batch.prepared.accepted)
        READINGS.labels("rejected").inc(batch.t_us.size - batch.prepared.accepted)
        self._on_stored(batch)

    def _store(self, frames: Sequence[ReceivedFrame], *, refuse: bool) -> FrameBatch | None:
        """The whole transaction, and what it stored: all frames but those of tokens that are no more.

        One catalog decides who may send, what they may send to, and how it is converted, and it is the one
        that holds until the commit.
        """
        connection, project_id = self._connected(), frames[0].source.project_id
        try:
            self._cache.get(project_id)  # the first look at a large project takes long; no lock is held yet
            with connection.transaction():
                catalog = lock_catalog(connection, self._cache, project_id)
                valid = _of_valid_tokens(catalog, frames)
                if not valid:
                    return None
                batch = assemble(catalog, valid, now_us(), refuse=refuse)
                if batch.prepared.chunks > MAX_CHUNKS and len(frames) > 1:
                    raise _Unfit
                claim(connection, batch)
                store_readings(connection, catalog, batch.prepared)
                store_rejects(connection, project_id, batch.rejected())
                self._in_doubt.add(batch)
            self._in_doubt.drop_last()
        except NotFound:
            return None
        return batch

    def _settle_unclaimed(self, frames: Sequence[ReceivedFrame]) -> tuple[list[Receipt], list[ReceivedFrame]]:
        """What is settled already, and what is worth another attempt."""
        RETRIES.labels("unclaimed").inc()
        with self._driver_errors(frames):
            connection = self._connected()
            now_standing = standing(connection, frames)
            fates = {frame: now_standing.fate(frame) for frame in frames}
            stored = [frame for frame, fate in fates.items() if fate is Fate.STORED]
            pending = [frame for frame, fate in fates.items() if fate is None]
            if stored:
                RETRIES.labels("lost-commit").inc()
                connection.confirm()
        self._in_doubt.note_stored([f for f, fate in fates.items() if fate in {Fate.STORED, Fate.REPEATED}])
        receipts = self._in_doubt.receipts(stored)
        lost = out_of_step(now_standing, pending)
        receipts += [Receipt(frame, Fate.OUT_OF_STEP) for frame in pending if frame in lost]
        receipts += [
            Receipt(f, fate) for f, fate in fates.items() if fate not in {None, Fate.STORED} and fate
        ]
        return receipts, [frame for frame in pending if frame not in lost]

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._database_url, transaction_timeout_s=self._timeout_s)
        return self._connection

    def _went_well(self) -> None:
        self._failures = 0
        self.batch_readings = min(self._most_readings, self.batch_readings * 5 // 4)

    @contextmanager
    def _driver_errors(self, frames: Sequence[ReceivedFrame]) -> Generator[None]:
        """Turns what the driver raises into how to go on, and waits where waiting helps."""
        started = time.monotonic()
        try:
            yield
        except NotFound as error:
            raise _TryAgain from error
        except (psycopg.Error, OSError) as error:
            if kind_of(error) in DATA_AT_FAULT:
                log.warning("storage refused a batch", frames=len(frames), error=str(error))
                RETRIES.labels("refused").inc()
                raise _Unfit from error
            self.close()
            if time.monotonic() - started > self._timeout_s - 1:
                self._ask_less(frames)
            if self._lacks_room(error, frames):
                raise _Unfit from error
            self._wait(error)
            raise _TryAgain from error

    def _ask_less(self, frames: Sequence[ReceivedFrame]) -> None:
        """Smaller batches, or for a frame that is alone already, more time.

        Raises:
            _Unfit: the batch can be halved.
        """
        RETRIES.labels("too-slow").inc()
        self.batch_readings = max(LEAST_READINGS, self.batch_readings // 2)
        if len(frames) > 1:
            raise _Unfit
        self._timeout_s = min(LONGEST_TIMEOUT_S, self._timeout_s * 2)

    def _lacks_room(self, error: Exception, frames: Sequence[ReceivedFrame]) -> bool:
        """Whether fewer chunks at once may help; a frame alone is given several chances first."""
        out_of_locks = kind_of(error) is FailureKind.CROWDED
        return out_of_locks and (len(frames) > 1 or self._failures >= MAX_ALONE_ATTEMPTS)

    def _wait(self, error: Exception) -> None:
        self._failures += 1
        delay_s = min(2.0, 0.02 * 2 ** min(self._failures, 8))
        log.warning("commit failed; trying again", error=str(error), failures=self._failures, delay_s=delay_s)
        RETRIES.labels("database").inc()
        if self._stopping.wait(delay_s):
            raise Stopped from error


def _of_valid_tokens(catalog: Catalog, frames: Sequence[ReceivedFrame]) -> list[ReceivedFrame]:
    """The frames whose token is neither revoked nor expired."""
    now = now_us()
    sources = {frame.source for frame in frames}
    valid = {source for source in sources if catalog.has_valid(source.token_id, now)}
    return [frame for frame in frames if frame.source in valid]
