"""Lists of runs by measures: `measure=max_p1>95`, and `sort=measure:max_p1`.

Each condition becomes a range of values, ends included, which an index finds.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import StringConstraints

from api.edge.lists.cursors import ListCursors
from api.edge.lists.sorted_pages import OrderedSpan, Sort
from api.edge.statements import fetch_rows
from api.rights.grants import PHYSICAL_ONLY
from barograph.database.connections import Connection
from barograph.errors import FieldError, Forbidden, Invalid

MAX_CONDITIONS = 10
NAME = r"[A-Za-z_][A-Za-z0-9_.-]{0,99}"
NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
SORT_BY = "measure:"
_CONDITION = re.compile(rf"({NAME})(>=|<=|>|<|=)({NUMBER})")
AskedCondition = Annotated[
    str,
    StringConstraints(pattern=rf"^{NAME}(>=|<=|>|<|=){NUMBER}$", max_length=150),
]


@dataclass(frozen=True)
class MeasureRange:
    """Values of a measure, both ends included."""

    name: str
    low: float
    high: float


class RunsByMeasure:
    """The measures that a list of runs asks for: values to filter by, and the order."""

    def __init__(self, ranges: Sequence[MeasureRange], sort: str) -> None:
        self._ranges = _joined(ranges)
        self._sort = sort

    async def parameters(self, connection: Connection, project_id: int, *, sees_raw: bool) -> dict[str, Any]:
        """Parameters of the statement.

        Raises:
            Invalid: the project has no such measure, or it is none of whole runs.
            Forbidden: it is of raw values, which the caller may not see.
        """
        _, is_sorted, sorted_by = self._sort.partition(SORT_BY)
        names = [*self._ranges, *[sorted_by] * bool(is_sorted)]
        ids = await _ids(connection, project_id, names, sees_raw=sees_raw)
        of_order = self._ranges.get(sorted_by, MeasureRange(sorted_by, -math.inf, math.inf))
        first, *others = [each for each in self._ranges.values() if each.name != sorted_by] or [None]
        return {
            "sort_measure_id": ids[sorted_by] if is_sorted else None,
            "sort_low": of_order.low,
            "sort_high": of_order.high,
            "kept_measure_id": None if first is None else ids[first.name],
            "kept_low": None if first is None else first.low,
            "kept_high": None if first is None else first.high,
            "measure_ids": [ids[each.name] for each in others if each] or None,
            "measure_lows": [each.low for each in others if each],
            "measure_highs": [each.high for each in others if each],
        }

    @property
    def leaves_unmeasured_out(self) -> bool:
        """Whether a condition is on the measure that orders them, which a run without a value never meets."""
        return self._sort.partition(SORT_BY)[2] in self._ranges


AskedConditions = Annotated[
    list[AskedCondition],
    Query(
        max_length=MAX_CONDITIONS,
        description="A measure over runs, one of > >= < <= =, and a number. Repeat for several; all must "
        "match, and a run without a value never does",
        examples=["max_p1>95"],
    ),
]


async def _by_measure(
    measure: AskedConditions = [],  # noqa: B006  # FastAPI copies defaults
    sort: Annotated[str, Query(include_in_schema=False)] = "",
) -> RunsByMeasure:
    return RunsByMeasure([read_condition(each) for each in measure], sort)


async def _of_measures(measure: AskedConditions = []) -> RunsByMeasure:  # noqa: B006  # FastAPI copies defaults
    return RunsByMeasure([read_condition(each) for each in measure], "")


ByMeasure = Annotated[RunsByMeasure, Depends(_by_measure)]
OfMeasures = Annotated[RunsByMeasure, Depends(_of_measures)]
"""Without an order."""


async def _ordered_runs(
    cursors: ListCursors,
    limit: Annotated[int, Query(ge=1, le=500, description="Most items in the answer")] = 50,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before")] = None,
    sort: Annotated[
        Sort | Annotated[str, StringConstraints(pattern=rf"^-?{SORT_BY}{NAME}$")],
        Query(
            description="`-` in front: descending. `measure:` and the name of a measure over runs: by its "
            "values, runs without one last"
        ),
    ] = "-created_at",
) -> OrderedSpan:
    return OrderedSpan.at(cursors, limit, cursor, sort)


RunPage = Annotated[OrderedSpan, Depends(_ordered_runs)]


def read_condition(text: str) -> MeasureRange:
    """The range that a condition names."""
    found = _CONDITION.fullmatch(text)
    assert found is not None  # noqa: S101  # it has its pattern
    name, comparison, number = found.groups()
    bound = float(number)
    match comparison:
        case ">":
            return MeasureRange(name, math.nextafter(bound, math.inf), math.inf)
        case ">=":
            return MeasureRange(name, bound, math.inf)
        case "<":
            return MeasureRange(name, -math.inf, math.nextafter(bound, -math.inf))
        case "<=":
            return MeasureRange(name, -math.inf, bound)
        case _:
            return MeasureRange(name, bound, bound)


def _joined(ranges: Sequence[MeasureRange]) -> Mapping[str, MeasureRange]:
    """Joins all conditions on each measure into one range."""
    joined: dict[str, MeasureRange] = {}
    for each in ranges:
        so_far = joined.get(each.name, each)
        joined[each.name] = MeasureRange(each.name, max(each.low, so_far.low), min(each.high, so_far.high))
    return joined


async def _ids(
    connection: Connection, project_id: int, names: Sequence[str], *, sees_raw: bool
) -> Mapping[str, int]:
    if not names:
        return {}
    asked = {"project_id": project_id, "names": names}
    rows = {row["name"]: row for row in await fetch_rows(connection, "measure.named", asked)}
    for name in names:
        if name not in rows or rows[name]["over"] != "run":
            said = f"the project has no measure over runs that is called {name}"
            raise Invalid(said, [FieldError("/query/measure", said)])
        if rows[name]["layer"] == "raw" and not sees_raw:
            raise Forbidden(PHYSICAL_ONLY)
    return {name: row["id"] for name, row in rows.items()}
