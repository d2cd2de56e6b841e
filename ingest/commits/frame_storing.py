"""How frames are stored: of whose tokens, under which numbers and keys, and with which receipts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prometheus_client import Counter, Histogram

from barograph.catalog.catalog import Catalog
from barograph.readings.prepared import Prepared
from barograph.readings.store import Connection, store_rejects
from barograph.readings.storing import StoringAttempt
from barograph.times import now_us
from ingest.commits.batch import FrameBatch, assemble
from ingest.commits.committer_connection import RETRIES
from ingest.commits.doubtful_batches import DoubtfulBatches
from ingest.commits.sequence_claims import claim, out_of_step, standing
from ingest.messages.frames import Fate, Receipt, ReceivedFrame

READINGS = Counter("barograph_ingest_readings_total", "Readings settled", ["result"])
BATCH = Histogram(
    "barograph_ingest_batch_readings",
    "Readings in a commit",
    buckets=[10, 100, 1000, 5000, 10_000, 25_000, 50_000, 100_000],
)
AHEAD = Histogram(
    "barograph_ingest_clock_ahead_seconds",
    "How far the newest reading of a commit was ahead of the server's clock; 0 where none was",
    buckets=[0.1, 1, 5, 60, 600],
)
Frames = Sequence[ReceivedFrame]


@dataclass(frozen=True)
class TriedFrames:
    """Frames as one attempt stores them.

    Attributes:
        revoked: those of tokens that are no more.
        batch: the others; None if there is none.
    """

    revoked: Frames
    batch: FrameBatch | None

    @property
    def prepared(self) -> Prepared | None:
        return None if self.batch is None else self.batch.prepared

    def receipts(self) -> list[Receipt]:
        """One for each frame."""
        revoked = [Receipt(frame, Fate.REVOKED) for frame in self.revoked]
        return revoked if self.batch is None else revoked + self.batch.receipts()


class FrameStoring:
    """Frames of one project, each producer's in the order of its sequence, without a gap.

    A frame is stored whole, or whole in the dead letters with its sequence moved on, so that one that the
    database refuses blocks no stream.

    Args:
        on_stored: called once for each batch that was stored.
    """

    def __init__(self, on_stored: Callable[[FrameBatch], None]) -> None:
        self._on_stored = on_stored
        # Found stored after a lost COMMIT; their frames may be looked at in several parts.
        self._found: list[FrameBatch] = []

    def prepare(self, attempt: StoringAttempt, work: Frames) -> TriedFrames:
        """All frames but those of tokens that are no more."""
        valid = _of_valid_tokens(attempt.catalog, work)
        if not valid:
            return TriedFrames(work, None)
        batch = assemble(attempt.catalog, valid, now_us(), refuse_as=attempt.refuse_as)
        kept = set(valid)
        return TriedFrames([frame for frame in work if frame not in kept], batch)

    def write_beside(self, connection: Connection, batch: TriedFrames) -> None:
        """The claims of sequences and keys, and the rejects."""
        if batch.batch is None:
            return
        claim(connection, batch.batch)
        store_rejects(connection, batch.batch.catalog.project_id, batch.batch.rejected())

    def receipts(self, batch: TriedFrames) -> list[Receipt]:
        """One for each frame."""
        if batch.batch is not None:
            self._note_stored(batch.batch)
        return batch.receipts()

    def halves(self, work: Frames) -> tuple[Frames, Frames] | None:
        """A frame is not split."""
        middle = len(work) // 2
        return (work[:middle], work[middle:]) if middle else None

    def settle(
        self, connection: Connection, work: Frames, in_doubt: Sequence[TriedFrames]
    ) -> tuple[list[Receipt], Frames | None]:
        """By what the producers' rows and the used keys say."""
        RETRIES.labels("unclaimed").inc()
        now_standing = standing(connection, work)
        fates = {frame: now_standing.fate(frame) for frame in work}
        stored = [frame for frame, fate in fates.items() if fate is Fate.STORED]
        pending = [frame for frame, fate in fates.items() if fate is None]
        if stored:
            RETRIES.labels("lost-commit").inc()
            connection.confirm()
        doubtful = DoubtfulBatches([tried.batch for tried in in_doubt if tried.batch is not None])
        found = [f for f, fate in fates.items() if fate in {Fate.STORED, Fate.REPEATED}]
        self._note_found(doubtful.stored_with(found))
        receipts = doubtful.receipts(stored)
        lost = out_of_step(now_standing, pending)
        receipts += [Receipt(frame, Fate.OUT_OF_STEP) for frame in pending if frame in lost]
        receipts += [
            Receipt(f, fate) for f, fate in fates.items() if fate not in {None, Fate.STORED} and fate
        ]
        return receipts, [frame for frame in pending if frame not in lost] or None

    def _note_found(self, batches: Sequence[FrameBatch]) -> None:
        for batch in batches:
            if not any(batch is found for found in self._found):
                self._found.append(batch)
                self._note_stored(batch)

    def _note_stored(self, batch: FrameBatch) -> None:
        BATCH.observe(batch.t_us.size)
        AHEAD.observe(max(0, int(batch.t_us.max(initial=0)) - now_us()) / 1e6)
        READINGS.labels("accepted").inc(batch.prepared.accepted)
        READINGS.labels("rejected").inc(batch.t_us.size - batch.prepared.accepted)
        self._on_stored(batch)


def _of_valid_tokens(catalog: Catalog, frames: Frames) -> list[ReceivedFrame]:
    """The frames whose token is neither revoked nor expired."""
    now = now_us()
    sources = {frame.source for frame in frames}
    valid = {source for source in sources if catalog.has_valid(source.token_id, now)}
    return [frame for frame in frames if frame.source in valid]
