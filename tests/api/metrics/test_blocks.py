"""The law of blocks: whatever was logged and replaced, in short is what NumPy finds in all points."""

import math
from typing import Any

import numpy as np
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.metrics.buckets import BLOCK_STEPS, StepBuckets
from tests.api.lab import Lab
from tests.api.server import Server
from tests.examples import few_examples

STEP = st.integers(-600, 600)
VALUE = st.one_of(
    st.floats(-1e3, 1e3), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0, 7.0, 1e308, 5e-324])
)
BODY = st.dictionaries(STEP, VALUE, min_size=1, max_size=60)


@given(
    first=st.integers(-(2**53) + 1, 2**53 - 1),
    length=st.integers(0, 10**7),
    max_count=st.integers(1, 10_000),
)
def test_buckets_hold_all_steps_and_are_not_too_many(first: int, length: int, max_count: int) -> None:
    last = first + length
    even = StepBuckets.even(first, last, max_count)
    assert (even.origin, even.width) == (first, -(-(length + 1) // max_count))
    grid = StepBuckets.of_blocks(first, last, max_count)
    assert grid.origin <= first
    assert (last - grid.origin) // grid.width + 1 <= max_count
    assert not grid.is_of_blocks or grid.origin % BLOCK_STEPS == grid.width % BLOCK_STEPS == 0
    # No coarser than it needs to be, save for whole blocks.
    assert grid.width <= -(-(length + 1) // max_count) + 2 * BLOCK_STEPS


@few_examples(8)
@given(bodies=st.lists(st.tuples(BODY, st.booleans()), min_size=1, max_size=4), data=st.data())
def test_what_is_told_in_short_is_what_numpy_finds(
    lab: Lab, bodies: list[tuple[dict[int, float], bool]], data: st.DataObject
) -> None:
    run = lab.new_run()
    held: dict[int, float] = {}
    for body, is_replacing in bodies:
        points = [{"name": "x", "step": step, "value": spoken(value)} for step, value in body.items()]
        lab.person.made(f"/runs/{run}/metrics", {"points": points, "replace": is_replacing})
        held = held | body if is_replacing else body | held
    steps = np.array(sorted(held))
    values = np.array([held[step] for step in steps.tolist()])
    check_summary(lab.person.read(f"/runs/{run}/metrics/summary")["items"][0], steps, values)
    check_chart(lab, run, steps, values, max_count=data.draw(st.integers(2, 12), "max_points"))
    check_buckets(lab, run, steps, values, max_count=data.draw(st.integers(1, 6), "buckets"))


def check_summary(told: dict[str, Any], steps: np.ndarray[Any, Any], values: np.ndarray[Any, Any]) -> None:
    numbers = values[~np.isnan(values)]
    assert (told["count"], told["nan_count"]) == (values.size, values.size - numbers.size)
    assert (told["first_step"], told["last_step"]) == (steps[0], steps[-1])
    if not numbers.size:
        assert (told["min"], told["max"], told["mean"]) == (None, None, None)
        return
    assert (heard(told["min"]), heard(told["max"])) == (numbers.min(), numbers.max())
    assert told["min_step"] == steps[values == numbers.min()][0]
    assert told["max_step"] == steps[values == numbers.max()][0]
    with np.errstate(invalid="ignore"):
        mean = float(np.sum(numbers * 2.0**-32) / numbers.size * 2.0**32)
    # What is smaller than that vanishes in sums.
    within = max(1e-280, 1e-9 * largest(numbers))
    assert heard(told["mean"]) == pytest.approx(mean, rel=1e-9, abs=within, nan_ok=True)


def check_chart(
    lab: Lab, run: str, steps: np.ndarray[Any, Any], values: np.ndarray[Any, Any], max_count: int
) -> None:
    (told,) = lab.person.read(f"/runs/{run}/metrics", name="x", max_points=max_count)["metrics"]
    assert told["points"] == steps.size
    assert len(told["step"]) <= max_count
    assert told["step"] == sorted(set(told["step"]))
    shown = np.array([heard(value) for value in told["value"]])
    np.testing.assert_array_equal(shown, values[np.searchsorted(steps, told["step"])])
    if not np.isnan(values).all():
        assert (np.nanmin(shown), np.nanmax(shown)) == (np.nanmin(values), np.nanmax(values))


def check_buckets(
    lab: Lab, run: str, steps: np.ndarray[Any, Any], values: np.ndarray[Any, Any], max_count: int
) -> None:
    told = lab.person.read(f"/runs/{run}/metrics/aggregate", name="x", buckets=max_count)
    assert len(told["step"]) <= max_count
    assert sum(told["count"]) == steps.size
    width = -(-(int(steps[-1] - steps[0]) + 1) // max_count)
    assert told["width"] == width
    assert told["step"] == sorted({int(steps[0] + (step - steps[0]) // width * width) for step in steps})
    for place, start in enumerate(told["step"]):
        part = values[(steps >= start) & (steps < start + told["width"])]
        numbers = part[~np.isnan(part)]
        assert told["count"][place] == part.size
        wanted = (numbers.min(), numbers.max()) if numbers.size else (None, None)
        assert (heard(told["min"][place]), heard(told["max"][place])) == wanted


def test_a_chart_of_a_part_begins_and_ends_with_it(server: Server, lab: Lab) -> None:
    run = lab.new_run()
    lab.person.made(f"/runs/{run}/metrics", {"points": [{"name": "x", "step": 0, "value": 5}]})
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "insert into metric_point select id, step, sin(step), now() from run_metric,"
            " generate_series(1, 20000) as step where run_id = (select id from run where public_id = %s)",
            (run,),
        )
    asked = {"name": "x", "from_step": 300, "to_step": 19_000, "max_points": 20}
    (told,) = lab.person.read(f"/runs/{run}/metrics", **asked)["metrics"]
    assert told["points"] == 18_700
    assert 300 <= told["step"][0] <= told["step"][-1] < 19_000
    values = np.sin(np.arange(300, 19_000))
    assert (min(told["value"]), max(told["value"])) == (values.min(), values.max())


@pytest.mark.parametrize(("buckets", "width"), [(10, 2000), (30, 667), (300, 67)])
def test_buckets_are_even_however_wide(server: Server, lab: Lab, buckets: int, width: int) -> None:
    run = lab.new_run()
    lab.person.made(f"/runs/{run}/metrics", {"points": [{"name": "x", "step": 77, "value": math.sin(77)}]})
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "insert into metric_point select id, step, sin(step), now() from run_metric,"
            " generate_series(78, 20076) as step where run_id = (select id from run where public_id = %s)",
            (run,),
        )
    told = lab.person.read(f"/runs/{run}/metrics/aggregate", name="x", buckets=buckets)
    starts = list(range(77, 20077, width))
    assert (told["step"], told["width"]) == (starts, width)
    parts = [np.sin(np.arange(start, min(start + width, 20077))) for start in starts]
    assert told["count"] == [part.size for part in parts]
    assert told["min"] == [part.min() for part in parts]
    assert told["mean"] == pytest.approx([part.mean() for part in parts], abs=1e-12)
    assert told["max"] == [part.max() for part in parts]


def spoken(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    return ("Infinity" if value > 0 else "-Infinity") if math.isinf(value) else value


def heard(value: float | str | None) -> float | None:
    return None if value is None else float(value)


def largest(values: np.ndarray[Any, Any]) -> float:
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max(initial=0.0))
