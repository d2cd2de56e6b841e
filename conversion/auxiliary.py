"""Values of other channels, as formulas get them: one column per channel, NaN where there is no value."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from conversion.arrays import Auxiliary, Columns, Floats, Mask

DEFAULT_MAX_AGE_S = 60.0
MAX_MAX_AGE_S = 86_400.0


def columns_by_name(channels: Sequence[str], aux: Auxiliary, count: int) -> Columns:
    """The channels' columns in order; a channel that is not in `aux` has no value in any row."""
    return [
        _column(aux[channel], count) if channel in aux else np.full(count, np.nan) for channel in channels
    ]


def columns_by_position(needed: int, aux: Columns, count: int) -> Columns:
    """The first `needed` columns of `aux`; those that are not there hold no value."""
    given = [_column(column, count) for column in aux[:needed]]
    return given + [np.full(count, np.nan) for _ in range(needed - len(given))]


def without_infinity(column: Floats) -> tuple[Floats, Mask]:
    """The column with NaN for whatever is not finite, and the rows where it is not."""
    missing = ~np.isfinite(column)
    return (np.where(missing, np.nan, column) if missing.any() else column), missing


def _column(values: npt.ArrayLike, count: int) -> Floats:
    column = np.asarray(values, dtype=np.float64)
    if column.shape != (count,):
        raise ValueError(f"auxiliary {column.shape} must be a column of {count} values, as raw is")
    return column
