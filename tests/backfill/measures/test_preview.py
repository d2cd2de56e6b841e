"""What a measure would be, before it is kept: the value that is computed once it is."""

from typing import Any

import pytest

from barograph.times import MINUTE_US, SECOND_US, now_us
from tests.backfill.measures.test_compute import define, past_run, store
from tests.backfill.measures.truth import settle, values_of
from tests.backfill.recalibration.scene import Scene


def preview(scene: Scene, stat: str, **given: object) -> dict[str, Any]:
    body = {"name": "tried", "sensor": "s0", "stat": stat} | given
    return scene.person.made(f"/projects/{scene.project.public_id}/measures:preview", body)


@pytest.mark.parametrize(
    ("stat", "given"),
    [
        ("max", {}),
        ("p50", {"layer": "raw"}),
        ("count", {"over": "capture_session"}),
        ("mean", {"when": {"sensor": "s1", "above": 1}}),
        ("duration", {"when": {"sensor": "s1", "below": 1}}),
        ("time_weighted_mean", {}),
    ],
)
def test_it_is_the_value_that_the_measure_will_have(scene: Scene, stat: str, given: dict[str, Any]) -> None:
    start_us = now_us() - 60 * MINUTE_US
    store(scene, 0, [start_us + n * SECOND_US for n in range(50)], [float(n % 7) for n in range(50)])
    store(scene, 1, [start_us + n * 5 * SECOND_US for n in range(10)], [float(n % 3) for n in range(10)])
    past_run(scene, start_us - 10 * MINUTE_US, start_us - 5 * MINUTE_US, "s0", "s1")
    run, session = past_run(scene, start_us, start_us + MINUTE_US, "s0", "s1")
    tried = preview(scene, stat, **given)
    define(scene, "kept", stat, **given)
    settle(scene)
    (value,) = values_of(scene, run)
    assert tried["value"] is not None
    for name in ("value", "unit", "readings", "profiles", "problem", "capture_session_id", "ordinal"):
        assert tried[name] == value[name], name
    assert tried["run_id"] == run
    assert tried["capture_session_id"] in {None, session}


def test_without_a_run_that_captured_the_sensor_there_is_none(scene: Scene) -> None:
    tried = preview(scene, "max")
    assert (tried["run_id"], tried["value"], tried["readings"]) == (None, None, 0)


def test_a_sensor_that_is_not_there_is_named(scene: Scene) -> None:
    body = {"name": "tried", "sensor": "nobody", "stat": "max"}
    answer = scene.person.post(f"/projects/{scene.project.public_id}/measures:preview", body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/sensor"


def test_raw_values_are_not_told_to_who_may_not_see_them(scene: Scene) -> None:
    project = scene.project.public_id
    scene.person.patch(f"/projects/{project}", {"raw_access": "editors"}).raise_for_status()
    viewer = scene.server.person("viewer@example.org")
    scene.server.add_member(str(project), "viewer@example.org", "viewer")
    path, body = f"/projects/{project}/measures:preview", {"name": "tried", "sensor": "s0", "stat": "max"}
    with viewer.client:
        assert viewer.post(path, body).status_code == 200
        assert viewer.post(path, body | {"layer": "raw"}).status_code == 403
