"""The sensors of a run."""

import pytest

from api.rights.states import CaptureStatus
from tests.api.conftest import ProjectMaker
from tests.api.lab import Lab, make_lab


def bound(lab: Lab, run: str) -> list[str]:
    return [item["id"] for item in lab.person.read(f"/runs/{run}/sensors")["items"]]


def test_binding_shows_the_sensor_and_who_bound_it(lab: Lab) -> None:
    run, sensor = lab.new_run(), lab.sensor()
    item = lab.bind(run, sensor).json()
    assert item.items() >= lab.person.read(f"/sensors/{sensor}").items()
    assert item["bound_by"] == lab.person.read("/auth/me")["id"]
    assert item["bound_at"] is not None
    assert lab.person.read(f"/runs/{run}/sensors")["items"] == [item]


def test_binding_twice_is_binding_once(lab: Lab) -> None:
    run, sensor = lab.new_run(), lab.sensor()
    assert lab.bind(run, sensor).json() == lab.bind(run, sensor).json()
    assert bound(lab, run) == [sensor]
    trail = lab.person.read(f"/projects/{lab.project}/audit", action="run.bind-sensor")["items"]
    assert [(entry["subject_id"], entry["after"]) for entry in trail] == [(run, {"sensor_id": sensor})]


def test_a_run_has_sensors_of_its_project_only(lab: Lab, make_project: ProjectMaker) -> None:
    other = make_lab(lab.server, lab.person, make_project())
    run, stranger = lab.new_run(), other.sensor()
    assert lab.bind(run, stranger).status_code == 404
    assert lab.unbind(run, stranger).status_code == 404
    assert bound(lab, run) == []


def test_unbinding_leaves_the_rest(lab: Lab) -> None:
    sensors = [lab.sensor() for _ in range(3)]
    run = lab.new_run(sensors=tuple(sensors))
    assert lab.unbind(run, sensors[1]).status_code == 204
    assert bound(lab, run) == [sensors[2], sensors[0]]
    assert lab.unbind(run, sensors[1]).status_code == 404


def test_unbinding_honours_if_match(lab: Lab) -> None:
    sensor = lab.sensor()
    run = lab.new_run(sensors=(sensor,))
    etag = lab.bind(run, sensor).headers["etag"]
    path = f"/runs/{run}/sensors/{sensor}"
    assert lab.person.delete(path, {"If-Match": '"9"'}).status_code == 412
    assert lab.person.delete(path, {"If-Match": etag}).status_code == 204


@pytest.mark.parametrize("session", ["running", "backfilling"])
def test_a_sensor_in_an_active_session_stays(lab: Lab, session: CaptureStatus) -> None:
    sensor = lab.sensor()
    run = lab.new_run("running", sensors=(sensor,))
    made = lab.new_session(run, session)
    for answer in (
        lab.unbind(run, sensor),
        lab.person.patch(f"/sensors/{sensor}", {"status": "decommissioned"}),
        lab.person.delete(f"/sensors/{sensor}"),
    ):
        assert answer.status_code == 409
        assert "capture session" in answer.json()["detail"]
    assert lab.person.patch(f"/sensors/{sensor}", {"status": "inactive"}).status_code == 200
    lab.succeed(made, session)
    assert lab.unbind(run, sensor).status_code == 204
    assert lab.person.patch(f"/sensors/{sensor}", {"status": "decommissioned"}).status_code == 200


def test_a_sensor_that_joined_late_stays_too(lab: Lab) -> None:
    run, sensor = lab.new_run(), lab.sensor()
    lab.new_session(run, "running")
    lab.bind(run, sensor)
    assert lab.unbind(run, sensor).status_code == 409


def test_a_sensor_may_leave_another_run_than_the_one_that_records(lab: Lab) -> None:
    sensor = lab.sensor()
    one, other = (lab.new_run(sensors=(sensor,)) for _ in range(2))
    lab.new_session(one, "running")
    assert lab.unbind(other, sensor).status_code == 204
    assert lab.unbind(one, sensor).status_code == 409


def test_a_sensor_without_readings_is_deleted_from_its_runs(lab: Lab) -> None:
    sensor, other = lab.sensor(), lab.sensor()
    run = lab.new_run("running", sensors=(sensor, other))
    session = lab.new_session(run, "succeeded")
    assert lab.person.delete(f"/sensors/{sensor}").status_code == 204
    assert bound(lab, run) == [other]
    assert lab.sensors_of(session) == {other}
    assert [run["id"] for run in lab.person.read(f"/projects/{lab.project}/runs", sensor=other)["items"]] == [
        run
    ]


def test_the_array_for_filters_says_the_same_as_the_bindings(lab: Lab) -> None:
    sensors = [lab.sensor() for _ in range(4)]
    run = lab.new_run(sensors=tuple(sensors))
    lab.unbind(run, sensors[0])
    lab.bind(run, sensors[1])
    lab.person.delete(f"/sensors/{sensors[2]}")
    with lab.connect() as connection:
        rows = connection.execute(
            "select sensor_ids, array(select sensor_id from run_sensor where run_id = run.id order by 1)"
            " from run where public_id = %s",
            (run,),
        ).fetchall()
    assert sorted(rows[0][0]) == rows[0][1]
    assert len(rows[0][1]) == 2
