"""Metrics of runs: what is logged is read back, in each form."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import psycopg
import pytest

from tests.api.conftest import People
from tests.api.lab import Lab
from tests.api.server import Parameter, Server

Given = tuple[str, int, float | str]


@pytest.fixture
def run(lab: Lab) -> str:
    return lab.new_run()


def log(lab: Lab, run: str, points: Sequence[Given], **more: object) -> dict[str, Any]:
    body = {"points": [{"name": name, "step": step, "value": value} for name, step, value in points], **more}
    answer = lab.person.post(f"/runs/{run}/metrics", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def read(lab: Lab, run: str, **asked: Parameter) -> dict[str, list[tuple[int, object]]]:
    answer = lab.person.read(f"/runs/{run}/metrics", **asked)
    return {each["name"]: list(zip(each["step"], each["value"], strict=True)) for each in answer["metrics"]}


def test_what_is_logged_is_read_back_by_step(lab: Lab, run: str) -> None:
    said = log(lab, run, [("loss", 2, 0.5), ("loss", 1, 0.1), ("loss", -3, "NaN"), ("bias", 1, "-Infinity")])
    assert said == {"accepted": 4, "duplicate": 0, "rejected": [], "rejected_total": 0}
    assert read(lab, run) == {"bias": [(1, "-Infinity")], "loss": [(-3, "NaN"), (1, 0.1), (2, 0.5)]}
    assert read(lab, run, name="loss", from_step=1, to_step=2) == {"loss": [(1, 0.1)]}
    assert read(lab, run, name="nothing") == {}


def test_the_same_again_is_a_duplicate_and_another_value_a_conflict(lab: Lab, run: str) -> None:
    log(lab, run, [("loss", 1, 0.5), ("loss", 2, "NaN")])
    said = log(
        lab, run, [("loss", 1, 0.5), ("loss", 2, "NaN"), ("loss", 1, 0.25), ("loss", 3, 1), ("loss", 3, 2)]
    )
    assert (said["accepted"], said["duplicate"], said["rejected_total"]) == (1, 2, 2)
    assert [(each["index"], each["code"], each["stored"]) for each in said["rejected"]] == [
        (2, "conflict", 0.5),
        (4, "conflict", 1.0),
    ]
    assert read(lab, run) == {"loss": [(1, 0.5), (2, "NaN"), (3, 1.0)]}
    said = log(lab, run, [("loss", 1, 0.25), ("loss", 2, 7)], replace=True)
    assert (said["accepted"], said["rejected_total"]) == (2, 0)
    assert read(lab, run) == {"loss": [(1, 0.25), (2, 7.0), (3, 1.0)]}
    (entry,) = lab.person.read(f"/projects/{lab.project}/audit", action="run.replace-metrics")["items"]
    assert (entry["subject_id"], entry["after"]) == (run, {"names": ["loss"], "points": 2})


def test_times_are_kept_and_are_now_unless_given(lab: Lab, run: str) -> None:
    point = {"name": "loss", "step": 1, "value": 1, "time": "2026-03-01T10:00:00.000001Z"}
    lab.person.post(f"/runs/{run}/metrics", {"points": [point]})
    (metric,) = lab.person.read(f"/runs/{run}/metrics")["metrics"]
    assert metric["t_us"] == [1_772_359_200_000_001]
    (summary,) = lab.person.read(f"/runs/{run}/metrics/summary")["items"]
    assert summary["last_time"] == "2026-03-01T10:00:00.000001Z"


@pytest.mark.parametrize("value", ["high", "nan", True, None, [1], 10**400])
def test_what_is_no_value_is_refused_whole(lab: Lab, run: str, value: object) -> None:
    points = [{"name": "loss", "step": 1, "value": 1.0}, {"name": "loss", "step": 2, "value": value}]
    answer = lab.person.post(f"/runs/{run}/metrics", {"points": points})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/points/1/value")
    assert read(lab, run) == {}


def test_ten_thousand_points_a_request_and_no_more(lab: Lab, run: str) -> None:
    long = "x" * 200
    said = log(lab, run, [(long, step, step / 3) for step in range(10_000)])
    assert said["accepted"] == 10_000
    points = [{"name": "x", "step": step, "value": 1} for step in range(10_001)]
    assert lab.person.post(f"/runs/{run}/metrics", {"points": points}).status_code == 422


def values_of(seed: int, count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    random = np.random.default_rng(seed)
    value = np.round(random.standard_normal(count), 1)
    value[random.random(count) < 0.05] = np.nan
    return value


def spoken(value: float) -> float | str:
    return "NaN" if math.isnan(value) else float(value)


def test_summary_and_buckets_are_those_of_numpy(lab: Lab, run: str) -> None:
    count, width = 997, 100
    value = values_of(3, count)
    log(lab, run, [("x", step, spoken(each)) for step, each in enumerate(value)])
    log(lab, run, [("all-nan", 5, "NaN")])
    nothing, summary = lab.person.read(f"/runs/{run}/metrics/summary")["items"]
    assert (summary["count"], summary["nan_count"]) == (count, int(np.isnan(value).sum()))
    assert (summary["min_step"], summary["min"]) == (int(np.nanargmin(value)), np.nanmin(value))
    assert (summary["max_step"], summary["max"]) == (int(np.nanargmax(value)), np.nanmax(value))
    assert (summary["first_step"], summary["last_step"]) == (0, count - 1)
    assert summary["mean"] == pytest.approx(np.nanmean(value), rel=1e-12)
    assert (nothing["min"], nothing["max"], nothing["mean"], nothing["last"]) == (None, None, None, "NaN")
    answer = lab.person.read(f"/runs/{run}/metrics/aggregate", name="x", buckets=10)
    assert answer["width"] == width
    for place, start in enumerate(answer["step"]):
        part = value[start : start + width]
        assert answer["count"][place] == part.size
        assert (answer["min"][place], answer["max"][place]) == (np.nanmin(part), np.nanmax(part))
        assert answer["mean"][place] == pytest.approx(np.nanmean(part), abs=1e-12)


def test_of_many_points_those_with_the_extremes_are_answered(lab: Lab, run: str) -> None:
    value = values_of(4, 5000)
    log(lab, run, [("x", step * 3, spoken(each)) for step, each in enumerate(value)])
    (metric,) = lab.person.read(f"/runs/{run}/metrics", name="x", max_points=100)["metrics"]
    assert metric["is_sampled"]
    assert metric["points"] == 5000
    assert len(metric["step"]) <= 100
    shown = np.array([float(each) for each in metric["value"]])
    assert (np.nanmin(shown), np.nanmax(shown)) == (np.nanmin(value), np.nanmax(value))
    np.testing.assert_array_equal(shown, value[np.array(metric["step"]) // 3])


def test_large_values_have_a_mean(lab: Lab, run: str) -> None:
    log(lab, run, [("x", step, 1.5e308) for step in range(4)])
    log(lab, run, [("y", 0, "Infinity"), ("y", 1, 1)])
    large, endless = lab.person.read(f"/runs/{run}/metrics/summary")["items"]
    assert large["mean"] == pytest.approx(1.5e308)
    assert (endless["mean"], endless["max"], endless["min"]) == ("Infinity", "Infinity", 1.0)


def test_too_many_points_for_one_answer_are_asked_for_with_max_points(
    server: Server, lab: Lab, run: str
) -> None:
    log(lab, run, [("x", 0, 1)])
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "insert into metric_point select id, step, step, now() from run_metric,"
            " generate_series(1, 100000) as step where run_id = (select id from run where public_id = %s)",
            (run,),
        )
    answer = lab.person.get(f"/runs/{run}/metrics")
    assert answer.status_code == 422
    assert "max_points" in answer.json()["detail"]
    assert len(read(lab, run, max_points=1000)["x"]) <= 1000
    assert len(read(lab, run, from_step=1)["x"]) == 100_000


def test_two_who_log_the_same_at_once_store_it_once(lab: Lab, run: str) -> None:
    def log_all(places: Sequence[int]) -> dict[str, Any]:
        return log(lab, run, [(f"m{place}", step, step) for place in places for step in range(50)])

    orders = [range(20), range(19, -1, -1)]
    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(log_all, orders * 2))
    assert sum(each["accepted"] for each in said) == 1000
    assert sum(each["duplicate"] for each in said) == 3000
    assert {len(points) for points in read(lab, run).values()} == {50}


def test_a_run_has_so_many_names_and_no_more(lab: Lab, run: str) -> None:
    log(lab, run, [(f"m{n}", 0, n) for n in range(1000)])
    answer = lab.person.post(
        f"/runs/{run}/metrics", {"points": [{"name": "one more", "step": 0, "value": 0}]}
    )
    assert answer.status_code == 422
    assert len(read(lab, run, name=["m0", "one more"])) == 1


def test_an_unknown_metric_has_no_buckets(lab: Lab, run: str) -> None:
    assert lab.person.get(f"/runs/{run}/metrics/aggregate", {"name": "x"}).status_code == 404
    log(lab, run, [("x", 1, 1)])
    answer = lab.person.read(f"/runs/{run}/metrics/aggregate", name="x", from_step=2)
    assert answer["step"] == []


def test_strangers_do_not_log(people: People, run: str) -> None:
    body = {"points": [{"name": "x", "step": 1, "value": 1}]}
    assert people.outsider.post(f"/runs/{run}/metrics", body).status_code == 404


def test_values_that_hardly_are_any_have_a_mean(lab: Lab, run: str) -> None:
    log(lab, run, [("tiny", 1, 5e-324), ("tiny", 2, 5e-324), ("mixed", 1, 5e-324), ("mixed", 2, 1.0)])
    mixed, tiny = lab.person.read(f"/runs/{run}/metrics/summary")["items"]
    assert (mixed["mean"], tiny["mean"]) == (0.5, 5e-324)
    assert lab.person.read(f"/runs/{run}/metrics/aggregate", name="tiny", buckets=1)["mean"] == [5e-324]
