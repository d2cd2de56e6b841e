"""Capture sessions are `backfilling` just while an open backfill touches them, in whatever order it comes."""

from collections.abc import Sequence

import pytest

from barograph.times import DAY_US, format_us, now_us
from tests.api.server import at_once
from tests.backfill.recalibration.scene import NEW, Scene, samples


def status_of(scene: Scene, session: str) -> str:
    return scene.person.read(f"/capture-sessions/{session}")["status"]


def moves_of(scene: Scene, session: str) -> list[str]:
    return [move["to"] for move in scene.person.read(f"/capture-sessions/{session}/history")["items"]][::-1]


@pytest.mark.parametrize(
    ("acts", "end"),
    [
        (("stop", "resume"), "finished"),
        (("pause", "stop", "resume"), "finished"),
        (("pause", "stop", "cancel"), "cancelled"),
        (("pause", "resume", "stop", "pause", "cancel"), "cancelled"),
    ],
)
def test_a_session_that_stops_while_a_backfill_touches_it(
    scene: Scene, acts: Sequence[str], end: str
) -> None:
    """No worker looks meanwhile."""
    _, session = scene.record("s0")
    backfill = scene.ask(sensors=[scene.sensors["s0"]])
    assert status_of(scene, session) == "running"
    has_stopped = False
    for act in acts:
        if act == "stop":
            answer = scene.person.made(f"/capture-sessions/{session}:stop")
            assert answer["status"] == "backfilling"
            has_stopped = True
        elif act != "resume" or scene.look(backfill)["status"] == "paused":
            scene.act(backfill, act)
        is_open = scene.look(backfill)["status"] != "cancelled"
        expected = ("backfilling" if is_open else "succeeded") if has_stopped else "running"
        assert status_of(scene, session) == expected, act
    scene.work()
    assert scene.look(backfill)["status"] == end
    assert status_of(scene, session) == "succeeded"
    assert moves_of(scene, session) == ["running", "succeeded", "backfilling", "succeeded"]


def test_one_that_stops_while_an_undo_rests(scene: Scene) -> None:
    scene.store(*samples(1, 10))
    backfill = scene.ask(profile=scene.save("s0", "polynomial", NEW))
    scene.work()
    _, session = scene.record("s0")
    scene.act(backfill, "undo")
    scene.act(backfill, "pause")
    assert scene.person.made(f"/capture-sessions/{session}:stop")["status"] == "backfilling"
    scene.act(backfill, "resume")
    scene.work()
    assert (scene.look(backfill)["status"], status_of(scene, session)) == ("undone", "succeeded")


def test_one_that_fails_stays_failed_and_can_not_be_archived_from_under_a_backfill(scene: Scene) -> None:
    _, failed = scene.record("s0")
    _, stopped = scene.record("s0")
    backfill = scene.ask(sensors=[scene.sensors["s0"]])
    scene.act(backfill, "pause")
    scene.person.made(f"/capture-sessions/{failed}:stop", {"status": "failed"})
    scene.person.made(f"/capture-sessions/{stopped}:stop")
    assert (status_of(scene, failed), status_of(scene, stopped)) == ("failed", "backfilling")
    answer = scene.person.patch(f"/capture-sessions/{stopped}", {"status": "archived"})
    assert answer.status_code == 409
    scene.person.patch(f"/capture-sessions/{failed}", {"status": "archived"})
    scene.act(backfill, "cancel")
    assert (status_of(scene, failed), status_of(scene, stopped)) == ("archived", "succeeded")


def test_one_whose_bounds_come_to_touch_a_backfill(scene: Scene) -> None:
    _, session = scene.record("s0")
    scene.person.made(f"/capture-sessions/{session}:stop")
    past = format_us(now_us() - DAY_US)
    backfill = scene.ask(sensors=[scene.sensors["s0"]], to=past)
    assert status_of(scene, session) == "succeeded"
    scene.act(backfill, "pause")
    path = f"/capture-sessions/{session}"
    answer = scene.person.patch(path, {"started_at": format_us(now_us() - 2 * DAY_US)})
    assert (answer.status_code, answer.json()["status"]) == (200, "backfilling")
    refused = scene.person.patch(path, {"started_at": past})
    assert (refused.status_code, backfill["id"] in refused.json()["detail"]) == (409, True)
    scene.act(backfill, "cancel")
    assert status_of(scene, session) == "succeeded"


def test_bounds_that_a_backfill_rests_on_are_kept_until_it_ends(scene: Scene) -> None:
    run, session = scene.record("s0")
    scene.person.made(f"/capture-sessions/{session}:stop", {"status": "failed"})
    path, earlier = f"/capture-sessions/{session}", {"started_at": format_us(now_us() - DAY_US)}
    for scope in ({"capture_session": session}, {"run": run}):
        backfill = scene.ask(**scope)
        answer = scene.person.patch(path, earlier)
        assert (answer.status_code, backfill["id"] in answer.json()["detail"]) == (409, True)
        scene.act(backfill, "cancel")
    tried = scene.ask(run=run, dry_run=True)
    assert scene.person.patch(path, earlier).status_code == 200
    scene.work()
    assert scene.look(tried)["status"] == "finished"


def test_a_stop_and_a_backfill_at_once(scene: Scene) -> None:
    for _ in range(5):
        _, session = scene.record("s0")
        asked: list[str] = []
        at_once(
            lambda session=session: scene.person.made(f"/capture-sessions/{session}:stop"),
            lambda asked=asked: asked.append(scene.ask(sensors=[scene.sensors["s0"]])["id"]),
        )
        assert status_of(scene, session) == "backfilling"
        scene.act({"id": asked[0]}, "cancel")
        assert status_of(scene, session) == "succeeded"


def test_a_backfill_and_its_sessions_tell_of_their_states(scene: Scene) -> None:
    scene.store(*samples(1, 500))
    _, session = scene.record("s0")
    scene.person.made(f"/capture-sessions/{session}:stop")
    backfill = scene.ask(capture_session=session, profile=scene.save("s0", "polynomial", NEW))
    scene.work()
    scene.act(backfill, "undo")
    scene.work()
    path = f"/projects/{scene.project.public_id}/events"
    events = scene.person.read(path, limit=100)["items"][::-1]
    kinds = [event["type"] for event in events if event["type"].startswith(("backfill", "capture.backfill"))]
    assert kinds == [
        "backfill.started",
        "backfill.finished",
        "capture.backfill.finished",
        "backfill.undone",
        "capture.backfill.finished",
    ]
    assert {event["data"]["backfill_id"] for event in events if event["type"].startswith("backfill")} == {
        backfill["id"]
    }
