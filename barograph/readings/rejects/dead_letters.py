"""Dead letters as the database keeps them: a block of columns for all that one commit refused. Pure.

A block names each kind of its letters once: who sent it, for which sensor, and why it was refused. A letter
is the number of its kind, its place in its frame, its time and its value; and the text that was sent, where
that could not be read.

Why: decision 210.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from barograph.readings.rejects.reject_codes import SLUGS

MAX_LETTERS = 4096
"""Of a block. A letter's place in it is 12 bits of the letter's id."""
MAX_KINDS = 256
"""Of a block, unless it holds one letter; so that finding each letter's kind stays cheap."""
_CODES = len(SLUGS)


class RejectOrigin(NamedTuple):
    """Where readings came from: a producer's row, 0 for none, and the sensor as the client named it."""

    producer_id: int
    sensor: str
    sensor_id: int | None


@dataclass(frozen=True)
class RejectedReadings:
    """Refused readings as columns, with everything needed to look at them or try again.

    Attributes:
        origin: int32[n], an index into `origins`.
        seq: int64[n], 0 where the request named no producer.
        index: int32[n], the reading's place in its frame.
        t_us: int64[n], NO_TIME_US where the time can't be read.
        value: float64[n], NaN where the value can't be read.
        code: uint8[n], `RejectCode`.
        texts: by row, what was sent where it can't be read.
    """

    origins: Sequence[RejectOrigin]
    origin: NDArray[np.int32]
    seq: NDArray[np.int64]
    index: NDArray[np.int32]
    t_us: NDArray[np.int64]
    value: NDArray[np.float64]
    code: NDArray[np.uint8]
    texts: Mapping[int, str]

    def blocks(self) -> Iterator[dict[str, Any]]:
        """The parameters of `store.insert_reject_block` for each block."""
        kind = self.origin.astype(np.int64) * _CODES + self.code
        for start in range(0, kind.size, MAX_LETTERS):
            yield from self._blocks(kind, start, min(start + MAX_LETTERS, kind.size))

    def _blocks(self, kind: NDArray[np.int64], start: int, end: int) -> Iterator[dict[str, Any]]:
        kinds, which, counts = np.unique(kind[start:end], return_inverse=True, return_counts=True)
        if kinds.size > MAX_KINDS:
            middle = (start + end) // 2
            yield from self._blocks(kind, start, middle)
            yield from self._blocks(kind, middle, end)
            return
        rows = slice(start, end)
        numbers: list[int] = (kinds // _CODES).tolist()
        origins = [self.origins[number] for number in numbers]
        texts = [self.texts.get(row) for row in range(start, end)] if self.texts else []
        t_us = self.t_us[rows]
        yield {
            "from_us": int(t_us.min()),
            "until_us": int(t_us.max()),
            "producer_ids": np.array([each.producer_id for each in origins], np.int32),
            "sensors": [each.sensor for each in origins],
            "sensor_ids": np.array([each.sensor_id or 0 for each in origins], np.int32),
            "codes": [SLUGS[code] for code in (kinds % _CODES).tolist()],
            "waiting": counts.astype(np.int32),
            "kind": (which.reshape(-1) + 1).astype(np.int16),
            "seq": self.seq[rows],
            "index": self.index[rows],
            "t_us": t_us,
            "value": self.value[rows],
            "text": texts if any(text is not None for text in texts) else None,
        }
