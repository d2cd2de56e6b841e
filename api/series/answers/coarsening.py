"""Answers whose bucket was not named: as fine as asked for, or as what may be read allows.

Too many points: the next round bucket. Too much to be read: the next one that coarser roll-ups answer. Many
readings that fine buckets can stand for are not read at all.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from api.series.answers.answer import Answer, AskedSeries
from api.series.answers.sizes import is_one_bucket, next_us, size_of
from api.series.line.scope import Scope
from api.series.stored.costs import HoldsTooCostly, TooCostly, TooManyPoints
from api.series.stored.expected import choose_fine
from api.series.stored.plan import COARSE_US
from barograph.database.connections import Connection
from barograph.times import SECOND_US

AnyAnswer = TypeVar("AnyAnswer", bound=Answer)


async def answer_affordably(
    connection: Connection,
    asked: AskedSeries,
    finest_us: int,
    answer_in: Callable[[int], Awaitable[AnyAnswer]],
) -> AnyAnswer:
    """The answer in the finest of these buckets in which it does not cost too much.

    Args:
        finest_us: the bucket to begin with.
        answer_in: answers in buckets of a size.

    Raises:
        TooCostly: it costs too much in any.
    """
    size_us = finest_us
    if asked.few is None:
        size_us = await first_size_us(connection, asked.scope, finest_us)
    while True:
        try:
            answer = await answer_in(size_us)
        except TooCostly as error:
            coarser_us = _coarser_us(asked, size_us, error)
            if coarser_us is None:
                raise
            size_us = coarser_us
            continue
        if size_us == finest_us:
            return answer
        return replace(answer, meta=answer.meta | {"coarsened_from": size_of(asked, finest_us).text})


async def first_size_us(connection: Connection, scope: Scope, finest_us: int) -> int:
    """The first size to be tried: the finest one, unless it would be given up for sure."""
    return await choose_fine(connection, scope, finest_us) if finest_us < SECOND_US else finest_us


def coarser_tiers_us(size_us: int) -> list[int]:
    """Sizes that coarser roll-ups answer, ascending: to be tried where too much is to be read."""
    return [tier_us for tier_us in (SECOND_US, *reversed(COARSE_US)) if tier_us > size_us]


def _coarser_us(asked: AskedSeries, size_us: int, error: TooCostly) -> int | None:
    """The next size to be tried; None: a larger one would change nothing."""
    if isinstance(error, HoldsTooCostly):
        return None
    if not isinstance(error, TooManyPoints):
        return next(iter(coarser_tiers_us(size_us)), None)
    return None if is_one_bucket(asked, size_us) else next_us(asked, size_us)
