"""Events of runs, capture sessions, calibrations and comparisons."""

from typing import Any

import pytest

from barograph.events.kinds import EVENT_KINDS
from tests.api.lab import Lab
from tests.api.server import Person


def told(owner: Person, project: str) -> list[dict[str, Any]]:
    """Oldest first."""
    return owner.read(f"/projects/{project}/events", limit=500)["items"][::-1]


def kinds(owner: Person, project: str) -> list[str]:
    return [event["type"] for event in told(owner, project)]


def test_a_run_tells_of_each_state(owner: Person, lab: Lab) -> None:
    run = lab.new_run("finished", name="burn 7")
    owner.patch(f"/runs/{run}", {"status": "archived", "reason": "done with"})
    failed = lab.new_run("failed")
    events = told(owner, lab.project)
    assert [event["type"] for event in events] == [
        "run.started",
        "run.finished",
        "run.archived",
        "run.started",
        "run.failed",
    ]
    first, second, third = events[:3]
    assert (first["data"]["run_id"], first["data"]["run"], first["data"]["from"]) == (run, "burn 7", "draft")
    assert first["data"]["finished_at"] is None
    stored = owner.read(f"/runs/{run}")
    assert second["data"]["started_at"] == stored["started_at"]
    assert second["data"]["finished_at"] == stored["finished_at"]
    assert (third["data"]["status"], third["data"]["reason"]) == ("archived", "done with")
    assert events[-1]["data"]["run_id"] == failed


def test_many_runs_of_one_request_tell_one_each(owner: Person, lab: Lab) -> None:
    runs = [lab.new_run("running") for _ in range(3)]
    body = {"run_ids": runs, "status": "finished"}
    assert owner.post(f"/projects/{lab.project}/runs:batch-status", body).status_code == 200
    finished = [event for event in told(owner, lab.project) if event["type"] == "run.finished"]
    assert sorted(event["data"]["run_id"] for event in finished) == sorted(runs)


def test_what_is_rolled_back_tells_nothing(owner: Person, lab: Lab) -> None:
    run, other = lab.new_run("running"), lab.new_run("draft")
    body = {"run_ids": [run, other], "status": "finished"}
    answer = owner.post(f"/projects/{lab.project}/runs:batch-status", body)
    assert answer.status_code == 409 or not all(each["ok"] for each in answer.json()["items"])
    assert kinds(owner, lab.project) == ["run.started"]


@pytest.mark.parametrize(("status", "kind"), [("succeeded", "completed"), ("failed", "failed")])
def test_a_capture_session_tells_of_each_state(owner: Person, lab: Lab, status: str, kind: str) -> None:
    run = lab.new_run("running")
    session = owner.made(f"/runs/{run}/capture-sessions", {"start": True})["id"]
    owner.made(f"/capture-sessions/{session}:stop", {"status": status})
    events = told(owner, lab.project)
    assert [event["type"] for event in events] == ["run.started", "capture.started", f"capture.{kind}"]
    assert {event["data"].get("capture_session_id") for event in events[1:]} == {session}
    assert {event["data"]["run_id"] for event in events} == {run}
    assert events[-1]["data"]["ordinal"] == 1


def test_an_applied_calibration_is_told(owner: Person, lab: Lab) -> None:
    sensor = lab.sensor("p1")
    path = f"/sensors/{sensor}/conversion-profiles"
    profile = owner.made(path, {"kind": "linear", "payload": {"slope": 2, "offset": 1}})["id"]
    assert kinds(owner, lab.project) == []
    owner.made(f"/conversion-profiles/{profile}:activate", {"valid_to": "2030-01-01T00:00:00Z"})
    (event,) = told(owner, lab.project)
    assert event["type"] == "conversion_profile.applied"
    assert event["data"] == {
        "profile_id": profile,
        "number": 1,
        "kind": "linear",
        "sensor_id": sensor,
        "sensor": "p1",
        "valid_from": None,
        "valid_to": "2030-01-01T00:00:00.000000Z",
    }


def test_a_saved_comparison_tells_of_its_changes(owner: Person, lab: Lab) -> None:
    runs = [lab.new_run("finished") for _ in range(2)]
    body = {"name": "pair", "question": {"runs": runs, "sensors": ["p1"]}}
    comparison = owner.made(f"/projects/{lab.project}/comparisons", body)["id"]
    owner.patch(f"/comparisons/{comparison}", {"name": "both"})
    assert owner.delete(f"/comparisons/{comparison}").status_code == 204
    events = [each for each in told(owner, lab.project) if each["type"] == "comparison.changed"]
    assert [(each["data"]["name"], each["data"]["change"]) for each in events] == [
        ("pair", "created"),
        ("both", "changed"),
        ("both", "deleted"),
    ]


def test_a_project_with_comparisons_can_go(owner: Person, lab: Lab) -> None:
    runs = [lab.new_run("finished") for _ in range(2)]
    body = {"name": "pair", "question": {"runs": runs, "sensors": ["p1"]}}
    owner.made(f"/projects/{lab.project}/comparisons", body)
    answer = owner.delete(f"/projects/{lab.project}")
    assert answer.status_code in {204, 409}, answer.text


def test_events_tell_what_their_examples_tell(owner: Person, lab: Lab) -> None:
    run = lab.new_run("finished")
    other = lab.new_run("running")
    session = owner.made(f"/runs/{other}/capture-sessions", {"start": True})["id"]
    owner.made(f"/capture-sessions/{session}:stop", {"status": "failed"})
    sensor = lab.sensor("told")
    profile = owner.made(f"/sensors/{sensor}/conversion-profiles", {"kind": "identity"})["id"]
    owner.made(f"/conversion-profiles/{profile}:activate")
    project = f"/projects/{lab.project}"
    owner.made(f"{project}/annotations", {"from": "2015-01-01T00:00:00Z", "text": "a note", "run": run})
    question = {"runs": [run, other], "sensors": ["told"]}
    owner.made(f"{project}/comparisons", {"name": "pair", "question": question})
    hook = owner.made(f"{project}/webhooks", {"url": "https://ci.example.org/x"})
    owner.made(f"/webhooks/{hook['id']}:test")
    events = told(owner, lab.project)
    assert {event["type"] for event in events} >= {"annotation.created", "webhook.tested", "capture.failed"}
    for event in events:
        assert event["data"].keys() == EVENT_KINDS[event["type"]].data.keys(), event["type"]
