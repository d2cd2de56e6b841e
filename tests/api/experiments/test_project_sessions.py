"""A project's capture sessions by time."""

from datetime import UTC, datetime, timedelta

from barograph.times import format_time
from tests.api.lab import Lab
from tests.api.server import Parameter

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def hour(number: float) -> str:
    return format_time(BEGIN + timedelta(hours=number))


def session_of(lab: Lab, run: str, from_hour: float, to_hour: float) -> str:
    session = lab.new_session(run, "succeeded")
    bounds = {"started_at": hour(from_hour), "stopped_at": hour(to_hour)}
    assert lab.person.patch(f"/capture-sessions/{session}", bounds).status_code == 200
    return session


def found(lab: Lab, **asked: Parameter) -> list[str]:
    answer = lab.person.read(f"/projects/{lab.project}/capture-sessions", **asked)
    return [item["id"] for item in answer["items"]]


def test_sessions_of_all_runs_come_last_first_with_their_run(lab: Lab) -> None:
    one, other = lab.new_run(name="warm"), lab.new_run(name="cold")
    early, late = session_of(lab, one, 0, 1), session_of(lab, other, 5, 6)
    middle = session_of(lab, one, 2, 3)
    lab.new_session(one, "draft")
    assert found(lab) == [late, middle, early]
    items = lab.person.read(f"/projects/{lab.project}/capture-sessions")["items"]
    assert [item["run_name"] for item in items] == ["cold", "warm", "warm"]
    shown = {name: value for name, value in items[0].items() if name != "run_name"}
    assert shown == lab.person.read(f"/capture-sessions/{late}")


def test_pages_join_without_a_seam(lab: Lab) -> None:
    run = lab.new_run()
    # Two started at once: the place among equals is part of the cursor.
    sessions = [session_of(lab, run, number // 2, number + 1) for number in range(5)]
    joined: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = lab.person.read(f"/projects/{lab.project}/capture-sessions", limit="2", **cursor)
        joined += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert joined == sessions[::-1]


def test_a_period_finds_those_that_it_touches(lab: Lab) -> None:
    run = lab.new_run()
    early, late = session_of(lab, run, 0, 2), session_of(lab, run, 4, 6)
    running = lab.new_session(lab.new_run(), "running")
    assert found(lab, **{"from": hour(2), "to": hour(4)}) == []
    assert found(lab, **{"from": hour(1), "to": hour(4.5)}) == [late, early]
    assert found(lab, **{"from": hour(5)}) == [running, late]
    assert found(lab, to=hour(1)) == [early]
    assert found(lab, status="running") == [running]


def test_a_sensor_finds_its_own_by_id_or_key(lab: Lab) -> None:
    sensors = lab.sensor("p1"), lab.sensor("p2")
    runs = [lab.new_run(sensors=(sensor,)) for sensor in sensors]
    one, other = (session_of(lab, run, number, number + 1) for number, run in enumerate(runs))
    session_of(lab, lab.new_run(), 3, 4)
    assert found(lab, sensor=sensors[0]) == [one]
    assert found(lab, sensor="p2") == [other]
    assert found(lab, sensor=["p1", sensors[1]]) == [other, one]
