"""Points of metrics: names, steps and values as the API has them, and what it says of them."""

import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, SupportsFloat, SupportsIndex, cast

from barograph_client.analysis.problems import ApiProblem, NotLoggedIn, RequestInvalid

MAX_BODY_POINTS = 10_000
MetricValues = SupportsFloat | Sequence[SupportsFloat]
Steps = SupportsIndex | Sequence[int] | None


class LoggedValue(NamedTuple):
    """A value of a name at a step. `t_us` is when it was so, in microseconds since 1970 UTC."""

    name: str
    step: int
    value: float
    t_us: int

    def as_json(self) -> dict[str, Any]:
        """The value for a body: JSON has neither NaN nor infinities."""
        time = datetime.fromtimestamp(self.t_us // 1_000_000, UTC).replace(microsecond=self.t_us % 1_000_000)
        said = time.isoformat(timespec="microseconds").replace("+00:00", "Z")
        return {"name": self.name, "step": self.step, "value": spoken(self.value), "time": said}


class RefusedMetric(NamedTuple):
    """A point that is not stored, and why."""

    point: LoggedValue
    reason: str


Post = Callable[[Sequence[LoggedValue]], Mapping[str, Any]]
"""Sends a body of points; the API's answer."""


def spoken(value: float) -> float | str:
    """A value as JSON can say it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def heard(value: float | str | None) -> float | None:
    """A value from JSON."""
    return None if value is None else float(value)


def points_of(values: Mapping[str, MetricValues], step: Steps, t_us: int) -> Iterator[LoggedValue]:
    """Yields points of one step, or of several where values are sequences.

    Raises:
        ValueError: a sequence is longer or shorter than its steps.
        TypeError: a value is no number.
    """
    only = one_step(step)
    for name, given in values.items():
        many = many_of(given)
        if many is None:
            if only is None:
                raise ValueError(f"{name} has one value, and so needs one step, a whole number")
            yield LoggedValue(name, only, _number(name, given), t_us)
            continue
        if only is not None:
            raise ValueError(f"{name} has many values, and so needs as many steps")
        steps = range(len(many)) if step is None else cast("Sequence[int]", step)
        for at, value in zip(steps, many, strict=True):
            yield LoggedValue(name, int(at), _number(name, value), t_us)


def one_step(step: Steps) -> int | None:
    """A step, as Python or NumPy has it; None where there are several, or none is given."""
    if many_of(cast("MetricValues", step)) is not None or not hasattr(step, "__index__"):
        return None
    return operator.index(cast("SupportsIndex", step))


def _number(name: str, value: object) -> float:
    if not isinstance(value, SupportsFloat) or getattr(value, "ndim", 0) > 0:
        raise TypeError(f"{name} is {value!r}, which is no number: set_params keeps other things")
    return float(value)


def many_of(given: MetricValues) -> Sequence[SupportsFloat] | None:
    """The values of a sequence, or of an array, which calls itself a number; None for a single value."""
    if isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance] - whoever has no type checker
        return None
    if isinstance(given, Sequence):
        return given
    is_many = hasattr(given, "__len__") and getattr(given, "ndim", 1) > 0
    return cast("Sequence[SupportsFloat]", given) if is_many else None


def next_steps(given: MetricValues, first: int) -> int | range:
    """The steps of values that come without, from `first` on."""
    many = many_of(given)
    return first if many is None else range(first, first + len(many))


def post_all(post: Post, points: Sequence[LoggedValue]) -> list[RefusedMetric]:
    """Sends points, and says which of them the API does not take.

    A body with something that is no point is refused whole: it is halved until those are found.

    Raises:
        ApiProblem, ApiUnavailable: nothing can be said of any of them. All may be sent again.
    """
    if not points:
        return []
    try:
        answer = post(points)
    except RequestInvalid as problem:
        if len(points) == 1:
            return [RefusedMetric(points[0], str(problem))]
        half = len(points) // 2
        return post_all(post, points[:half]) + post_all(post, points[half:])
    refused = [
        RefusedMetric(points[each["index"]], f"the step has the value {each['stored']}")
        for each in answer["rejected"]
    ]
    if answer["rejected_total"] > len(refused):
        # Only so many are listed. What follows is known by now, or is listed in its turn.
        return refused + post_all(post, points[answer["rejected"][-1]["index"] + 1 :])
    return refused


def is_final(problem: Exception) -> bool:
    """Whether another try would be answered likewise."""
    return (
        isinstance(problem, ApiProblem)
        and (problem.status < 500 and problem.status != 429)
        and not (isinstance(problem, NotLoggedIn))
    )
