"""The budget's laws: it is never negative, and empty in the end, and nobody passes one who waits for room."""

from collections import Counter

from ingest.commits.budget import Budget
from ingest.messages.frames import Source
from tests.ingest.simulation.laws import require


class CheckedBudget(Budget):
    """A budget that knows what it gave to whom, and takes nothing back that it did not give."""

    def __init__(self, capacity_bytes: int, window: int) -> None:
        super().__init__(capacity_bytes, window)
        self._given: Counter[tuple[int, int]] = Counter()
        # Who waits in turn, and since when: the first has the least number.
        self._turns: dict[Source, int] = {}
        self._asked = 0

    async def _wait_in_turn(self, source: Source, size_bytes: int) -> None:
        self._asked += 1
        self._turns[source] = self._asked
        try:
            await super()._wait_in_turn(source, size_bytes)
        finally:
            self._turns.pop(source, None)

    def _take(self, source: Source, size_bytes: int) -> None:
        self._check_turn(source, self._turns.pop(source, None))
        self._given[id(source), size_bytes] += 1
        super()._take(source, size_bytes)

    def _check_turn(self, source: Source, turn: int | None) -> None:
        """In a project whoever waited longest comes first; among projects, the one that holds least."""
        for project_id, line in self._lines.items():
            waiting = [each for each in line if not each.granted.done() and each.source is not source]
            if not waiting:
                continue
            if project_id == source.project_id:
                is_first = turn is not None and turn < min(self._turns[each.source] for each in waiting)
                require(is_first, "a frame passes one of its own project that waits for room")
            elif self._fits_project(project_id, waiting[0].size_bytes):
                held, theirs = (self._used_by_project[each] for each in (source.project_id, project_id))
                is_fair = turn is not None and held <= theirs
                require(is_fair, "a frame passes one of another project, which holds less and waits for room")

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
