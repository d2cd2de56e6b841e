"""Where days, weeks, months and years begin in a time zone.

A bucket begins at the first instant at which the clock of the zone shows its beginning. Where the clock skips
that, it begins when the clock has been set. So days have 23, 24 or 25 hours; a date that was skipped has no
bucket.

Days, months and years are counted from 1970, and weeks, which begin on Monday, from 5 January 1970. All is
as in Polars.

Why: decision 410.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from api.series.line.bucket_sizes import YEAR_MONTHS, BucketSize
from api.series.line.moments import Integers
from barograph.times import DAY_US, EPOCH, MAX_US, MIN_US

_EPOCH_DAY = EPOCH.replace(tzinfo=None)
_MONDAY_US = 4 * DAY_US
# Clocks are asked no nearer to the ends of what a datetime holds.
_MARGIN_US = 2 * DAY_US


@dataclass(frozen=True)
class CalendarRule:
    """Buckets of so many days, weeks, months or years.

    Attributes:
        size: in a unit of the calendar.
        offset_us: how much later than the calendar's own they begin, by the clock of the zone.
    """

    zone: ZoneInfo
    size: BucketSize
    offset_us: int = 0

    def count(self, from_us: int, to_us: int) -> int:
        """How many touch `[from_us, to_us)`, skipped dates among them."""
        return self._number(self._clock_us(to_us - 1)) - self._number(self._clock_us(from_us)) + 1

    def edges(self, from_us: int, to_us: int) -> Integers:
        """Where buckets begin, ascending: from one at or before `from_us` to one after `to_us`."""
        first, last = (self._number(self._clock_us(t_us)) for t_us in (from_us, to_us))
        starts_us = self._clock_starts_us(np.arange(first - 1, last + 3))
        # Where a date was skipped, two begin at once.
        return np.unique([self._instant_us(clock_us) for clock_us in starts_us.tolist()])

    def _number(self, clock_us: int) -> int:
        clock_us -= self.offset_us
        if self.size.has_one_length:
            return (clock_us - self._origin_us) // self.size.about_us
        month = int(np.datetime64(clock_us, "us").astype("datetime64[M]").astype(np.int64))
        return month // self._months

    def _clock_starts_us(self, number: Integers) -> Integers:
        if self.size.has_one_length:
            return number * self.size.about_us + self._origin_us + self.offset_us
        month = (number * self._months).astype("datetime64[M]")
        return month.astype("datetime64[D]").astype(np.int64) * DAY_US + self.offset_us

    @property
    def _origin_us(self) -> int:
        return _MONDAY_US if self.size.unit == "w" else 0

    @property
    def _months(self) -> int:
        return self.size.count * (YEAR_MONTHS if self.size.unit == "y" else 1)

    def _clock_us(self, t_us: int) -> int:
        """The clock's time at an instant, in microseconds since 1970."""
        shown = (EPOCH + timedelta(microseconds=_bounded(t_us))).astimezone(self.zone).utcoffset()
        return t_us + _us(shown)

    def _instant_us(self, clock_us: int) -> int:
        """The first instant at which the clock shows this, or more if it skips it."""
        time = _EPOCH_DAY + timedelta(microseconds=_bounded(clock_us))
        before_us, after_us = (_us(_at(time, fold, self.zone).utcoffset()) for fold in (0, 1))
        if after_us <= before_us:
            return clock_us - before_us
        # The clock is set between the two.
        low, high = clock_us - after_us, clock_us - before_us
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self._clock_us(middle) >= clock_us else (middle, high)
        return high


def _at(time: datetime, fold: int, zone: ZoneInfo) -> datetime:
    return time.replace(tzinfo=zone, fold=fold)


def _bounded(t_us: int) -> int:
    return min(max(t_us, MIN_US + _MARGIN_US), MAX_US - _MARGIN_US)


def _us(offset: timedelta | None) -> int:
    return (offset or timedelta()) // timedelta(microseconds=1)
