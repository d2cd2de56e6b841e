"""The budget's law: it is never negative, and empty in the end."""

from collections import Counter

from ingest.commits.budget import Budget
from ingest.messages.frames import Source
from tests.ingest.simulation.laws import require


class CheckedBudget(Budget):
    """A budget that knows what it gave to whom, and takes nothing back that it did not give."""

    def __init__(self, capacity_bytes: int, window: int) -> None:
        super().__init__(capacity_bytes, window)
        self._given: Counter[tuple[int, int]] = Counter()

    def _take(self, source: Source, size_bytes: int) -> None:
        self._given[id(source), size_bytes] += 1
        super()._take(source, size_bytes)

    def give_back(self, source: Source, size_bytes: int) -> None:
        require(self._given[id(source), size_bytes] > 0, "the budget gets back what it never gave")
        self._given[id(source), size_bytes] -= 1
        super().give_back(source, size_bytes)
        require(self._used_bytes >= 0, "the budget is negative")
        require(source.queued_frames >= 0 <= source.queued_bytes, "a source's share is negative")

    def check_end(self) -> None:
        """Nothing is held, and nobody waits."""
        require(not self._given.total(), "the budget was not given back whole")
        require(not self._used_bytes, f"{self._used_bytes} bytes are held by nobody")
        require(not self._lines and not self._held_back, "somebody waits for room that there is")
