"""The sizes of buckets that an answer may have, and where its buckets begin.

What is chosen for a question is a length in microseconds. With a time zone, a day and more stand for days,
weeks, months and years of its calendar.
"""

from zoneinfo import ZoneInfo

from api.series.answers.answer import AskedSeries
from api.series.line.bucket_edges import BucketEdges, CalendarBuckets, FixedBuckets
from api.series.line.bucket_sizes import BucketSize, round_calendar_size
from api.series.line.buckets import choose_bucket, count_buckets, next_round_us
from api.series.line.calendar import CalendarRule
from api.series.line.line import Line
from api.series.stored.costs import TooManyPoints
from barograph.times import DAY_US

# Where each begins takes microseconds to find: a century of days.
MAX_CALENDAR_BUCKETS = 50_000
UTC = ZoneInfo("UTC")
_MONDAY_US = 4 * DAY_US


def size_of(asked: AskedSeries, size_us: int) -> BucketSize:
    """The bucket size of a chosen length."""
    if asked.question.zone is None or size_us < DAY_US:
        return BucketSize(size_us, "us")
    return round_calendar_size(size_us)


def finest_us(asked: AskedSeries, max_points: int) -> int:
    """The smallest round bucket of which at most so many touch what is asked."""
    if asked.extent_us is None:
        return 1
    from_us, to_us = (t_us - asked.question.offset_us for t_us in asked.extent_us)
    if asked.question.zone is None:
        return choose_bucket(from_us, to_us, max_points)
    # By the calendar a day and more may be a few more, but not fewer by much.
    size_us = min(choose_bucket(from_us, to_us, max(max_points, 2)), DAY_US)
    while _count(asked, size_us) > min(max_points, MAX_CALENDAR_BUCKETS):
        size_us = next_us(asked, size_us)
    return size_us


def next_us(asked: AskedSeries, size_us: int) -> int:
    """The next larger size."""
    if asked.question.zone is None or size_us < DAY_US:
        return next_round_us(size_us)
    return round_calendar_size(size_us + 1).about_us


def is_one_bucket(asked: AskedSeries, size_us: int) -> bool:
    """Whether a bucket of this size holds all that is asked."""
    return asked.extent_us is None or _count(asked, size_us) <= 1


def edges_of(asked: AskedSeries, size: BucketSize, line: Line) -> BucketEdges:
    """The buckets of an answer, over a whole line.

    Raises:
        TooManyPoints: there are too many by the calendar.
    """
    offset_us = asked.question.offset_us
    rule = _rule(asked, size)
    if rule is None:
        monday_us = _MONDAY_US if size.unit == "w" and asked.question.align == "epoch" else 0
        return FixedBuckets(size.about_us, asked.anchor_us + monday_us + offset_us)
    from_us, to_us = line.origin_us, line.origin_us + line.width_us
    if rule.count(from_us, to_us) > MAX_CALENDAR_BUCKETS:
        raise TooManyPoints(
            f"the period has more than {MAX_CALENDAR_BUCKETS:,} buckets by the calendar; ask for a larger "
            "bucket or a shorter period"
        )
    return CalendarBuckets.of(rule, from_us, to_us)


def _rule(asked: AskedSeries, size: BucketSize) -> CalendarRule | None:
    """None: all buckets are of one length."""
    zone = asked.question.zone or UTC
    if size.unit == "us" or (zone is UTC and size.has_one_length):
        return None
    return CalendarRule(zone, size, asked.question.offset_us)


def _count(asked: AskedSeries, size_us: int) -> int:
    if asked.extent_us is None:
        return 0
    size = size_of(asked, size_us)
    rule = _rule(asked, size)
    if rule is not None:
        return rule.count(*asked.extent_us)
    offset_us = asked.question.offset_us + (_MONDAY_US if size.unit == "w" else 0)
    from_us, to_us = (t_us - offset_us for t_us in asked.extent_us)
    return count_buckets(from_us, to_us, size.about_us)
