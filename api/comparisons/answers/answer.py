"""A comparison, from the question to what its documents and tables say.

members (rights) -> T0 of each -> what they measured or logged, on one grid -> spread, differences
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from api.comparisons.answers.differences import (
    BaselineDifference,
    Floats,
    MemberSpread,
    difference_of,
    lay_out,
    spread_of,
)
from api.comparisons.computed.columns import ComparedColumns, ElapsedGrid, MemberSeries, StepGrid
from api.comparisons.computed.of_metrics import compare_metrics
from api.comparisons.computed.of_sensors import compare_sensors
from api.comparisons.members import ComparedMember, find_members, id_of
from api.comparisons.question import ComparisonQuestion
from api.comparisons.zeros import MemberZero, find_zeros
from api.rights.caller import Account
from api.series.stored.positions import find_moment
from barograph.database.connections import Connection


@dataclass(frozen=True)
class MemberAnswer:
    """The answer about a member.

    Attributes:
        series: of the sensors or metrics asked for that it has; none if it needs a T0 and has none.
    """

    member: ComparedMember
    zero: MemberZero
    offset_us: int
    series: Sequence[MemberSeries]

    def series_of(self, key: str) -> MemberSeries | None:
        """The series of a sensor or metric; None if the member has none."""
        return next((each for each in self.series if each.key == key), None)


@dataclass(frozen=True)
class Comparison:
    """The answer.

    Attributes:
        units: of values, by key.
        spread: by key, where any member has values.
        difference: of each member but the baseline that has the key, where the baseline has it too.
    """

    question: ComparisonQuestion
    grid: ElapsedGrid | StepGrid
    members: Sequence[MemberAnswer]
    units: Mapping[str, str]
    spread: dict[str, MemberSpread]
    difference: Sequence[tuple[MemberAnswer, str, BaselineDifference]]
    meta: dict[str, Any]


async def compare(connection: Connection, caller: Account, question: ComparisonQuestion) -> Comparison:
    """All of it, as of one moment.

    Raises:
        NotFound, Forbidden: there is something that the caller may not see.
        Invalid: what nobody has, units that can't be joined, or too much.
    """
    moment, now = await find_moment(connection), datetime.now(UTC)
    members = await find_members(connection, caller, question)
    if question.is_by_step:
        zeros = [MemberZero() for _ in members]
    else:
        zeros = await find_zeros(connection, question, members, now)
    if question.metrics:
        found = await compare_metrics(connection, question, members, zeros)
    else:
        found = await compare_sensors(connection, question, members, zeros, now)
    answers = [
        MemberAnswer(
            member,
            zero,
            _offset_us(found.grid, zero),
            [each for each in found.series if each.place == place],
        )
        for place, (member, zero) in enumerate(zip(members, zeros, strict=True))
    ]
    meta = _meta(question, members) | dict(found.meta) | {"position": str(moment.position)}
    return _compared(question, found, answers, meta)


def _offset_us(grid: ElapsedGrid | StepGrid, zero: MemberZero) -> int:
    return grid.offset_us(zero.t_us) if isinstance(grid, ElapsedGrid) and zero.t_us is not None else 0


def _compared(
    question: ComparisonQuestion,
    found: ComparedColumns,
    members: Sequence[MemberAnswer],
    meta: dict[str, Any],
) -> Comparison:
    n = found.grid.n
    spread: dict[str, MemberSpread] = {}
    difference: list[tuple[MemberAnswer, str, BaselineDifference]] = []
    for key in question.keys:
        rows = {
            place: _laid_out(n, series, question.stat)
            for place, member in enumerate(members)
            if (series := member.series_of(key)) is not None
        }
        spread[key] = spread_of(list(rows.values()) or [np.full(n, np.nan)])
        baseline = rows.pop(question.baseline_place, None)
        if baseline is not None:
            difference += [(members[place], key, difference_of(row, baseline)) for place, row in rows.items()]
    return Comparison(question, found.grid, members, found.units, spread, difference, meta)


def _laid_out(n: int, series: MemberSeries, stat: str) -> Floats:
    return lay_out(n, series.index, series.columns[stat])


def _meta(question: ComparisonQuestion, members: Sequence[ComparedMember]) -> dict[str, Any]:
    """The part of `meta` that says how it was asked."""
    return {
        "layer": question.layer,
        "stat": question.stat,
        "by": "step" if question.is_by_step else "time",
        "align": question.model_dump(mode="json")["align"],
        "baseline": str(id_of(members[question.baseline_place])),
    }
