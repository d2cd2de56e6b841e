"""Batches whose COMMIT was sent, and no answer came: what a look at the database tells of them afterwards."""

from collections.abc import Callable, Sequence

from ingest.commits.batch import FrameBatch
from ingest.messages.frames import Fate, Receipt, ReceivedFrame


class DoubtfulBatches:
    """Those of one call of a committer, in the order of their attempts.

    A frame that is found stored was stored by the last attempt that sent a COMMIT for it: that attempt could
    claim the sequence or the key, so those before it had failed.

    Args:
        on_stored: called once for each batch that is found stored.
    """

    def __init__(self, on_stored: Callable[[FrameBatch], None]) -> None:
        self._on_stored = on_stored
        self._batches: list[FrameBatch] = []
        self._noted: list[FrameBatch] = []

    def add(self, batch: FrameBatch) -> None:
        """Its COMMIT is about to be sent."""
        self._batches.append(batch)

    def drop_last(self) -> None:
        """The answer came."""
        self._batches.pop()

    def clear(self) -> None:
        """Everything is settled."""
        self._batches.clear()
        self._noted.clear()

    def note_stored(self, frames: Sequence[ReceivedFrame]) -> None:
        """These frames were found stored, and with each the rest of its batch."""
        last = {frame: batch for batch in self._batches for frame in batch.frames}
        for batch in (last[frame] for frame in frames if frame in last):
            if not any(batch is noted for noted in self._noted):
                self._noted.append(batch)
                self._on_stored(batch)

    def receipts(self, frames: Sequence[ReceivedFrame]) -> list[Receipt]:
        """Of frames that were found stored.

        A frame that none of these batches holds is not known to be what the producer's row counts: the
        database went back, as after a restore, and somebody else went on from there.
        """
        known = {receipt.frame: receipt for batch in self._batches for receipt in batch.receipts()}
        return [known.get(frame) or Receipt(frame, Fate.OUT_OF_STEP) for frame in frames]
