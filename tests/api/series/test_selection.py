"""Series of capture sessions and runs, and those aligned to their start."""

from datetime import UTC, datetime, timedelta

import pytest

from barograph.times import DAY_US, SECOND_US, format_time, format_us, now_us
from tests.api.conftest import People
from tests.api.lab import Lab
from tests.api.server import Parameter
from tests.api.stored import Stored, store

START_US = now_us() // DAY_US * DAY_US - DAY_US


def at(offset_s: float) -> str:
    return format_us(START_US + int(offset_s * SECOND_US))


def session_of(lab: Lab, run: str, from_s: float, to_s: float) -> str:
    session = lab.new_session(run, "succeeded")
    answer = lab.person.patch(
        f"/capture-sessions/{session}", {"started_at": at(from_s), "stopped_at": at(to_s)}
    )
    assert answer.status_code == 200, answer.text
    return session


def fill(lab: Lab, sensor: str, count: int = 100) -> None:
    """A reading each second, whose value is its number."""
    readings = [Stored(START_US + n * SECOND_US, n, n) for n in range(count)]
    store(lab.server.database_url, sensor, readings)


def values(lab: Lab, **parameters: Parameter) -> dict[str, list[float]]:
    """Each sensor's values, one for each reading."""
    answer = lab.person.read("/series", bucket="1s", **parameters)
    return {series["sensor_id"]: series["mean"] for series in answer["series"]}


def test_a_capture_session_s_series_are_those_of_its_sensors_in_its_interval(lab: Lab) -> None:
    one, other, stranger = lab.sensor(), lab.sensor(), lab.sensor()
    session = session_of(lab, lab.new_run("running", sensors=(one, other)), 10, 14.5)
    for sensor in (one, other, stranger):
        fill(lab, sensor)
    inside = [10.0, 11.0, 12.0, 13.0, 14.0]
    assert values(lab, capture_session=session) == {one: inside, other: inside}
    assert values(lab, capture_session=session, sensor=[other, stranger]) == {other: inside, stranger: []}
    narrowed = {"from": at(12), "to": at(900)}
    assert values(lab, capture_session=session, sensor=one, **narrowed) == {one: [12.0, 13.0, 14.0]}
    assert values(lab, capture_session=session, **{"from": at(50)}) == {one: [], other: []}


def test_a_run_s_series_are_those_of_its_capture_sessions(lab: Lab) -> None:
    always, later = lab.sensor(), lab.sensor()
    run = lab.new_run("running", sensors=(always,))
    session_of(lab, run, 10, 12)
    lab.bind(run, later)
    session_of(lab, run, 20, 22)
    session_of(lab, run, 21, 24)
    lab.new_session(run)
    for sensor in (always, later):
        fill(lab, sensor)
    assert values(lab, run=run) == {
        always: [10.0, 11.0, 20.0, 21.0, 22.0, 23.0],
        later: [20.0, 21.0, 22.0, 23.0],
    }
    assert values(lab, run=run, **{"from": at(11), "to": at(21)}) == {always: [11.0, 20.0], later: [20.0]}


def test_what_has_not_started_has_no_readings(lab: Lab) -> None:
    sensor = lab.sensor()
    run = lab.new_run(sensors=(sensor,))
    session = lab.new_session(run)
    fill(lab, sensor)
    assert values(lab, run=run) == values(lab, capture_session=session) == {}
    assert values(lab, run=run, sensor=sensor) == {sensor: []}
    assert lab.person.read("/series", run=run, align="start")["meta"]["start"] is None


def test_aligned_to_the_start_buckets_begin_there_and_time_is_counted_from_it(lab: Lab) -> None:
    sensor = lab.sensor()
    run = lab.new_run("running", sensors=(sensor,))
    session = session_of(lab, run, 10.5, 20)
    fill(lab, sensor)
    answer = lab.person.read(
        "/series", capture_session=session, align="start", bucket="2s", stat=["count", "first"]
    )
    (series,) = answer["series"]
    assert "t_us" not in series
    assert series["elapsed_us"] == [n * 2 * SECOND_US for n in range(5)]
    assert (series["count"], series["first"]) == ([2, 2, 2, 2, 1], [11.0, 13.0, 15.0, 17.0, 19.0])
    assert answer["meta"]["start"] == at(10.5)
    whole = lab.person.read("/series", run=run, align="start", max_points=1)
    assert whole["series"][0]["elapsed_us"] == [0]
    period = {"from": at(3), "to": at(5)}
    later = lab.person.read("/series", sensor=sensor, align="start", bucket="1s", **period)
    assert (later["series"][0]["elapsed_us"], later["meta"]["start"]) == ([0, SECOND_US], at(3))


def test_time_of_a_run_is_counted_from_its_first_session_whoever_took_part_in_it(lab: Lab) -> None:
    sensor = lab.sensor()
    run = lab.new_run("running")
    session_of(lab, run, 10, 12)
    lab.bind(run, sensor)
    session_of(lab, run, 20, 22)
    fill(lab, sensor)
    answer = lab.person.read("/series", run=run, align="start", bucket="1s")
    assert answer["meta"]["start"] == at(10)
    assert answer["series"][0]["elapsed_us"] == [10 * SECOND_US, 11 * SECOND_US]


def test_who_may_not_see_them_gets_no_series_of_runs(lab: Lab, people: People) -> None:
    run = lab.new_run("running", sensors=(lab.sensor(),))
    session = lab.new_session(run, "running")
    for parameters in ({"run": run}, {"capture_session": session}):
        assert people.outsider.get("/series", parameters).status_code == 404
        assert people.viewer.get("/series", parameters).status_code == 200


def test_raw_values_of_a_run_are_hidden_where_the_project_says_so(lab: Lab, people: People) -> None:
    run = lab.new_run("running", sensors=(lab.sensor(),))
    lab.person.patch(f"/projects/{lab.project}", {"raw_access": "editors"})
    assert people.viewer.get("/series", {"run": run, "layer": "raw"}).status_code == 403
    assert people.viewer.get("/series", {"run": run}).status_code == 200


@pytest.mark.parametrize(
    "parameters", [{}, {"run": "r", "capture_session": "c"}, {"run": "x"}, {"run": "r", "align": "end"}]
)
def test_a_question_about_nothing_or_two_things_is_refused(lab: Lab, parameters: dict[str, str]) -> None:
    run = lab.new_run("running")
    names = {"r": run, "c": lab.new_session(run)}
    asked = {name: names.get(value, value) for name, value in parameters.items()}
    assert lab.person.get("/series", asked).status_code == 422


def test_a_run_of_more_than_400_days_is_answered(lab: Lab) -> None:
    sensor = lab.sensor()
    run = lab.new_run("running", sensors=(sensor,))
    session = lab.new_session(run, "succeeded")
    long_ago = format_time(datetime.now(UTC) - timedelta(days=500))
    lab.person.patch(f"/capture-sessions/{session}", {"started_at": long_ago})
    store(lab.server.database_url, sensor, [Stored(START_US - n * 160 * DAY_US, n, n) for n in range(4)])
    (series,) = lab.person.read("/series", run=run, bucket="1d")["series"]
    assert series["mean"] == [3, 2, 1, 0]
    (series,) = lab.person.read("/series", run=run, **{"from": at(-SECOND_US)})["series"]
    assert series["mean"] == [0]
