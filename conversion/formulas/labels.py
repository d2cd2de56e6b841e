"""Names for values that are codes."""

from collections.abc import Sequence
from typing import final

import numpy as np

from conversion.arrays import Floats
from conversion.formulas.knots import last_not_above


@final
class Labels:
    """Texts for codes. Stored values stay codes; a text is looked up when somebody asks for it.

    Text k holds from threshold k on, up to the next; the first threshold is minus infinity.
    """

    def __init__(self, thresholds: Floats, texts: Sequence[str | None]) -> None:
        self._thresholds = thresholds
        self._texts = texts

    def of(self, codes: Floats) -> list[str | None]:
        """The label of each of float64[n]; None for NaN and for what has no label."""
        found = last_not_above(self._thresholds, codes)
        return [
            None if is_nan else self._texts[i]
            for i, is_nan in zip(found.tolist(), np.isnan(codes).tolist(), strict=True)
        ]
