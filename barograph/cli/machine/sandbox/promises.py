"""What Barograph promises under load, and whether a sandbox saw it kept."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

ACK_P99_S = 1.0
QUESTION_P95_S = 0.4
OLDEST_WINDOW_S = 10.0


@dataclass(frozen=True)
class Promise:
    """A promise, and whether it was kept.

    Attributes:
        bound: what is promised, at most.
        seen: what was measured; NaN if nothing was.
    """

    name: str
    bound: float
    seen: float
    unit: str

    @property
    def is_held(self) -> bool:
        return self.seen <= self.bound

    def as_row(self) -> dict[str, Any]:
        """The promise as a row of a table, and as JSON."""
        seen = None if math.isnan(self.seen) else self.seen
        return asdict(self) | {"seen": seen, "is_held": self.is_held}

    def __str__(self) -> str:
        word = "held  " if self.is_held else "MISSED"
        return (
            f"{word}  {self.name:48} {_number(self.seen):>10} of {_number(self.bound)} {self.unit}".rstrip()
        )


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of all is at most; NaN of none."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)] if ordered else math.nan


def _number(value: float) -> str:
    return "nothing" if math.isnan(value) else f"{value:,.3f}" if value % 1 else f"{value:,.0f}"
