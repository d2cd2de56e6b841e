"""All about a run in one answer."""

from datetime import UTC, datetime, timedelta
from typing import LiteralString

import pytest

from barograph.archive import statements
from barograph.database.queries import query
from barograph.times import format_time, format_us, now_us
from tests.api.conftest import People, ProjectMaker
from tests.api.lab import Lab, make_lab
from tests.api.stored import Stored, store

HOUR_US = 3600 * 10**6


def test_it_holds_what_its_parts_say(lab: Lab) -> None:
    sensors = (lab.sensor(), lab.sensor())
    run = lab.new_run("running", sensors=sensors)
    for _ in range(2):
        lab.new_session(run, "succeeded")
    overview = lab.person.read(f"/runs/{run}/overview")
    assert overview["run"] == lab.person.read(f"/runs/{run}")
    assert overview["capture_sessions"] == lab.person.read(f"/runs/{run}/capture-sessions")["items"]
    parts = [
        {name: value for name, value in item.items() if name != "latest"} for item in overview["sensors"]
    ]
    assert parts == lab.person.read(f"/runs/{run}/sensors")["items"]
    assert (overview["capture_sessions_total"], overview["sensors_total"]) == (2, 2)
    assert [item["latest"] for item in overview["sensors"]] == [None, None]
    assert (overview["metrics"], overview["metrics_total"]) == ([], 0)


def test_metrics_are_shown_in_short(lab: Lab) -> None:
    run = lab.new_run("running")
    points = [
        {"name": name, "step": step, "value": step + 0.5} for name in ("loss", "rate") for step in (1, 2)
    ]
    assert lab.person.post(f"/runs/{run}/metrics", {"points": points}).json()["accepted"] == 4
    overview = lab.person.read(f"/runs/{run}/overview")
    assert overview["metrics"] == lab.person.read(f"/runs/{run}/metrics/summary")["items"]
    assert [item["name"] for item in overview["metrics"]] == ["loss", "rate"]
    assert overview["metrics_total"] == 2


def test_latest_is_the_last_of_what_is_shown(lab: Lab) -> None:
    sensor, silent = lab.sensor(), lab.sensor()
    run = lab.new_run("running", sensors=(sensor, silent))
    lab.person.made(f"/sensors/{sensor}/conversion-profiles", {"kind": "identity"})
    instant = now_us()
    store(
        lab.server.database_url,
        sensor,
        [Stored(instant - 1, 9.0), Stored(instant, 1.0), Stored(instant, 2.0, 2.0, 1, 4)],
    )
    latest = {item["id"]: item["latest"] for item in lab.person.read(f"/runs/{run}/overview")["sensors"]}
    profile = lab.person.read(f"/sensors/{sensor}/conversion-profiles")["items"][0]["id"]
    assert latest == {
        sensor: {"time": format_us(instant), "raw": 2.0, "physical": 2.0, "profile_id": profile, "flags": 4},
        silent: None,
    }


def test_latest_is_of_the_run_s_time(lab: Lab) -> None:
    sensor = lab.sensor()
    finished = lab.new_run("finished", sensors=(sensor,))
    draft, started = lab.new_run(sensors=(sensor,)), lab.new_run("running", sensors=(sensor,))
    with lab.connect() as connection:
        end = datetime.now(UTC) - timedelta(hours=2)
        connection.execute(
            "update run set started_at = %s, finished_at = %s where public_id = %s",
            (end - timedelta(hours=1), end, finished),
        )
    now = now_us()
    store(
        lab.server.database_url, sensor, [Stored(int(now - hours * HOUR_US), hours) for hours in (30, 2.5, 1)]
    )

    def latest(run: str) -> float | None:
        (item,) = lab.person.read(f"/runs/{run}/overview")["sensors"]
        return item["latest"] and item["latest"]["raw"]

    assert (latest(finished), latest(draft), latest(started)) == (2.5, 1.0, None)
    assert format_time(end) == lab.person.read(f"/runs/{finished}")["finished_at"]


def test_before_the_start_latest_is_the_last_there_is(lab: Lab) -> None:
    recent, old, silent = lab.sensor(), lab.sensor(), lab.sensor()
    draft = lab.new_run(sensors=(recent, old, silent))
    now, day_us = now_us(), 24 * HOUR_US
    store(lab.server.database_url, recent, [Stored(now - 40 * day_us, 1.0), Stored(now - HOUR_US, 2.0)])
    store(lab.server.database_url, old, [Stored(now - days * day_us, float(days)) for days in (390, 200)])
    latest = {item["id"]: item["latest"] for item in lab.person.read(f"/runs/{draft}/overview")["sensors"]}
    assert latest[recent]["raw"] == 2.0
    assert (latest[old]["raw"], latest[old]["time"]) == (200.0, format_us(now - 200 * day_us))
    assert latest[silent] is None


def test_raw_values_are_hidden_where_the_project_says_so(
    people: People, lab: Lab, make_project: ProjectMaker
) -> None:
    hiding = make_lab(lab.server, people.owner, make_project(raw_access="editors"))
    sensor = hiding.sensor()
    run = hiding.new_run(sensors=(sensor,))
    store(lab.server.database_url, sensor, [Stored(now_us(), 1.0, 2.0)])
    (seen,) = people.viewer.read(f"/runs/{run}/overview")["sensors"]
    assert "raw" not in seen["latest"]
    assert seen["latest"]["physical"] == 2.0
    (seen,) = people.editor.read(f"/runs/{run}/overview")["sensors"]
    assert seen["latest"]["raw"] == 1.0


def test_how_it_stands_with_the_archive_is_no_question_of_its_own(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()

    def note(name: str) -> LiteralString:
        asked.append(name)
        return query(name)

    run = lab.new_run(sensors=(lab.sensor(),))
    monkeypatch.setattr(statements, "query", note)
    # A draft, whose readings may be old.
    lab.person.read(f"/runs/{run}/overview")
    assert set(asked) == {"overview.latest"}
