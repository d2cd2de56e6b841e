"""What only a whole column of times can tell: the order of day and month, and which hours came twice.

Why: decision 160.
"""

import numpy as np
import polars as pl

from barograph.errors import Invalid
from barograph.tables.mapping import TableMapping
from barograph.tables.readings import SHOWN_CHARACTERS
from barograph.tables.scan import batches
from barograph.tables.times.date_orders import other_orders
from barograph.tables.times.instants import read_times
from barograph.tables.times.patterns import TimePattern
from barograph.tables.times.repeats import ClockRepeats, RepeatSearch
from barograph.tables.unreadable import Unreadable

_ROWS = 50_000


def survey(table: pl.LazyFrame, how: TableMapping) -> ClockRepeats:
    """Looks through a table's times, where that tells more than each alone.

    Raises:
        Invalid: a row's date can only be read in another order of day and month than it is said to be in,
            so that rows which fit both would be read wrong; or the file is malformed.
    """
    column = how.time
    others = other_orders(column.pattern) if column.pattern else []
    is_order_asked = column.is_local and column.repeated == "order"
    search = RepeatSearch()
    if not others and not is_order_asked:
        return search.found()
    row = 1
    for batch in batches(table, column.columns, _ROWS):
        times = column.of(batch)
        found = read_times(times, column, row, decimal_comma=how.has_decimal_comma)
        is_bad = found.code == Unreadable.BAD_TIME
        if others and is_bad.any():
            _check_order(times, is_bad, row, column.pattern or "", others)
        if is_order_asked:
            good = np.flatnonzero(~is_bad)
            search.add(found.local_us[good], good + row, found.is_repeated[good])
        row += batch.height
    return search.found()


def _check_order(
    times: pl.Series, is_bad: np.typing.NDArray[np.bool_], row: int, pattern: str, others: list[str]
) -> None:
    rows = np.flatnonzero(is_bad)
    texts = times.gather(rows).cast(pl.String).str.strip_chars()
    for other in others:
        fits = np.flatnonzero(TimePattern.of(other).read(texts).is_time)
        if fits.size:
            text = str(texts[int(fits[0])])[:SHOWN_CHARACTERS]
            raise Invalid(
                f"row {row + int(rows[fits[0]])} holds {text!r}, a time by {other!r}, none by {pattern!r}: "
                "in other rows day and month would change places"
            )
