"""Batches whose COMMIT got no answer: which of them were stored, once the database has been looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.commits.batch import FrameBatch
from ingest.messages.frames import Fate, Receipt, ReceivedFrame


@dataclass(frozen=True)
class DoubtfulBatches:
    """Batches of one call of a committer whose COMMIT got no answer, in the order of their attempts.

    A frame that is found stored was stored by the last attempt that sent a COMMIT for it: that attempt could
    claim the sequence or the key, so those before it had failed.
    """

    batches: Sequence[FrameBatch]

    def stored_with(self, frames: Sequence[ReceivedFrame]) -> list[FrameBatch]:
        """The batches of frames that were found stored; so the rest of each is stored too."""
        last = {frame: batch for batch in self.batches for frame in batch.frames}
        found = {id(last[frame]): last[frame] for frame in frames if frame in last}
        return list(found.values())

    def receipts(self, frames: Sequence[ReceivedFrame]) -> list[Receipt]:
        """The receipts of frames that were found stored.

        A frame that none of these batches holds is not known to be what the producer's row counts: the
        database went back, as after a restore, and somebody else went on from there.
        """
        known = {receipt.frame: receipt for batch in self.batches for receipt in batch.receipts()}
        return [known.get(frame) or Receipt(frame, Fate.OUT_OF_STEP) for frame in frames]
