"""Which conversion profile holds at which reading's time, looked up for whole columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from barograph.catalog.as_of import last_at_or_before

FOREVER_US = int(np.iinfo(np.int64).max)
BEGINNING_US = int(np.iinfo(np.int64).min)


@dataclass(frozen=True)
class ProfilePiece:
    """One profile's hold on one sensor over `[from_us, to_us)`; both are numbered, not ids."""

    slot: int
    profile: int
    from_us: int
    to_us: int


class PieceColumns(NamedTuple):
    """Pieces as columns: int32[n] slot and profile, int64[n] bounds."""

    slot: NDArray[np.int32]
    profile: NDArray[np.int32]
    from_us: NDArray[np.int64]
    to_us: NDArray[np.int64]

    @classmethod
    def of(cls, pieces: Sequence[ProfilePiece]) -> "PieceColumns":
        """Makes columns of pieces."""
        return cls(
            np.array([piece.slot for piece in pieces], np.int32),
            np.array([piece.profile for piece in pieces], np.int32),
            np.array([piece.from_us for piece in pieces], np.int64),
            np.array([piece.to_us for piece in pieces], np.int64),
        )


class ProfileTimeline:
    """The pieces of all sensors of a project, as columns.

    A sensor's pieces lie side by side in order of time and never overlap; `first[slot]` is the index of
    its first piece and `first[slot + 1]` one past its last.
    """

    def __init__(self, slots: int, pieces: PieceColumns | Sequence[ProfilePiece]) -> None:
        columns = pieces if isinstance(pieces, PieceColumns) else PieceColumns.of(pieces)
        order = np.lexsort((columns.from_us, columns.slot))
        self._first = np.concatenate([[0], np.cumsum(np.bincount(columns.slot, minlength=slots))])
        self._from_us = columns.from_us[order]
        self._to_us = columns.to_us[order]
        self._profile = columns.profile[order]
        self._constant = self._constant_profiles(slots)

    @classmethod
    def side_by_side(
        cls, timelines: Sequence["ProfileTimeline"], profiles: Sequence[int]
    ) -> "ProfileTimeline":
        """Joins timelines of projects: slots and profiles are numbered one project after the other.

        Args:
            profiles: how many each project has.
        """
        joined = cls.__new__(cls)
        slots = [each._first.size - 1 for each in timelines]
        pieces = [each._profile.size for each in timelines]
        firsts = np.concatenate([each._first[:-1] for each in timelines])
        firsts += np.repeat(np.cumsum([0, *pieces[:-1]]), slots)
        joined._first = np.append(firsts, sum(pieces))
        joined._from_us = np.concatenate([each._from_us for each in timelines])
        joined._to_us = np.concatenate([each._to_us for each in timelines])
        numbers = np.concatenate([each._profile for each in timelines])
        joined._profile = numbers + np.repeat(np.cumsum([0, *profiles[:-1]], dtype=np.int32), pieces)
        joined._constant = joined._constant_profiles(sum(slots))
        return joined

    def locate(self, slot: NDArray[np.int32], t_us: NDArray[np.int64]) -> NDArray[np.int32]:
        """The profile of each reading.

        Args:
            slot: int32[n], the reading's sensor, every one in `0 … slots - 1`.
            t_us: int64[n], the reading's time, microseconds since 1970 UTC.

        Returns:
            int32[n], the profile's number; -1 where none holds.
        """
        if self._constant is not None:
            return self._constant[slot]
        piece = last_at_or_before(self._first, self._from_us, slot, t_us)
        holds = piece >= self._first[slot]
        holds &= t_us < self._to_us[piece]  # index -1 is some piece, and masked by the line above
        return np.where(holds, self._profile[piece], np.int32(-1))

    def _constant_profiles(self, slots: int) -> NDArray[np.int32] | None:
        """The one profile of each sensor, if no sensor's ever changes; by far the commonest case."""
        counts = np.diff(self._first)
        changes = bool((counts > 1).any())
        bounded = bool((self._from_us != BEGINNING_US).any() or (self._to_us != FOREVER_US).any())
        if changes or bounded:
            return None
        constant = np.full(slots, -1, np.int32)
        constant[counts == 1] = self._profile
        return constant
