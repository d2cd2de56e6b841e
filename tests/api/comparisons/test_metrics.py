"""Metrics of runs over one another: by step, by time, without what is not finite, and as NumPy has it."""

import io
import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.times import SECOND_US, format_us
from tests.api.comparisons.captured import START_US, capture
from tests.api.conftest import People, ProjectMaker
from tests.api.lab import Lab, make_lab
from tests.api.server import Person, Server
from tests.examples import few_examples

APART_US = 3600 * SECOND_US


def log(lab: Lab, run: str, name: str, points: dict[int, float | str], start_us: int = START_US) -> None:
    """A point a second, in the order of steps."""
    said = [
        {"name": name, "step": step, "value": value, "time": format_us(start_us + place * SECOND_US)}
        for place, (step, value) in enumerate(sorted(points.items()))
    ]
    assert lab.person.send("POST", f"/runs/{run}/metrics", {"points": said}).status_code == 200


def two_runs(lab: Lab) -> list[str]:
    """One falls by step; the other lies one higher, an hour later, and lacks a step."""
    runs = [lab.new_run("running", params={"lr": rate}) for rate in (0.1, 0.2)]
    log(lab, runs[0], "loss", {1: 4.0, 2: 3.0, 3: 2.0, 4: 1.0})
    log(lab, runs[1], "loss", {1: 5.0, 2: 4.0, 4: 2.0, 5: "NaN"}, START_US + APART_US)
    return runs


def compare(person: Person, runs: list[str], **body: object) -> dict[str, Any]:
    answer = person.post("/comparisons", {"runs": runs, "metrics": ["loss"], **body})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_metrics_lie_over_one_another_by_step(owner: Person, lab: Lab) -> None:
    runs = two_runs(lab)
    answer = compare(owner, runs)
    assert answer["grid"] == {
        "start_us": None,
        "bucket_us": None,
        "n": 4,
        "start_step": 1,
        "bucket_steps": 1,
    }
    first, second = (member["series"][0] for member in answer["members"])
    assert (first["index"], first["mean"]) == ([0, 1, 2, 3], [4, 3, 2, 1])
    assert (second["index"], second["mean"], second["key"]) == ([0, 1, 3], [5, 4, 2], "loss")
    assert first["sensor_id"] is None
    assert answer["spread"][0]["members"] == [2, 2, 1, 2]
    assert answer["spread"][0]["mean"] == [4.5, 3.5, 2, 1.5]
    (apart,) = answer["difference"]
    assert (apart["run_id"], apart["rms"], apart["max"], apart["at_step"]) == (runs[1], 1, 1, 1)
    assert (apart["at_us"], apart["index"], apart["value"]) == (None, [0, 1, 3], [1, 1, 1])
    assert [(each["count"], each["left_out"], each["mean"]) for each in answer["summary"]] == [
        (4, 0, 2.5),
        (3, 1, pytest.approx(11 / 3)),
    ]
    assert answer["params"] == [{"name": "lr", "values": [0.1, 0.2], "differs": True}]
    assert (answer["meta"]["by"], answer["meta"]["bucket"]) == ("step", "1 step")
    assert [member["t0"] for member in answer["members"]] == [None, None]


def test_steps_are_shifted_bounded_and_gathered(owner: Person, lab: Lab) -> None:
    runs = two_runs(lab)
    answer = compare(owner, runs, shift_steps={runs[1]: 1}, from_step=0, to_step=4, columns=2, stat="max")
    assert answer["grid"] == {
        "start_us": None,
        "bucket_us": None,
        "n": 2,
        "start_step": 0,
        "bucket_steps": 2,
    }
    assert [member["series"][0]["max"] for member in answer["members"]] == [[4, 3], [5, 2]]
    assert [member["series"][0]["last"] for member in answer["members"]] == [[4, 2], [4, 2]]
    assert [member["shift_steps"] for member in answer["members"]] == [0, 1]


def test_metrics_lie_over_one_another_by_time(owner: Person, lab: Lab) -> None:
    sensor = lab.sensor("p1")
    runs = [
        capture(lab, [sensor], (START_US + n * APART_US, START_US + n * APART_US + 10 * SECOND_US)).id
        for n in range(2)
    ]
    log(lab, runs[0], "loss", {1: 4.0, 5: 3.0}, START_US + SECOND_US)
    log(lab, runs[1], "loss", {1: 5.0, 2: 4.0}, START_US + APART_US + SECOND_US)
    answer = compare(owner, runs, by="time", columns=10)
    assert (answer["meta"]["by"], answer["grid"]["start_step"]) == ("time", None)
    assert answer["members"][1]["t0"] == format_us(START_US + APART_US)
    (apart,) = answer["difference"]
    assert (apart["rms"], apart["at_us"], apart["at_step"], len(apart["index"])) == (1, SECOND_US, None, 2)
    moved = compare(owner, runs, by="time", columns=10, shift_us={runs[1]: SECOND_US})
    assert [each["value"] for each in moved["difference"]] == [[0]]


def test_a_run_without_capture_sessions_counts_from_its_own_start(owner: Person, lab: Lab) -> None:
    runs = two_runs(lab)
    answer = compare(owner, [*runs, lab.new_run()], by="time")
    started = [owner.read(f"/runs/{run}")["started_at"] for run in runs]
    assert [member["t0"] for member in answer["members"]] == [*started, None]
    assert answer["members"][2]["problem"] == "the run has not started"


@pytest.mark.parametrize(
    "media", ["text/csv", "application/vnd.apache.arrow.stream", "application/vnd.apache.parquet"]
)
def test_metrics_are_tables_too(owner: Person, lab: Lab, media: str) -> None:
    runs = two_runs(lab)
    readers: dict[str, Any] = {
        "text/csv": pl.read_csv,
        "application/vnd.apache.arrow.stream": pl.read_ipc_stream,
        "application/vnd.apache.parquet": pl.read_parquet,
    }

    def table(shape: str) -> pl.DataFrame:
        answer = owner.client.post(
            "/api/v1/comparisons",
            json={"runs": runs, "metrics": ["loss"]},
            params={"shape": shape},
            headers={"Accept": media},
        )
        assert answer.status_code == 200, answer.text
        return readers[media](io.BytesIO(answer.content))

    long, wide = table("long"), table("wide")
    assert long["step"].to_list() == [1, 2, 3, 4, 1, 2, 4]
    assert long["sensor_id"].null_count() == 7
    assert wide["step"].to_list() == [1, 2, 3, 4]
    assert wide[:, 2].to_list()[:2] == [5, 4]


def test_one_is_kept_and_answered(owner: Person, lab: Lab) -> None:
    runs = two_runs(lab)
    body = {"name": "Losses", "question": {"runs": runs, "metrics": ["loss"]}}
    kept = owner.made(f"/projects/{lab.project}/comparisons", body)
    assert owner.read(f"/comparisons/{kept['id']}/answer")["difference"][0]["rms"] == 1
    narrowed = owner.read(f"/comparisons/{kept['id']}/answer", from_step=2, to_step=3)
    assert narrowed["members"][0]["series"][0]["mean"] == [3]


@pytest.mark.parametrize(
    ("wrong", "pointer", "words"),
    [
        ({"metrics": ["none"]}, "/metrics/0", "none of these runs has it"),
        ({"metrics": ["loss", "loss"]}, "", "once"),
        ({"sensors": ["p1"]}, "", "or metrics"),
        ({"layer": "raw"}, "", "no layers"),
        ({"align": {"annotation": "x"}}, "", "by: time"),
        ({"from_us": 1}, "", "by: time"),
        ({"from_step": 2, "to_step": 2}, "", "begins before"),
        ({"by": "time", "from_step": 2}, "", "by step"),
    ],
)
def test_what_can_not_be_compared_is_refused_in_words(
    owner: Person, lab: Lab, wrong: dict[str, Any], pointer: str, words: str
) -> None:
    runs = two_runs(lab)
    answer = owner.post("/comparisons", {"runs": runs, "metrics": ["loss"]} | wrong)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["pointer"] == pointer
    assert words in error["detail"]


def test_a_sum_beyond_float64_is_refused_and_its_mean_is_right(owner: Person, lab: Lab) -> None:
    runs = [lab.new_run("running") for _ in range(2)]
    for run in runs:
        log(lab, run, "loss", {0: 1.7e308, 1: 1.7e308, 2: 5e-324})
    answer = compare(owner, runs, columns=2, stat="mean")
    assert answer["members"][0]["series"][0]["mean"] == [1.7e308, 5e-324]
    refused = owner.post("/comparisons", {"runs": runs, "metrics": ["loss"], "columns": 2, "stat": "sum"})
    assert refused.status_code == 422


VALUES = st.one_of(
    st.floats(-1e6, 1e6), st.sampled_from([0.0, 1e300, -1e300, 5e-324, math.nan, math.inf, -math.inf])
)
POINTS = st.dictionaries(st.integers(-40, 60), VALUES, min_size=1, max_size=40)


@few_examples(8)
@given(
    members=st.lists(POINTS, min_size=2, max_size=3),
    columns=st.sampled_from([2, 7, 1000]),
    stat=st.sampled_from(["mean", "max", "last", "stddev", "count"]),
    shift=st.sampled_from([0, 3, -11]),
)
def test_by_step_it_equals_numpy(
    server: Server,
    people: People,
    make_project: ProjectMaker,
    members: list[dict[int, float]],
    columns: int,
    stat: str,
    shift: int,
) -> None:
    lab = make_lab(server, people.owner, make_project())
    runs = [lab.new_run("running") for _ in members]
    for run, points in zip(runs, members, strict=True):
        log(lab, run, "loss", {step: _spoken(value) for step, value in points.items()})
    shifts = {runs[1]: shift} if shift else {}
    answer = compare(people.owner, runs, columns=columns, stat=stat, shift_steps=shifts)
    grid = answer["grid"]
    assert grid["n"] <= columns
    for place, (points, member) in enumerate(zip(members, answer["members"], strict=True)):
        moved = shift if place == 1 else 0
        wanted = _bucketed(points, moved, grid)
        (series,) = member["series"]
        assert series["index"] == sorted(wanted)
        for row, index in enumerate(series["index"]):
            values = np.array(wanted[index])
            shown = [series[name][row] for name in ("first", "min", "max", "last", "count")]
            assert shown == [values[0], values.min(), values.max(), values[-1], values.size]
            if stat == "mean":
                assert series["mean"][row] == pytest.approx(values.mean(), rel=1e-12)
            if stat == "stddev":
                assert series["stddev"][row] == (
                    None if values.size == 1 else pytest.approx(_deviation(values), rel=1e-9, abs=1e-9)
                )
    left_out = [sum(not math.isfinite(value) for value in points.values()) for points in members]
    assert [each["left_out"] for each in answer["summary"]] == left_out


# Steps of several blocks of 256; some values are so large or small that blocks keep no squares of them.
CURVES = st.tuples(
    st.integers(-700, 700),
    st.lists(st.floats(-1e6, 1e6), min_size=200, max_size=700),
    st.dictionaries(
        st.integers(-900, 1500),
        st.one_of(st.just(7.0), st.sampled_from([1e200, 1e-250, 5e-324, math.nan, math.inf, -math.inf])),
        max_size=3,
    ),
)


@few_examples(6)
@given(
    members=st.lists(CURVES, min_size=2, max_size=2),
    columns=st.sampled_from([2, 4, 300]),
    stat=st.sampled_from(["mean", "sum", "stddev"]),
    shift=st.sampled_from([0, 130]),
    window=st.sampled_from([{}, {"from_step": -300}, {"from_step": 10, "to_step": 600}]),
)
def test_what_is_kept_in_short_says_the_same_as_all_points(
    server: Server,
    people: People,
    make_project: ProjectMaker,
    members: list[tuple[int, list[float], dict[int, float]]],
    columns: int,
    stat: str,
    shift: int,
    window: dict[str, int],
) -> None:
    lab = make_lab(server, people.owner, make_project())
    runs = [lab.new_run("running") for _ in members]
    curves = list[dict[int, float]]()
    for run, (start, values, replaced) in zip(runs, members, strict=True):
        curve = dict(enumerate(values, start))
        log(lab, run, "loss", {step: _spoken(value) for step, value in curve.items()})
        points = [{"name": "loss", "step": step, "value": _spoken(value)} for step, value in replaced.items()]
        lab.person.made(f"/runs/{run}/metrics", {"points": points, "replace": True}) if points else None
        curves.append(curve | replaced)
    answer = compare(people.owner, runs, columns=columns, stat=stat, shift_steps={runs[1]: shift}, **window)
    first, last = window.get("from_step", -10_000), window.get("to_step", 10_000)
    for place, (curve, member) in enumerate(zip(curves, answer["members"], strict=True)):
        moved = shift if place == 1 else 0
        seen = {step: value for step, value in curve.items() if first <= step - moved < last}
        wanted = _bucketed(seen, moved, answer["grid"])
        (series,) = member["series"]
        assert series["index"] == sorted(wanted)
        for row, index in enumerate(series["index"]):
            values = np.array(wanted[index])
            shown = [series[name][row] for name in ("first", "min", "max", "last", "count")]
            assert shown == [values[0], values.min(), values.max(), values[-1], values.size]
            _assert_says(stat, series[stat][row], values)
        total = answer["summary"][place]
        numbers = np.array([value for _, value in sorted(seen.items()) if math.isfinite(value)])
        assert (total["count"], total["left_out"]) == (numbers.size, len(seen) - numbers.size)
        if numbers.size:
            assert (total["min"], total["max"]) == (numbers.min(), numbers.max())
            for name in ("mean", "stddev"):
                _assert_says(name, total[name], numbers)


def _assert_says(stat: str, found: float | None, values: "np.ndarray[Any, np.dtype[np.float64]]") -> None:
    if stat == "stddev" and values.size == 1:
        assert found is None
        return
    wanted = {"mean": values.mean, "sum": values.sum, "stddev": lambda: _deviation(values)}[stat]()
    assert found == pytest.approx(wanted, rel=1e-9, abs=max(1e-9 * float(np.abs(values).max()), 1e-150)), stat


def _spoken(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _bucketed(points: dict[int, float], shift: int, grid: dict[str, int]) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    for step, value in sorted(points.items()):
        if math.isfinite(value):
            place = (step - shift - grid["start_step"]) // grid["bucket_steps"]
            found.setdefault(place, []).append(value)
    return found


def _deviation(values: "np.ndarray[Any, np.dtype[np.float64]]") -> float:
    scale = np.abs(values).max() or 1.0
    return float((values / scale).std(ddof=1) * scale)
