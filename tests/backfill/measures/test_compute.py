"""Measures as the worker computes them, when sessions stop and runs end, and again after changes."""

import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest

from barograph.times import MINUTE_US, SECOND_US, format_us, now_us
from tests.backfill.measures.truth import assert_right, settle, values_of
from tests.backfill.recalibration.scene import Scene

STATS = (
    *("count", "mean", "min", "max", "first", "last", "sum", "stddev", "p50", "p99.9"),
    "time_weighted_mean",
)


def define(scene: Scene, name: str, stat: str, **given: object) -> dict[str, Any]:
    body = {"name": name, "sensor": "s0", "stat": stat} | given
    return scene.person.made(f"/projects/{scene.project.public_id}/measures", body)


def past_run(scene: Scene, start_us: int, end_us: int, *keys: str) -> tuple[str, str]:
    """A run that has ended, with a session of this time; their ids."""
    run, session = scene.record(*keys)
    scene.person.send("PATCH", f"/capture-sessions/{session}", {"status": "succeeded"})
    bounds = {"started_at": format_us(start_us), "stopped_at": format_us(end_us)}
    scene.person.send("PATCH", f"/capture-sessions/{session}", bounds)
    scene.person.send("PATCH", f"/runs/{run}", {"status": "running"})
    scene.person.send("PATCH", f"/runs/{run}", {"status": "finished"})
    return run, session


def store(scene: Scene, sensor: int, t_us: list[int], raw: list[float]) -> None:
    slots = np.full(len(t_us), sensor, np.int32)
    scene.store(slots, np.array(t_us, np.int64), np.array(raw, np.float64))


@pytest.fixture
def start_us() -> int:
    """Ten minutes of an hour ago, not at a whole second."""
    return now_us() - 60 * MINUTE_US


def test_every_statistic_of_a_run_is_what_numpy_says(scene: Scene, start_us: int) -> None:
    for number, stat in enumerate(STATS):
        define(scene, f"m{number}", stat)
        define(scene, f"raw{number}", stat, layer="raw", over="capture_session")
        define(scene, f"when{number}", stat, when={"sensor": "s1", "above": 1.5})
    define(scene, "how_long", "duration", when={"sensor": "s1", "below": 1.0})
    random = np.random.default_rng(7)
    t_us = np.sort(start_us + random.integers(-MINUTE_US, 11 * MINUTE_US, 3000))
    store(scene, 0, t_us.tolist(), random.normal(1e6, 1, 3000).tolist())
    store(scene, 1, t_us[::40].tolist(), random.normal(0, 1, 75).tolist())
    run, _ = past_run(scene, start_us, start_us + 10 * MINUTE_US, "s0", "s1")
    settle(scene)
    assert assert_right(scene, run) == 3 * len(STATS) + 1
    found = {value["name"]: value for value in values_of(scene, run)}
    assert found["m0"]["value"] == found["m0"]["readings"] > 2000
    assert [profile["number"] for profile in found["m1"]["profiles"]] == [1]
    assert found["raw1"]["profiles"] == []
    assert 0 < found["how_long"]["value"] < 600


def test_late_readings_make_a_value_stale_at_once_and_right_later(scene: Scene, start_us: int) -> None:
    define(scene, "highest", "max")
    store(scene, 0, [start_us + SECOND_US], [1.0])
    run, _ = past_run(scene, start_us, start_us + MINUTE_US, "s0")
    settle(scene)
    (value,) = values_of(scene, run)
    assert (value["value"], value["is_stale"]) == (3.0, False)
    store(scene, 0, [start_us + 2 * SECOND_US], [5.0])
    (value,) = values_of(scene, run)
    assert (value["value"], value["is_stale"]) == (3.0, True)
    settle(scene)
    (value,) = values_of(scene, run)
    assert (value["value"], value["is_stale"], value["readings"]) == (11.0, False, 2)


def test_readings_outside_leave_a_value_alone(scene: Scene, start_us: int) -> None:
    define(scene, "highest", "max")
    store(scene, 0, [start_us + SECOND_US], [1.0])
    run, _ = past_run(scene, start_us, start_us + MINUTE_US, "s0")
    settle(scene)
    store(scene, 0, [start_us + 3 * MINUTE_US], [9.0])
    store(scene, 1, [start_us + SECOND_US], [9.0])
    (value,) = values_of(scene, run)
    assert not value["is_stale"]


def test_bounds_that_are_corrected_change_the_value(scene: Scene, start_us: int) -> None:
    define(scene, "highest", "max")
    store(scene, 0, [start_us, start_us + 2 * MINUTE_US], [1.0, 5.0])
    run, session = past_run(scene, start_us, start_us + MINUTE_US, "s0")
    settle(scene)
    later = {"stopped_at": format_us(start_us + 3 * MINUTE_US)}
    scene.person.send("PATCH", f"/capture-sessions/{session}", later)
    assert [value["is_stale"] for value in values_of(scene, run)] == [True]
    settle(scene)
    assert [value["value"] for value in values_of(scene, run)] == [11.0]


def test_a_definition_that_changes_is_computed_again_and_its_name_is_not(scene: Scene, start_us: int) -> None:
    measure = define(scene, "highest", "max")
    store(scene, 0, [start_us, start_us + 1], [1.0, 5.0])
    run, _ = past_run(scene, start_us, start_us + MINUTE_US, "s0")
    settle(scene)
    scene.person.send("PATCH", f"/measures/{measure['id']}", {"name": "top"})
    (value,) = values_of(scene, run)
    assert (value["name"], value["is_stale"]) == ("top", False)
    scene.person.send("PATCH", f"/measures/{measure['id']}", {"stat": "min"})
    (value,) = values_of(scene, run)
    assert (value["stat"], value["is_stale"]) == ("min", True)
    settle(scene)
    assert [value["value"] for value in values_of(scene, run)] == [3.0]


def test_a_measure_is_computed_for_the_runs_that_there_are(scene: Scene, start_us: int) -> None:
    store(scene, 0, [start_us], [1.0])
    run, _ = past_run(scene, start_us, start_us + MINUTE_US, "s0")
    settle(scene)
    assert values_of(scene, run) == []
    define(scene, "highest", "max")
    assert scene.person.read(f"/runs/{run}/measures")["is_pending"]
    settle(scene)
    assert [value["value"] for value in values_of(scene, run)] == [3.0]
    assert not scene.person.read(f"/runs/{run}/measures")["is_pending"]


def test_what_was_held_before_the_session_counts_and_reaches_no_farther_than_needed(
    scene: Scene, start_us: int
) -> None:
    define(scene, "open", "duration", when={"sensor": "s1", "above": 2})
    store(scene, 1, [start_us - 5 * MINUTE_US], [1.0])
    run, _ = past_run(scene, start_us, start_us + MINUTE_US, "s0")
    settle(scene)
    assert [value["value"] for value in values_of(scene, run)] == [60.0]
    store(scene, 1, [start_us - 9 * MINUTE_US], [0.0])
    assert [value["is_stale"] for value in values_of(scene, run)] == [False]
    store(scene, 1, [start_us - MINUTE_US], [0.0])
    assert [value["is_stale"] for value in values_of(scene, run)] == [True]
    settle(scene)
    assert [value["value"] for value in values_of(scene, run)] == [0.0]


def test_each_change_of_a_value_is_told_and_the_first_of_old_runs_is_not(scene: Scene, start_us: int) -> None:
    define(scene, "highest", "max")
    store(scene, 0, [start_us], [1.0])
    run, _ = past_run(scene, start_us, start_us + MINUTE_US, "s0")
    settle(scene)
    store(scene, 0, [start_us + 1], [0.5])
    settle(scene)
    store(scene, 0, [start_us + 2], [5.0])
    settle(scene)
    define(scene, "lowest", "min")
    settle(scene)
    path = f"/projects/{scene.project.public_id}/events"
    told = scene.person.read(path, type="measure.changed")["items"]
    assert [(each["data"]["name"], each["data"]["value"]) for each in told] == [
        ("highest", 11.0),
        ("highest", 3.0),
    ]
    assert {each["data"]["run_id"] for each in told} == {run}


def test_the_last_reading_counts_though_a_roll_up_lies_between_it_and_the_first(
    scene: Scene, start_us: int
) -> None:
    for stat in ("first", "last"):
        define(scene, stat, stat)
    minute = start_us - start_us % MINUTE_US
    around = [minute - SECOND_US, minute + SECOND_US, minute + MINUTE_US + SECOND_US]
    store(scene, 0, around, [1.0, 2.0, 3.0])
    run, _ = past_run(scene, minute - 2 * SECOND_US, minute + MINUTE_US + 2 * SECOND_US, "s0")
    settle(scene)
    assert [value["value"] for value in values_of(scene, run)] == [3.0, 7.0]


def test_the_archive_of_a_run_holds_its_values(scene: Scene, start_us: int) -> None:
    define(scene, "highest", "max")
    define(scene, "lowest", "min", over="capture_session", layer="raw")
    store(scene, 0, [start_us, start_us + 1], [1.0, 5.0])
    run, _ = past_run(scene, start_us, start_us + MINUTE_US, "s0")
    settle(scene)
    answer = scene.person.get(f"/runs/{run}/export", {"format": "zip"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        kept = json.loads(archive.read("measures.json"))
        (sensor,) = json.loads(archive.read("sensors.json"))
    told = values_of(scene, run)
    assert [(each["name"], each["value"], each["is_stale"]) for each in kept] == [
        (each["name"], each["value"], each["is_stale"]) for each in told
    ]
    assert [each["profile_ids"] for each in kept] == [
        [profile["profile_id"] for profile in each["profiles"]] for each in told
    ]
    assert kept[0]["profile_ids"] == [profile["id"] for profile in sensor["profiles"]]
