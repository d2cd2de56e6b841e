"""Capture sessions: their ordinals, sensors, bounds and readings."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.rights.states import CaptureStatus, RunStatus
from barograph.times import format_time, format_us, now_us, parse_time, to_us
from tests.api.conftest import People, ProjectMaker
from tests.api.lab import Lab, make_lab
from tests.api.server import Server
from tests.api.stored import Stored, store

SECOND_US = 10**6


def at(offset_s: float) -> str:
    return format_time(datetime.now(UTC) + timedelta(seconds=offset_s))


def stopped(lab: Lab, run: str, from_s: float, to_s: float) -> str:
    """A session that lasted from so long ago until so long ago."""
    session = lab.new_session(run, "succeeded")
    bounds = {"started_at": at(-from_s), "stopped_at": at(-to_s)}
    answer = lab.person.patch(f"/capture-sessions/{session}", bounds)
    assert answer.status_code == 200, answer.text
    return session


def raw_values(lab: Lab, session: str, **parameters: str) -> list[float]:
    page = lab.person.read(f"/capture-sessions/{session}/readings", **parameters)
    return [item["raw"] for item in page["items"]]


def test_a_session_shows_what_it_was_made_with(lab: Lab) -> None:
    run = lab.new_run()
    fields = {"notes": "first light", "metadata": {"gain": 10}}
    made = lab.person.made(f"/runs/{run}/capture-sessions", fields)
    assert made.items() >= fields.items()
    assert (made["status"], made["ordinal"], made["run_id"]) == ("draft", 1, run)
    assert lab.person.read(f"/capture-sessions/{made['id']}") == made


def test_a_session_needs_no_body(lab: Lab) -> None:
    assert lab.person.made(f"/runs/{lab.new_run()}/capture-sessions")["status"] == "draft"


def test_a_session_may_be_started_as_it_is_made(lab: Lab) -> None:
    sensor = lab.sensor()
    run = lab.new_run(sensors=(sensor,))
    made = lab.person.made(f"/runs/{run}/capture-sessions", {"start": True})
    assert (made["status"], made["stopped_at"]) == ("running", None)
    assert made["started_at"] is not None
    assert lab.sensors_of(made["id"]) == {sensor}
    assert lab.history(f"/capture-sessions/{made['id']}") == [("draft", "running")]


def test_ordinals_count_and_none_is_used_twice(lab: Lab) -> None:
    run, other = lab.new_run(), lab.new_run()
    sessions = [lab.new_session(run) for _ in range(3)]
    lab.person.delete(f"/capture-sessions/{sessions[2]}")
    lab.new_session(run)
    lab.new_session(other)
    items = lab.person.read(f"/runs/{run}/capture-sessions")["items"]
    assert [item["ordinal"] for item in items] == [4, 2, 1]
    assert lab.person.read(f"/runs/{other}/capture-sessions")["items"][0]["ordinal"] == 1
    assert lab.person.post(f"/runs/{run}/capture-sessions", {"ordinal": 9}).status_code == 422


@pytest.mark.parametrize("status", ["finished", "failed", "archived"])
def test_a_run_that_has_ended_gets_no_sessions_and_starts_none(lab: Lab, status: RunStatus) -> None:
    run = lab.new_run("draft" if status == "archived" else "running")
    session = lab.new_session(run)
    lab.go(f"/runs/{run}", [status])
    assert lab.person.post(f"/runs/{run}/capture-sessions").status_code == 409
    assert lab.person.post(f"/runs/{run}/capture-sessions", {"start": True}).status_code == 409
    assert lab.person.post(f"/capture-sessions/{session}:start").status_code == 409
    assert lab.status(f"/capture-sessions/{session}") == "draft"


def test_sessions_run_at_once_even_with_the_same_sensor(lab: Lab) -> None:
    sensor = lab.sensor()
    one, other = lab.new_run(sensors=(sensor,)), lab.new_run(sensors=(sensor,))
    sessions = [lab.new_session(run, "running") for run in (one, one, other)]
    assert all(lab.sensors_of(session) == {sensor} for session in sessions)


def test_a_session_s_sensors_are_those_of_its_start_and_those_added_while_it_ran(lab: Lab) -> None:
    before, during, after, gone = (lab.sensor() for _ in range(4))
    run = lab.new_run(sensors=(before, gone))
    lab.unbind(run, gone)
    session = lab.new_session(run, "running")
    lab.bind(run, during)
    lab.go(f"/capture-sessions/{session}", ["succeeded"])
    lab.bind(run, after)
    lab.unbind(run, before)
    assert lab.sensors_of(session) == {before, during}


@pytest.mark.parametrize("status", ["draft", "succeeded", "archived"])
def test_a_session_that_does_not_run_gets_no_sensors(lab: Lab, status: CaptureStatus) -> None:
    run = lab.new_run("running")
    session = lab.new_session(run, status)
    lab.bind(run, lab.sensor())
    assert lab.sensors_of(session) == set()


def test_a_decommissioned_sensor_takes_no_part(lab: Lab) -> None:
    sensor, other = lab.sensor(), lab.sensor()
    run = lab.new_run(sensors=(sensor,))
    lab.person.patch(f"/sensors/{sensor}", {"status": "decommissioned"})
    lab.person.patch(f"/sensors/{other}", {"status": "decommissioned"})
    answer = lab.person.post(f"/runs/{run}/capture-sessions", {"start": True})
    assert answer.status_code == 409
    assert "decommissioned" in answer.json()["detail"]
    assert lab.bind(run, other).status_code == 409
    lab.unbind(run, sensor)
    lab.person.made(f"/runs/{run}/capture-sessions", {"start": True})


@pytest.mark.parametrize(
    ("status", "deleted"),
    [
        ("draft", True),
        ("failed", True),
        ("running", False),
        ("succeeded", False),
        ("backfilling", False),
        ("archived", False),
    ],
)
def test_only_drafts_and_failures_are_deleted(lab: Lab, status: CaptureStatus, deleted: bool) -> None:
    path = f"/capture-sessions/{lab.new_session(lab.new_run('running'), status)}"
    assert lab.person.delete(path).status_code == (204 if deleted else 409)
    assert lab.person.get(path).status_code == (404 if deleted else 200)


def test_notes_and_metadata_are_changed_at_any_time(lab: Lab) -> None:
    session = lab.new_session(lab.new_run(), "running")
    patch = {"notes": "n", "metadata": {"a": 1}}
    changed = lab.person.patch(f"/capture-sessions/{session}", patch).json()
    assert changed.items() >= patch.items()
    cleared = lab.person.patch(f"/capture-sessions/{session}", dict.fromkeys(patch)).json()
    assert (cleared["notes"], cleared["metadata"]) == ("", {})


@pytest.mark.parametrize("status", ["draft", "running", "backfilling", "archived"])
@pytest.mark.parametrize("field", ["started_at", "stopped_at"])
def test_bounds_are_corrected_only_once_it_has_stopped(lab: Lab, status: CaptureStatus, field: str) -> None:
    session = lab.new_session(lab.new_run("running"), status)
    answer = lab.person.patch(f"/capture-sessions/{session}", {field: at(-60)})
    assert answer.status_code == 409
    assert status in answer.json()["detail"]


@pytest.mark.parametrize("status", ["succeeded", "failed"])
def test_corrected_bounds_are_kept_and_audited(lab: Lab, status: CaptureStatus) -> None:
    session = lab.new_session(lab.new_run("running"), status)
    before = lab.person.read(f"/capture-sessions/{session}")
    bounds = {"started_at": at(-3600), "stopped_at": at(-1800)}
    after = lab.person.patch(f"/capture-sessions/{session}", bounds).json()
    assert after.items() >= bounds.items()
    assert after["duration_s"] == pytest.approx(1800, abs=1)
    (entry,) = lab.person.read(f"/projects/{lab.project}/audit", action="capture-session.change", limit=1)[
        "items"
    ]
    assert entry["after"].items() >= bounds.items()
    assert {name: entry["before"][name] for name in bounds} == {name: before[name] for name in bounds}


@pytest.mark.parametrize(
    ("bounds", "pointer"),
    [
        ({"started_at": None}, "/started_at"),
        ({"stopped_at": None}, "/stopped_at"),
        ({"started_at": "2100-01-01T00:00:00Z"}, "/stopped_at"),
        ({"stopped_at": "2001-01-01T00:00:00Z"}, "/stopped_at"),
        ({"stopped_at": "2100-01-01T00:00:00Z"}, "/stopped_at"),
        ({"started_at": "noon"}, "/started_at"),
        ({"started_at": "2026-01-01T12:00:00"}, "/started_at"),
    ],
)
def test_bounds_that_make_no_interval_are_refused(lab: Lab, bounds: dict[str, Any], pointer: str) -> None:
    session = lab.new_session(lab.new_run("running"), "succeeded")
    answer = lab.person.patch(f"/capture-sessions/{session}", bounds)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_readings_are_those_of_its_sensors_in_its_interval(lab: Lab) -> None:
    one, other, stranger = (lab.sensor() for _ in range(3))
    run = lab.new_run("running", sensors=(one, other))
    session = stopped(lab, run, 3600, 1800)
    item = lab.person.read(f"/capture-sessions/{session}")
    start_us, stop_us = (to_us(parse_time(item[name])) for name in ("started_at", "stopped_at"))
    url = lab.server.database_url
    store(
        url, one, [Stored(start_us - 1, 1), Stored(start_us, 2), Stored(stop_us - 1, 3), Stored(stop_us, 4)]
    )
    store(url, other, [Stored(start_us + 1, 5, 50.0, None, 3)])
    store(url, stranger, [Stored(start_us + 2, 6)])
    page = lab.person.read(f"/capture-sessions/{session}/readings")
    assert page["next_cursor"] is None
    shown = [(item["time"], item["sensor_id"], item["raw"]) for item in page["items"]]
    assert shown == [
        (format_us(start_us), one, 2.0),
        (format_us(start_us + 1), other, 5.0),
        (format_us(stop_us - 1), one, 3.0),
    ]
    assert page["items"][1] == {
        "time": format_us(start_us + 1),
        "raw": 5.0,
        "physical": 50.0,
        "profile_id": None,
        "flags": 3,
        "sensor_id": other,
        "key": lab.person.read(f"/sensors/{other}")["key"],
    }


def test_late_readings_belong_to_every_session_that_holds_their_time(lab: Lab) -> None:
    sensor = lab.sensor()
    one, other = (lab.new_run("running", sensors=(sensor,)) for _ in range(2))
    sessions = [stopped(lab, one, 3600, 1800), stopped(lab, one, 2400, 600), stopped(lab, other, 3600, 60)]
    lab.unbind(one, sensor)
    store(
        lab.server.database_url,
        sensor,
        [Stored(now_us() - age * SECOND_US, age) for age in (3000, 2000, 900)],
    )
    assert [raw_values(lab, session) for session in sessions] == [
        [3000.0, 2000.0],
        [2000.0, 900.0],
        [3000.0, 2000.0, 900.0],
    ]


def test_corrected_bounds_bring_other_readings(lab: Lab) -> None:
    sensor = lab.sensor()
    session = stopped(lab, lab.new_run("running", sensors=(sensor,)), 3600, 1800)
    store(lab.server.database_url, sensor, [Stored(now_us() - age * SECOND_US, age) for age in (3000, 900)])
    assert raw_values(lab, session) == [3000.0]
    lab.person.patch(f"/capture-sessions/{session}", {"started_at": at(-2000), "stopped_at": at(-600)})
    assert raw_values(lab, session) == [900.0]


def test_a_running_session_shows_what_arrives(lab: Lab) -> None:
    sensor = lab.sensor()
    session = lab.new_session(lab.new_run(sensors=(sensor,)), "running")
    assert raw_values(lab, session) == []
    store(lab.server.database_url, sensor, [Stored(now_us(), 1.0), Stored(now_us() + 60 * SECOND_US, 2.0)])
    assert raw_values(lab, session) == [1.0, 2.0]


def test_a_draft_has_no_readings(lab: Lab) -> None:
    sensor = lab.sensor()
    store(lab.server.database_url, sensor, [Stored(now_us(), 1.0)])
    assert raw_values(lab, lab.new_session(lab.new_run(sensors=(sensor,)))) == []


def test_a_part_of_a_session_may_be_asked_for(lab: Lab) -> None:
    sensor = lab.sensor()
    session = stopped(lab, lab.new_run("running", sensors=(sensor,)), 3600, 0)
    store(
        lab.server.database_url,
        sensor,
        [Stored(now_us() - age * SECOND_US, age) for age in (7000, 3000, 900)],
    )
    for bounds, values in (
        ({"from": at(-1000)}, [900.0]),
        ({"to": at(-1000)}, [3000.0]),
        ({"from": at(-9000), "to": at(-2000)}, [3000.0]),
        ({"from": at(-9000), "to": at(-8000)}, []),
    ):
        assert raw_values(lab, session, **bounds) == values
    path = f"/capture-sessions/{session}/readings"
    assert lab.person.get(path, {"from": at(-1), "to": at(-2)}).status_code == 422


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("spread_us", [0, 1, 7_000, 3 * SECOND_US, 900 * SECOND_US])
def test_pages_hold_every_reading_once_and_in_order(lab: Lab, order: str, spread_us: int) -> None:
    sensors = [lab.sensor() for _ in range(3)]
    run = lab.new_run("running", sensors=tuple(sensors))
    session = stopped(lab, run, 86_400, 10)
    base_us = now_us() - 80_000 * SECOND_US
    expected: list[tuple[str, float, str]] = []
    for number, sensor in enumerate(sensors):
        # Twins too, and ties between sensors.
        readings = [Stored(base_us + n // 2 * spread_us, n % 3) for n in range(20 + number)]
        store(lab.server.database_url, sensor, readings)
        expected += [(format_us(r.t_us), float(r.raw), sensor) for r in readings]
    shown: list[tuple[str, float, str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = lab.person.read(f"/capture-sessions/{session}/readings", limit=7, order=order, **cursor)
        shown += [(item["time"], item["raw"], item["sensor_id"]) for item in page["items"]]
        if page["next_cursor"] is None:
            break
        assert len(page["items"]) == 7
        cursor = {"cursor": page["next_cursor"]}
    keys = [(time, raw) for time, raw, _ in shown]
    assert keys == sorted(keys, reverse=order == "desc")
    assert sorted(shown) == sorted(expected)


def test_raw_values_are_hidden_where_the_project_says_so(
    server: Server, people: People, make_project: ProjectMaker
) -> None:
    lab = make_lab(server, people.owner, make_project(raw_access="editors"))
    sensors = (lab.sensor(), lab.sensor())
    session = lab.new_session(lab.new_run(sensors=sensors), "running")
    store(server.database_url, sensors[0], [Stored(now_us(), 1.25, 9.0), Stored(now_us(), 2.5, 8.0)])
    items = people.viewer.read(f"/capture-sessions/{session}/readings")["items"]
    assert [("raw" in item, item["physical"]) for item in items] in (
        [(False, 9.0), (False, 8.0)],
        [(False, 8.0), (False, 9.0)],
    )


@pytest.mark.parametrize("act", ["start", "stop"])
def test_a_reason_for_starting_or_stopping_is_kept(lab: Lab, act: str) -> None:
    session = lab.new_session(lab.new_run(), "draft" if act == "start" else "running")
    lab.person.made(f"/capture-sessions/{session}:{act}", {"reason": "because"})
    (entry, *_) = lab.person.read(f"/capture-sessions/{session}/history")["items"]
    assert entry["reason"] == "because"


@pytest.mark.parametrize("body", [{"status": "running"}, {"status": "archived"}, {"why": 1}])
def test_a_stop_that_is_none_is_refused(lab: Lab, body: dict[str, Any]) -> None:
    session = lab.new_session(lab.new_run(), "running")
    assert lab.person.post(f"/capture-sessions/{session}:stop", body).status_code == 422
    assert lab.status(f"/capture-sessions/{session}") == "running"


def test_sessions_are_listed_by_status(lab: Lab) -> None:
    run = lab.new_run()
    draft, running = lab.new_session(run), lab.new_session(run, "running")

    def listed(**filters: str) -> list[str]:
        return [item["id"] for item in lab.person.read(f"/runs/{run}/capture-sessions", **filters)["items"]]

    assert listed() == [running, draft]
    assert listed(status="running") == [running]
    assert listed(status="archived") == []


def test_a_change_of_another_version_is_refused(lab: Lab) -> None:
    path = f"/capture-sessions/{lab.new_session(lab.new_run())}"
    assert lab.person.patch(path, {"notes": "n"}, {"If-Match": '"2"'}).status_code == 412
    assert lab.person.delete(path, {"If-Match": '"2"'}).status_code == 412
    assert lab.person.patch(path, {"notes": "n"}, {"If-Match": '"1"'}).headers["etag"] == '"2"'
