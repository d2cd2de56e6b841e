"""Who may do what to a backfill when: overlaps, pauses, cancellations, undo; and what becomes of sessions."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import psycopg
import pytest

from backfill.recalibration.recalibrator import Recalibrator
from barograph.times import format_us, now_us
from tests.api.server import at_once
from tests.backfill.recalibration.scene import NEW, Scene, assert_same, samples


def refused(scene: Scene, path: str, body: object = None) -> dict[str, Any]:
    answer = scene.person.post(path, body)
    assert answer.status_code == 409, answer.text
    return answer.json()


def backfills(scene: Scene) -> str:
    return f"/projects/{scene.project.public_id}/backfills"


def test_an_open_backfill_keeps_others_from_its_readings_and_is_named(scene: Scene) -> None:
    middle = format_us(now_us())
    first = scene.ask(sensors=[scene.sensors["s0"]], to=middle)
    problem = refused(scene, backfills(scene), {"reason": "r"})
    assert first["id"] in problem["detail"]
    # Neither what lies beside it nor a dry run is in the way.
    scene.ask(sensors=[scene.sensors["s0"]], **{"from": middle})
    scene.ask(sensors=[scene.sensors["s1"]])
    scene.ask(dry_run=True)
    scene.act(first, "cancel")
    scene.ask(sensors=[scene.sensors["s0"]], to=middle)


def test_of_overlapping_ones_asked_for_at_once_one_is_taken(scene: Scene) -> None:
    def ask(_: int) -> tuple[int, str]:
        answer = scene.person.post(backfills(scene), {"reason": "race"})
        return answer.status_code, answer.json().get("id", "")

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(16)))
    taken = [backfill for status, backfill in answers if status == 201]
    assert len(taken) == 1
    assert {status for status, _ in answers} == {201, 409}


def test_a_paused_one_waits_and_a_cancelled_one_has_ended(scene: Scene) -> None:
    scene.store(*samples(1, 3000))
    before = scene.readings()
    scene.activate("s0", "polynomial", NEW)
    backfill = scene.ask()
    assert scene.act(backfill, "pause")["status"] == "paused"
    scene.work()
    assert_same(scene.readings(), before)
    assert scene.act(backfill, "resume")["status"] == "planned"
    scene.recalibrator.work_on(scene.open_backfill_ids()[0], 0)  # one step: the plan of a chunk
    scene.act(backfill, "cancel")
    scene.work()
    assert_same(scene.readings(), before)
    done = scene.look(backfill)
    assert (done["status"], done["windows_done"]) == ("cancelled", 0)
    for act in ("pause", "resume", "cancel"):
        assert "cancelled" in refused(scene, f"/backfills/{backfill['id']}:{act}")["detail"]


@pytest.mark.parametrize("named", [False, True])
def test_one_cancelled_half_way_is_undone(scene: Scene, named: bool) -> None:
    scene.store(*samples(1, 3000))
    before = scene.readings()
    version = scene.save("s0", "polynomial", NEW)
    if not named:
        scene.person.made(f"/conversion-profiles/{version}:activate", {"valid_from": "0001-01-01T00:00:00Z"})
    backfill = scene.ask(profile=version) if named else scene.ask(sensors=[scene.sensors["s0"]])
    while scene.look(backfill)["windows_done"] < 2:
        scene.recalibrator.work_on(scene.open_backfill_ids()[0], 0)
    scene.act(backfill, "cancel")
    # Into a window that was not rewritten.
    late_us = int(before.t_us[-1]) + 1
    scene.store(np.zeros(1, np.int32), np.array([late_us]), np.array([9.0]))
    half = scene.readings()
    assert 0 < np.count_nonzero(half.profile_id != before.profile_id[0]) < 3000
    scene.act(backfill, "undo")
    scene.work()
    after = scene.readings()
    assert_same(after.take(np.flatnonzero(after.t_us != late_us)), before)
    late = after.take(np.flatnonzero(after.t_us == late_us))
    assert late.physical.tolist() == [19.0 if named else 0.5 + 27 + 0.25 * 81]


def test_undo_waits_for_the_undo_of_what_came_later(scene: Scene) -> None:
    scene.store(*samples(1, 1000))
    before = scene.readings()
    first = scene.ask(profile=scene.save("s0", "polynomial", NEW))
    scene.work()
    second = scene.ask(profile=scene.save("s0", "polynomial", {"coefficients": [1]}))
    scene.work()
    assert second["id"] in refused(scene, f"/backfills/{first['id']}:undo")["detail"]
    for backfill in (second, first):
        scene.act(backfill, "undo")
        scene.work()
        refused(scene, f"/backfills/{backfill['id']}:undo")
    assert_same(scene.readings(), before)
    pieces = scene.person.read(f"/sensors/{scene.sensors['s0']}/timeline")["items"]
    assert [(piece["kind"], piece["valid_from"], piece["valid_to"]) for piece in pieces] == [
        ("linear", None, None)
    ]


def test_sessions_are_backfilling_as_long_as_an_open_one_touches_them(scene: Scene) -> None:
    project = f"/projects/{scene.project.public_id}"
    experiment = scene.person.made(f"{project}/experiments", {"name": "e"})["id"]
    run = scene.person.made(f"/experiments/{experiment}/runs", {"name": "r"})["id"]
    scene.person.send("PUT", f"/runs/{run}/sensors/{scene.sensors['s0']}")
    session = scene.person.made(f"/runs/{run}/capture-sessions", {"start": True})["id"]
    scene.person.made(f"/capture-sessions/{session}:stop")
    path = f"/capture-sessions/{session}"
    other = scene.ask(sensors=[scene.sensors["s1"]])
    assert scene.person.read(path)["status"] == "succeeded"
    backfill = scene.ask(run=run)
    assert backfill["capture_sessions"] == [session]
    assert backfill["runs"] == [run]
    assert scene.person.read(path)["status"] == "backfilling"
    answer = scene.person.patch(path, {"status": "succeeded"})
    assert (answer.status_code, "backfill" in answer.json()["detail"]) == (409, True)
    scene.act(other, "cancel")
    scene.work()
    assert scene.look(backfill)["status"] == "finished"
    assert scene.person.read(path)["status"] == "succeeded"
    moves = [(move["from"], move["to"]) for move in scene.person.read(f"{path}/history")["items"]]
    assert moves[:2] == [("backfilling", "succeeded"), ("succeeded", "backfilling")]


def test_everything_is_in_the_trail(scene: Scene) -> None:
    scene.store(*samples(1, 10))
    backfill = scene.ask(profile=scene.save("s0", "polynomial", NEW))
    for act in ("pause", "resume"):
        scene.act(backfill, act)
    scene.work()
    scene.person.made(f"/backfills/{backfill['id']}:undo", {"reason": "a typing mistake"})
    scene.work()
    trail = scene.person.read(f"/projects/{scene.project.public_id}/audit", subject=backfill["id"])["items"]
    assert [(entry["action"], entry["actor_name"]) for entry in reversed(trail)] == [
        ("backfill.create", scene.person.email),
        ("backfill.pause", scene.person.email),
        ("backfill.resume", scene.person.email),
        ("backfill.end", "barograph"),
        ("backfill.undo", scene.person.email),
        ("backfill.end", "barograph"),
    ]
    assert trail[1]["after"] == {"status": "undoing", "reason": "a typing mistake"}
    assert trail[-1]["after"]["reason"] == "test"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"sensors": ["00000000-0000-0000-0000-000000000000"]}, "/sensors/0"),
        ({"run": "00000000-0000-0000-0000-000000000000"}, "/run"),
        ({"capture_session": "00000000-0000-0000-0000-000000000000"}, "/capture_session"),
        ({"profile": "00000000-0000-0000-0000-000000000000"}, "/profile"),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "/to"),
        ({"share": 0}, "/share"),
        ({"priority": 101}, "/priority"),
        ({"reason": ""}, "/reason"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_pointer(
    scene: Scene, body: dict[str, object], pointer: str
) -> None:
    answer = scene.person.post(backfills(scene), {"reason": "r"} | body)
    assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (422, [pointer])


@pytest.mark.nightly
def test_workers_together_take_no_more_than_the_share(scene: Scene) -> None:
    sensor, t_us, raw = samples(1, 40_000)
    scene.store(sensor, t_us, raw)
    scene.activate("s0", "polynomial", NEW)
    backfill = scene.ask(share=0.5)
    (open_one,) = scene.open_backfill_ids()
    recalibrator = Recalibrator(scene.server.database_url, scene.cache, window_readings=1000)
    started = time.monotonic()

    def work() -> None:
        while scene.look(backfill)["status"] != "finished":
            recalibrator.work_on(open_one)

    at_once(work, work, work)
    took_s = time.monotonic() - started
    with psycopg.connect(scene.server.database_url) as connection:
        row = connection.execute("select sum(busy_s), max(busy_s), count(*) from backfill_window").fetchone()
    assert row is not None
    busy_s, max_s, windows = row
    assert windows > 30
    # Each of the three may have had one in hand when its time was up.
    assert busy_s <= 0.5 * took_s + 3 * max_s
