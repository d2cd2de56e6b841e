"""What must be true, whatever happens. Each law is watched where it could be broken."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Protocol, cast

import numpy as np
from barograph_client.framing.frames import decode

from ingest.commits.budget import Budget
from ingest.messages.frames import Source
from tests.ingest.simulation.virtual_loop import running_loop


class Witness(Protocol):
    """Whoever judges in the end."""

    def note_error(self, text: str) -> None:
        """A law was broken, or a program had a fault of its own."""
        ...


class LawBroken(AssertionError):
    """A law of the protocol does not hold"""


class Laws:
    """The laws of one story.

    A reading is known by its number, which is its value without the sign.

    Attributes:
        stored: the numbers of all committed readings, refused ones too, in the order of their commits.
        trace: what tells two stories apart.
    """

    def __init__(self) -> None:
        self.stored: list[int] = []
        self.trace = hashlib.sha256()
        self._is_stored: set[int] = set()
        # By producer: what was sent under each seq, and up to where acks were checked.
        self._sent: defaultdict[str, dict[int, list[int]]] = defaultdict(dict)
        self._checked: Counter[str] = Counter()

    def note_sent(self, producer: str, message: bytes) -> None:
        """A gateway sends a frame."""
        frame = decode(message)
        self._trace("sent", producer, frame.seq)
        self._sent[producer][frame.seq] = np.abs(frame.value).astype(int).tolist()

    def check_ack(self, producer: str, seq: int, committed_seq: int) -> None:
        """No ack without a commit of everything that it covers."""
        self._trace("ack", producer, seq)
        require(seq <= committed_seq, f"ack of {seq} for {producer}, but only {committed_seq} is committed")
        for covered in range(self._checked[producer] + 1, seq + 1):
            missing = set(self._sent[producer].get(covered, ())) - self._is_stored
            require(
                not missing, f"ack of {seq} for {producer}, but readings {sorted(missing)} are not stored"
            )
        self._checked[producer] = max(seq, self._checked[producer])

    def note_committed(self, numbers: Iterable[int]) -> None:
        """Nothing is stored twice."""
        for number in numbers:
            self._trace("stored", number)
            require(number not in self._is_stored, f"reading {number} is stored twice")
            self._is_stored.add(number)
            self.stored.append(number)

    def check_end(self, given: list[int], may_be_lost: set[int]) -> None:
        """What a gateway gave is stored, once and in its order; except what was lost with its memory."""
        mine = set(given)
        stored = [number for number in self.stored if number in mine]
        missing = mine - set(stored) - may_be_lost
        require(not missing, f"readings {sorted(missing)} were given, and are not stored")
        require(stored == sorted(stored), f"readings are stored out of order: {stored}")

    def _trace(self, *what: object) -> None:
        loop = running_loop()
        self.trace.update(repr((what, None if loop is None else loop.time())).encode())


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


def require(is_so: bool, otherwise: str) -> None:  # as assert does
    """A law that also holds under `python -O`.

    Raises:
        LawBroken: it does not hold.
    """
    if not is_so:
        loop = running_loop()
        if loop is not None:  # whoever catches the exception does not hide it
            cast("Witness", loop.world).note_error(otherwise)
        raise LawBroken(otherwise)
