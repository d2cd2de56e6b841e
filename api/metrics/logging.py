"""Decides what becomes of logged points: stored, duplicate, in conflict, or replacing others. Pure.

One value belongs to a step of a name. The same again is a duplicate. Another is a conflict, unless it is to
replace the first. NaN is the same as NaN, and 0 as -0.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MAX_LISTED = 100


@dataclass(frozen=True, slots=True)
class LoggedPoint:
    """A point of a body, with the surrogate of its name. `t_us` is in microseconds since 1970 UTC."""

    metric_id: int
    step: int
    value: float
    t_us: int

    @property
    def place(self) -> tuple[int, int]:
        return self.metric_id, self.step


@dataclass(frozen=True, slots=True)
class MetricConflict:
    """The body's point at `index` says something else than what is stored, or stands before it."""

    index: int
    stored: float


@dataclass
class LoggingPlan:
    """The plan for a body: which of its points are written, and which are not.

    Attributes:
        inserted, replaced: by metric and step.
        duplicate: how many points say what is known.
        conflicts: those that are refused, in the order of the body.
    """

    inserted: dict[tuple[int, int], LoggedPoint] = field(default_factory=dict[tuple[int, int], LoggedPoint])
    replaced: dict[tuple[int, int], LoggedPoint] = field(default_factory=dict[tuple[int, int], LoggedPoint])
    accepted: int = 0
    duplicate: int = 0
    conflicts: list[MetricConflict] = field(default_factory=list[MetricConflict])


def plan_logging(
    points: Sequence[LoggedPoint], held: Mapping[tuple[int, int], float], *, replace: bool
) -> LoggingPlan:
    """Decides each point in the order of the body, as if each came by itself.

    Args:
        points: of the body.
        held: the values that are stored, by metric and step.
        replace: whether another value takes the place of the one that is there.
    """
    plan = LoggingPlan()
    known = dict(held)
    for index, point in enumerate(points):
        stored = known.get(point.place)
        if stored is not None and is_same(stored, point.value):
            plan.duplicate += 1
        elif stored is not None and not replace:
            plan.conflicts.append(MetricConflict(index, stored))
        else:
            (plan.replaced if point.place in held else plan.inserted)[point.place] = point
            known[point.place] = point.value
            plan.accepted += 1
    return plan


def is_same(one: float, other: float) -> bool:
    """Whether two values say the same."""
    return one == other or (math.isnan(one) and math.isnan(other))
