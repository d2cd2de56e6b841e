"""The law of logging: a body does what its points would do one by one."""

import math

from hypothesis import given
from hypothesis import strategies as st

from api.metrics.logging import LoggedPoint, is_same, plan_logging

NOW_US = 1_767_225_600_000_000
VALUES = st.sampled_from([0.0, -0.0, 1.0, math.nan, math.inf])
POINTS = st.lists(st.tuples(st.integers(1, 2), st.integers(0, 2), VALUES), max_size=12)
HELD = st.dictionaries(st.tuples(st.integers(1, 2), st.integers(0, 2)), VALUES, max_size=4)


@given(given_points=POINTS, held=HELD, replace=st.booleans())
def test_a_body_does_what_its_points_do_one_by_one(
    given_points: list[tuple[int, int, float]], held: dict[tuple[int, int], float], replace: bool
) -> None:
    points = [LoggedPoint(metric, step, value, NOW_US) for metric, step, value in given_points]
    plan = plan_logging(points, held, replace=replace)

    stored, accepted, duplicate, conflicts = dict(held), 0, 0, list[int]()
    for index, point in enumerate(points):
        if point.place not in stored or (replace and not is_same(stored[point.place], point.value)):
            stored[point.place] = point.value
            accepted += 1
        elif is_same(stored[point.place], point.value):
            duplicate += 1
        else:
            conflicts.append(index)
    assert (plan.accepted, plan.duplicate) == (accepted, duplicate)
    assert [conflict.index for conflict in plan.conflicts] == conflicts
    assert plan.inserted.keys().isdisjoint(held)
    assert plan.replaced.keys() <= held.keys()
    after = held | {place: point.value for place, point in (plan.inserted | plan.replaced).items()}
    assert after.keys() == stored.keys()
    assert all(is_same(after[place], stored[place]) for place in stored)
