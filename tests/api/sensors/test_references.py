"""Sensors by their keys, wherever a question names sensors."""

from uuid import uuid4

from barograph.times import SECOND_US, now_us
from tests.api.conftest import People, ProjectMaker
from tests.api.lab import Lab
from tests.api.server import Parameter
from tests.api.stored import Stored, store


def measured(lab: Lab, key: str, value: float = 1.0) -> str:
    sensor = lab.sensor(key)
    store(lab.server.database_url, sensor, [Stored(now_us() - 60 * SECOND_US, value, value)])
    return sensor


def asked(lab: Lab, **parameters: Parameter) -> list[str]:
    answer = lab.person.read("/series", **{"from": "-1h"}, **parameters)
    return [series["sensor_id"] for series in answer["series"]]


def test_series_take_keys_of_a_project(lab: Lab) -> None:
    one, other = measured(lab, "p 1"), measured(lab, "t1")
    assert asked(lab, project=lab.project, sensor="p 1") == [one]
    assert asked(lab, project=lab.project, sensor=["t1", one]) == [other, one]
    # One that is named twice is asked for once.
    assert asked(lab, project=lab.project, sensor=["t1", other, other.upper()]) == [other]


def test_a_run_and_a_capture_session_say_the_project(lab: Lab) -> None:
    sensor = lab.sensor("p1")
    run = lab.new_run("running", sensors=(sensor,))
    session = lab.new_session(run, "running")
    for named in ({"run": run}, {"capture_session": session}):
        assert asked(lab, sensor="p1", **named) == [sensor]
        refused = lab.person.get("/series", {"sensor": "p1", "project": lab.project, **named})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/query/project")


def test_a_key_without_a_project_and_one_that_nobody_has_are_refused(
    lab: Lab, people: People, make_project: ProjectMaker
) -> None:
    measured(lab, "p1")
    answer = lab.person.get("/series", {"sensor": "p1"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/sensor")
    assert "project" in answer.json()["detail"]
    for project in (make_project(), str(uuid4())):
        assert lab.person.get("/series", {"sensor": "p1", "project": project}).status_code == 404
    assert people.outsider.get("/series", {"sensor": "p1", "project": lab.project}).status_code == 404
    assert people.viewer.get("/series", {"sensor": "p1", "project": lab.project}).status_code == 200


def test_lists_of_runs_and_backfills_take_keys(lab: Lab) -> None:
    sensor = lab.sensor("p1")
    run = lab.new_run("running", sensors=(sensor,))
    lab.new_run()
    for named in ("p1", sensor, sensor.upper()):
        found = lab.person.read(f"/projects/{lab.project}/runs", sensor=named)["items"]
        assert [each["id"] for each in found] == [run]

    path = f"/projects/{lab.project}/backfills"
    body = {"sensors": ["p1", sensor.upper()], "reason": "a try", "dry_run": True}
    assert lab.person.made(path, body)["sensors"] == [sensor]
    answer = lab.person.post(path, body | {"sensors": ["p1", "p2"]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/sensors/1")
