"""Commits frames exactly once. Runs in a thread of its own, with a connection of its own.

A frame comes back only when its fate is known. What makes it try again:

    a producer was taken over       without its frames
    COMMIT was lost                 what the producer's row says was stored counts as stored, once a
                                    synchronous standby has it too, and with the receipt of that attempt
    anything else                   as `barograph/readings/storing/storing_steps.py` says, as long as it takes
"""

from collections.abc import Callable, Iterator, Sequence

from barograph.catalog.catalog import CatalogCache
from barograph.readings.storing.storing import Storer
from ingest.commits.batch import FrameBatch
from ingest.commits.committer_connection import CommitterConnection
from ingest.commits.frame_storing import FrameStoring
from ingest.messages.frames import Receipt, ReceivedFrame


class Committer:
    """A committer: stores frames over one connection, used by one thread at a time.

    Args:
        on_stored: called once for each batch that was stored, on the committing thread.
    """

    def __init__(
        self,
        database_url: str,
        cache: CatalogCache,
        batch_readings: int,
        on_stored: Callable[[FrameBatch], None],
    ) -> None:
        self._connection = CommitterConnection(database_url, batch_readings)
        self._cache = cache
        self._on_stored = on_stored

    @property
    def batch_readings(self) -> int:
        """How many readings to bring at once; fewer while the database is slow."""
        return self._connection.batch_readings

    def stop(self) -> None:
        """Makes a commit that waits for the database give up with `Stopped`."""
        self._connection.stop()

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def commit(self, frames: Sequence[ReceivedFrame]) -> list[Receipt]:
        """Stores the frames, and tells what became of each, once all are settled.

        Raises:
            Stopped: as from `commit_in_parts`.
        """
        return [receipt for receipts in self.commit_in_parts(frames) for receipt in receipts]

    def commit_in_parts(self, frames: Sequence[ReceivedFrame]) -> Iterator[Sequence[Receipt]]:
        """Stores the frames, and tells what became of each as soon as that is certain; each source's in their
        order. Where some wait for a lock, or for the database, the others were told already.

        Args:
            frames: each producer's in the order of its sequence, without a gap.

        Raises:
            Stopped: `stop` was called while the database was away.
        """
        task = FrameStoring(self._on_stored)
        yield from Storer(self._connection, self._cache, task, task.settle).store_in_parts(frames)
