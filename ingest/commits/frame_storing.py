"""How frames are stored: of whose tokens, under which numbers and keys, and with which receipts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prometheus_client import Counter, Histogram

from barograph.catalog.catalog import Catalog
from barograph.readings.storing.store import Connection, PreparedProject, store_rejects
from barograph.readings.storing.storing import StoringAttempt
from barograph.times import now_us
from ingest.commits.batch import FrameBatch
from ingest.commits.committer_connection import RETRIES
from ingest.commits.doubtful_batches import DoubtfulBatches
from ingest.commits.project_shares import ProjectShare, assemble_shares
from ingest.commits.sequence_claims import claim, out_of_step, standing
from ingest.messages.frames import Fate, Receipt, ReceivedFrame

READINGS = Counter("barograph_ingest_readings_total", "Readings settled", ["result"])
# From the beginning, for alerts: what a series begins with is no increase.
for _result in ("accepted", "rejected"):
    READINGS.labels(_result)
BATCH = Histogram(
    "barograph_ingest_batch_readings",
    "Readings in a commit",
    buckets=[10, 100, 1000, 5000, 10_000, 25_000, 50_000, 100_000],
)
PROJECTS = Histogram(
    "barograph_ingest_batch_projects",
    "Projects in a commit",
    buckets=[1, 2, 4, 8, 16, 32, 64, 128, 256],
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
        revoked: those of tokens, or whole projects, that are no more.
        batches: the others; at first those of several projects, then those of one, by project, ascending.
    """

    revoked: Frames
    batches: Sequence[FrameBatch]

    @property
    def projects(self) -> Sequence[PreparedProject]:
        return [PreparedProject(batch.catalog, batch.prepared) for batch in self.batches]

    def receipts(self) -> list[Receipt]:
        """One for each frame."""
        revoked = [Receipt(frame, Fate.REVOKED) for frame in self.revoked]
        return revoked + [receipt for batch in self.batches for receipt in batch.receipts()]


class FrameStoring:
    """Frames of some projects, each producer's in the order of its sequence, without a gap.

    A frame is stored whole, or whole in the dead letters with its sequence moved on, so that one that the
    database refuses blocks no stream.

    Args:
        on_stored: called once for each batch that was stored.
    """

    def __init__(self, on_stored: Callable[[FrameBatch], None]) -> None:
        self._on_stored = on_stored
        # Found stored after a lost COMMIT; their frames may be looked at in several parts.
        self._found: list[FrameBatch] = []

    def project_ids(self, work: Frames) -> list[int]:
        """The projects of the frames' sources, each once."""
        return list(dict.fromkeys(frame.source.project_id for frame in work))

    def apart(self, work: Frames, project_ids: Sequence[int]) -> list[Frames]:
        """The frames of all other projects, and those of each of these."""
        by_project = _by_project(work)
        held: list[Frames] = [by_project.pop(project_id) for project_id in project_ids]
        others = [frame for frames in by_project.values() for frame in frames]
        return [others, *held] if others else held

    def prepare(self, attempt: StoringAttempt, work: Frames) -> TriedFrames:
        """All frames but those of tokens, or projects, that are no more."""
        revoked: list[ReceivedFrame] = []
        shares: list[ProjectShare] = []
        now = now_us()
        for project_id, frames in sorted(_by_project(work).items()):
            catalog = attempt.catalogs.get(project_id)
            valid: Frames = [] if catalog is None else _of_valid_tokens(catalog, frames, now)
            if catalog is not None and valid:
                shares.append(ProjectShare(catalog, valid))
            if len(valid) < len(frames):
                kept = set(valid)
                revoked += [frame for frame in frames if frame not in kept]
        return TriedFrames(revoked, assemble_shares(shares, now, refuse_as=attempt.refuse_as))

    def write_beside(self, connection: Connection, batch: TriedFrames) -> None:
        """The claims of sequences and keys, and the rejects."""
        claim(connection, batch.batches)
        for each in batch.batches:
            if each.prepared.code.any():
                store_rejects(connection, each.catalog.project_id, each.rejected())

    def receipts(self, batch: TriedFrames) -> list[Receipt]:
        """One for each frame."""
        for each in batch.batches:
            self._note_stored(each)
        BATCH.observe(sum(each.t_us.size for each in batch.batches))
        PROJECTS.observe(len(batch.batches))
        return batch.receipts()

    def halves(self, work: Frames) -> tuple[Frames, Frames] | None:
        """A frame is not split."""
        middle = len(work) // 2
        return (work[:middle], work[middle:]) if middle else None

    def settle(
        self, connection: Connection, work: Frames, in_doubt: Sequence[TriedFrames]
    ) -> tuple[list[Receipt], Frames | None]:
        """Settles frames in doubt by the producers' rows and the used keys."""
        RETRIES.labels("unclaimed").inc()
        now_standing = standing(connection, work)
        fates = {frame: now_standing.fate(frame) for frame in work}
        stored = [frame for frame, fate in fates.items() if fate is Fate.STORED]
        pending = [frame for frame, fate in fates.items() if fate is None]
        if stored:
            RETRIES.labels("lost-commit").inc()
            connection.confirm()
        doubtful = DoubtfulBatches([batch for tried in in_doubt for batch in tried.batches])
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
        AHEAD.observe(max(0, int(batch.t_us.max(initial=0)) - now_us()) / 1e6)
        READINGS.labels("accepted").inc(batch.prepared.accepted)
        READINGS.labels("rejected").inc(batch.t_us.size - batch.prepared.accepted)
        self._on_stored(batch)


def _by_project(frames: Frames) -> dict[int, list[ReceivedFrame]]:
    by_project: dict[int, list[ReceivedFrame]] = {}
    for frame in frames:
        by_project.setdefault(frame.source.project_id, []).append(frame)
    return by_project


def _of_valid_tokens(catalog: Catalog, frames: Frames, now_us: int) -> Frames:
    """The frames whose token is neither revoked nor expired."""
    token_ids = {frame.source.token_id for frame in frames}
    valid = {token_id for token_id in token_ids if catalog.has_valid(token_id, now_us)}
    if len(valid) == len(token_ids):
        return frames
    return [frame for frame in frames if frame.source.token_id in valid]
