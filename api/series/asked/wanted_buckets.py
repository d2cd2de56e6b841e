"""In which buckets series are asked for."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Query

Align = Literal["epoch", "start"]
DEFAULT_POINTS = 1000
# Far more than a screen has.
MAX_COLUMNS = 20_000


@dataclass(frozen=True)
class WantedBuckets:
    """The parameters about buckets as they are given; None: not given."""

    bucket: str | None
    tz: str | None
    offset: str | None
    max_points: int | None
    columns: int | None
    align: Align


async def _wanted(
    bucket: Annotated[
        str | None,
        Query(
            max_length=30,
            description="Size of a bucket: a number and one of us, ms, s, m, h, d, w, mo, y",
            examples=["10s"],
        ),
    ] = None,
    tz: Annotated[
        str | None,
        Query(
            max_length=64,
            description="Time zone by whose calendar buckets of d, w, mo and y begin, as the IANA names it; "
            "shorter ones begin as ever",
            examples=["Europe/Berlin"],
        ),
    ] = None,
    offset: Annotated[
        str | None,
        Query(
            max_length=30,
            description="How much later buckets begin, by the clock; with - earlier",
            examples=["6h"],
        ),
    ] = None,
    max_points: Annotated[
        int | None,
        Query(
            ge=1,
            le=100_000,
            description=f"Chooses a bucket that gives at most so many; {DEFAULT_POINTS} if neither is given",
        ),
    ] = None,
    columns: Annotated[
        int | None,
        Query(
            ge=1,
            le=MAX_COLUMNS,
            description="Instead of statistics chosen by `stat`, what a plot of at most so many columns "
            "shows: first, min, max, last and count of each, on one grid for all sensors, and statistics of "
            "the whole period",
        ),
    ] = None,
    align: Annotated[
        Align,
        Query(
            description="Where buckets begin: at 1970, or at the start of the capture session, run or "
            "period, from which times are then counted, as `elapsed_us`"
        ),
    ] = "epoch",
) -> WantedBuckets:
    return WantedBuckets(bucket, tz, offset, max_points, columns, align)


AskedBuckets = Annotated[WantedBuckets, Depends(_wanted)]
