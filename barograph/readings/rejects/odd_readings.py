"""Readings that are not stored as they were sent: unreadable ones, and values that had to be rounded.
Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EXACT = 2**53
"""Up to here a float64 holds every integer."""
NO_TIME_US = -(2**63)
"""Stands for a time that can't be read."""
MAX_TEXT = 200
"""Characters of what was sent that are kept of a reading."""
_OVERHEAD_BYTES = 100


@dataclass(frozen=True, slots=True)
class OddReadings:
    """Some readings of a frame or a piece.

    Attributes:
        row: int64[k], their places there, in ascending order.
        code: uint8[k], the `RejectCode` of what can't be read; 0 for a reading whose value was rounded.
        texts: what was sent as time and value, where that is odd; None where only the sensor is.
    """

    row: NDArray[np.int64]
    code: NDArray[np.uint8]
    texts: Sequence[str | None]

    @classmethod
    def side_by_side(cls, parts: Iterable[tuple[int, "OddReadings | None"]]) -> "OddReadings | None":
        """Joins those of frames that are laid end to end, each with the place where it begins."""
        odd = [(start, part) for start, part in parts if part is not None]
        if not odd:
            return None
        return cls(
            np.concatenate([part.row + start for start, part in odd]),
            np.concatenate([part.code for _, part in odd]),
            [text for _, part in odd for text in part.texts],
        )

    @property
    def size_bytes(self) -> int:
        """The memory that they hold on to, about."""
        return sum(len(text or "") + _OVERHEAD_BYTES for text in self.texts)

    def codes(self, readings: int) -> NDArray[np.uint8]:
        """uint8[readings]: the code of each reading."""
        codes = np.zeros(readings, np.uint8)
        codes[self.row] = self.code
        return codes

    def is_rounded(self, readings: int) -> NDArray[np.bool_]:
        """bool[readings]."""
        rounded = np.zeros(readings, np.bool_)
        rounded[self.row[self.code == 0]] = True
        return rounded

    def among(self, rows: NDArray[np.intp]) -> "OddReadings | None":
        """The odd readings among these rows, which ascend; each by its place there."""
        place = np.minimum(np.searchsorted(rows, self.row), max(rows.size - 1, 0))
        found = np.flatnonzero(rows[place] == self.row) if rows.size else rows
        if not found.size:
            return None
        return OddReadings(place[found], self.code[found], [self.texts[each] for each in found.tolist()])

    def by_row(self) -> dict[int, str]:
        """Their texts."""
        pairs = zip(self.row.tolist(), self.texts, strict=True)
        return {row: text for row, text in pairs if text is not None}

    def unreadable(self) -> tuple[NDArray[np.int64], Sequence[str]]:
        """The rows that can't be read, and what was sent there."""
        rows = np.flatnonzero(self.code)
        return self.row[rows], [self.texts[each] or "" for each in rows.tolist()]


class OddRows:
    """Collects odd readings as they are met. A bad time goes before a bad value, both before a bad sensor."""

    def __init__(self) -> None:
        self._codes: dict[int, int] = {}
        self._texts: dict[int, list[str]] = {}

    def add(self, row: int, code: int, sent: str | None) -> None:
        """Adds an odd reading with its `RejectCode`, or 0 where its value was rounded."""
        self._codes[row] = max(self._codes.get(row, 0), code)
        if sent is not None:
            self._texts.setdefault(row, []).append(sent)

    def readings(self) -> OddReadings | None:
        """All of them."""
        if not self._codes:
            return None
        rows = sorted(self._codes)
        texts = [self._texts.get(row) for row in rows]
        return OddReadings(
            np.array(rows, np.int64),
            np.array([self._codes[row] for row in rows], np.uint8),
            [None if text is None else kept_text(", ".join(text)) for text in texts],
        )


def kept_text(sent: str) -> str:
    """A text as it can be kept: not too long, and without what the database has no characters for."""
    if len(sent) <= MAX_TEXT and sent.isascii() and "\0" not in sent:
        return sent
    cut = sent if len(sent) <= MAX_TEXT else sent[: MAX_TEXT - 1] + "…"
    return cut.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
