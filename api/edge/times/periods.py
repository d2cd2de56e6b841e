"""Periods of time that questions are asked about. Most are bounded: each chunk touched is a lock held. Series
and readings bound what they touch by themselves.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends, Query

from api.edge.times.asked_times import AskedTime
from barograph.errors import FieldError, Invalid

# How far ahead of the server's clock a reading's time may be.
MAX_AHEAD = timedelta(minutes=10)
MAX_PERIOD = timedelta(days=400)
EARLIEST = datetime(1, 1, 3, tzinfo=UTC)
LATEST = datetime(9999, 12, 29, tzinfo=UTC)
_BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Period:
    """A period, half-open: `[start, end)`."""

    start: datetime
    end: datetime

    @property
    def parameters(self) -> dict[str, datetime]:
        """Parameters of statements."""
        return {"from": self.start, "to": self.end}

    @property
    def is_usual(self) -> bool:
        """Whether it is so short that it holds few enough chunks, whatever is stored."""
        return self.end - self.start <= MAX_PERIOD


@dataclass(frozen=True)
class RequestedPeriod:
    """The period that a client asks for, as it gave `from` and `to`."""

    start: datetime | None
    end: datetime | None

    def period(self, max_age_s: int, longest: timedelta | None = MAX_PERIOD) -> Period:
        """The period with the defaults filled in, for a project that takes readings of this age.

        Raises:
            Invalid: the period is empty, or longer than that.
        """
        end = self.end or datetime.now(UTC) + MAX_AHEAD
        start = self.start or _before(end, min(timedelta(seconds=max_age_s) + MAX_AHEAD, MAX_PERIOD))
        return bounded(start, end, longest)

    def within(self, whole: Period, longest: timedelta | None = MAX_PERIOD) -> Period | None:
        """The part of `whole` that is asked for; None if there is none.

        Raises:
            Invalid: as `period`.
        """
        if self.start is not None and self.end is not None:
            bounded(self.start, self.end, longest)
        start, end = max(self.start or whole.start, whole.start), min(self.end or whole.end, whole.end)
        return bounded(start, end, longest) if start < end else None


async def _asked(
    start: Annotated[
        AskedTime | None,
        Query(
            alias="from",
            description="Readings at or after this time; default: as long before `to` as the project "
            "accepts readings, and 400 days at most",
        ),
    ] = None,
    end: Annotated[
        AskedTime | None, Query(alias="to", description="Readings before this time; default: all there are")
    ] = None,
) -> RequestedPeriod:
    return RequestedPeriod(start, end)


AskedPeriod = Annotated[RequestedPeriod, Depends(_asked)]


async def _asked_part(
    start: Annotated[
        AskedTime | None, Query(alias="from", description="Readings at or after this time; default: all")
    ] = None,
    end: Annotated[
        AskedTime | None, Query(alias="to", description="Readings before this time; default: all")
    ] = None,
) -> RequestedPeriod:
    return RequestedPeriod(start, end)


AskedPart = Annotated[RequestedPeriod, Depends(_asked_part)]
"""Of something that has bounds of its own."""


def bounded(start: datetime, end: datetime, longest: timedelta | None = MAX_PERIOD) -> Period:
    """The period.

    Raises:
        Invalid: it is empty, or longer than that.
    """
    if start >= end:
        raise Invalid("the period is empty", [FieldError("/query/to", "lies not after from")])
    if longest is not None and end - start > longest:
        raise Invalid(
            f"a question covers at most {longest.days} days; ask for the period in parts",
            [FieldError("/query/from", f"more than {longest.days} days before to")],
        )
    return _inside(start, end)


def _inside(start: datetime, end: datetime) -> Period:
    """The period without the first and last days of the calendar, so that rounding stays within it.

    No reading is left out: none is accepted with such a time.
    """
    instant = timedelta(microseconds=1)
    start = min(max(start, EARLIEST), LATEST - instant)
    return Period(start, max(min(end, LATEST), start + instant))


def _before(time: datetime, span: timedelta) -> datetime:
    return time - span if time - _BEGINNING > span else _BEGINNING
