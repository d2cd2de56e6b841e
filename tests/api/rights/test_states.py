"""States: every move of experiments, runs and capture sessions, allowed or not, and their history."""

from itertools import product
from typing import Any, get_args

import psycopg
import pytest

from api.rights.states import CAPTURE_MOVES, RUN_MOVES, CaptureStatus, RunStatus
from tests.api.conftest import People
from tests.api.lab import CAPTURE_WAYS, RUN_WAYS, Lab

RUN_STATES = get_args(RunStatus)
CAPTURE_STATES = get_args(CaptureStatus)
# The contract's words.
RUN_ALLOWED = {
    ("draft", "running"),
    ("running", "finished"),
    ("running", "failed"),
    ("draft", "archived"),
    ("finished", "archived"),
    ("failed", "archived"),
}
CAPTURE_ALLOWED = {
    ("draft", "running"),
    ("running", "succeeded"),
    ("running", "failed"),
    ("draft", "archived"),
    ("succeeded", "archived"),
    ("failed", "archived"),
}
"""By people. `succeeded` and `backfilling` become each other by backfills alone."""


def check_move(lab: Lab, path: str, old: str, new: str, allowed: set[tuple[str, str]]) -> None:
    before = lab.person.read(path)
    answer = lab.move(path, new, reason="because")
    if (old, new) in allowed:
        assert answer.json()["status"] == new
        assert answer.json()["version"] == before["version"] + 1
        assert lab.history(path)[-1] == (old, new)
        return
    assert answer.status_code == 409
    detail = answer.json()["detail"]
    assert f"not {new}" in detail
    for other in {to for from_, to in allowed if from_ == old}:
        assert other in detail
    assert lab.person.read(path) == before


def pairs(states: tuple[str, ...]) -> list[tuple[str, str]]:
    return list(product(states, states))


def test_the_machine_is_the_contract_s() -> None:
    assert {(old, new) for old, moves in RUN_MOVES.items() for new in moves} == RUN_ALLOWED
    assert {(old, new) for old, moves in CAPTURE_MOVES.items() for new in moves} == CAPTURE_ALLOWED


@pytest.mark.parametrize(("old", "new"), pairs(RUN_STATES))
def test_an_experiment_moves_along_its_ways_only(lab: Lab, old: RunStatus, new: RunStatus) -> None:
    check_move(lab, f"/experiments/{lab.new_experiment(old)}", old, new, RUN_ALLOWED)


@pytest.mark.parametrize(("old", "new"), pairs(RUN_STATES))
def test_a_run_moves_along_its_ways_only(lab: Lab, old: RunStatus, new: RunStatus) -> None:
    check_move(lab, f"/runs/{lab.new_run(old)}", old, new, RUN_ALLOWED)


@pytest.mark.parametrize(("old", "new"), pairs(CAPTURE_STATES))
def test_a_capture_session_moves_along_its_ways_only(
    lab: Lab, old: CaptureStatus, new: CaptureStatus
) -> None:
    session = lab.new_session(lab.new_run("running"), old)
    check_move(lab, f"/capture-sessions/{session}", old, new, CAPTURE_ALLOWED)


@pytest.mark.parametrize("old", CAPTURE_STATES)
@pytest.mark.parametrize(("act", "new"), [("start", "running"), ("stop", "succeeded"), ("stop", "failed")])
def test_start_and_stop_are_moves_too(lab: Lab, old: CaptureStatus, act: str, new: str) -> None:
    session = lab.new_session(lab.new_run("running"), old)
    body = {"status": new} if act == "stop" else None
    answer = lab.person.post(f"/capture-sessions/{session}:{act}", body)
    if (old, new) in CAPTURE_ALLOWED:
        assert answer.json()["status"] == new
    else:
        assert answer.status_code == 409


@pytest.mark.parametrize("noun", ["experiments", "runs"])
@pytest.mark.parametrize("status", RUN_STATES)
def test_times_are_set_by_moves(lab: Lab, noun: str, status: RunStatus) -> None:
    made = lab.new_experiment(status) if noun == "experiments" else lab.new_run(status)
    item = lab.person.read(f"/{noun}/{made}")
    assert (item["started_at"] is None) is (status in {"draft", "archived"})
    assert (item["finished_at"] is None) is (status not in {"finished", "failed"})
    assert (item["duration_s"] is None) is (item["finished_at"] is None)
    if item["duration_s"] is not None:
        assert item["duration_s"] > 0


@pytest.mark.parametrize("status", CAPTURE_STATES)
def test_a_session_s_times_are_set_by_moves(lab: Lab, status: CaptureStatus) -> None:
    session = lab.new_session(lab.new_run("running"), status)
    item = lab.person.read(f"/capture-sessions/{session}")
    assert (item["started_at"] is None) is (status in {"draft", "archived"})
    assert (item["stopped_at"] is None) is (status in {"draft", "archived", "running"})


def test_archiving_keeps_the_times(lab: Lab) -> None:
    run = f"/runs/{lab.new_run('finished')}"
    before = lab.person.read(run)
    lab.go(run, ["archived"])
    after = lab.person.read(run)
    for name in ("started_at", "finished_at", "duration_s"):
        assert after[name] == before[name]


def test_history_says_who_moved_what_when_and_why(people: People, lab: Lab) -> None:
    run = f"/runs/{lab.new_run()}"
    people.editor.patch(run, {"status": "running", "reason": "pressure is up"})
    lab.person.patch(run, {"status": "failed"})
    failed, started = lab.person.read(f"{run}/history")["items"]
    item = lab.person.read(run)
    assert started == {
        "from": "draft",
        "to": "running",
        "actor": people.editor.read("/auth/me")["id"],
        "actor_name": people.editor.email,
        "role": "editor",
        "at": started["at"],
        "reason": "pressure is up",
    }
    assert (failed["from"], failed["to"], failed["role"], failed["reason"]) == (
        "running",
        "failed",
        "owner",
        None,
    )
    assert item["started_at"] <= started["at"] < item["finished_at"] <= failed["at"]


@pytest.mark.parametrize("noun", ["experiments", "runs", "capture-sessions"])
def test_a_reason_belongs_to_a_move(lab: Lab, noun: str) -> None:
    run = lab.new_run()
    made = {"experiments": lab.experiment, "runs": run, "capture-sessions": lab.new_session(run)}[noun]
    answer = lab.person.patch(f"/{noun}/{made}", {"reason": "why not"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/reason"


@pytest.mark.parametrize("body", [{"status": "paused"}, {"status": None}, {"status": 1}])
def test_a_state_that_there_is_not_is_invalid(lab: Lab, body: dict[str, Any]) -> None:
    for path in (f"/experiments/{lab.experiment}", f"/runs/{lab.new_run()}"):
        assert lab.person.patch(path, body).status_code == 422


def test_a_move_and_a_change_of_fields_are_one(lab: Lab) -> None:
    run = f"/runs/{lab.new_run('finished')}"
    assert lab.move(run, "running", name="new").status_code == 409
    assert lab.person.read(run)["name"] != "new"
    changed = lab.move(run, "archived", name="new").json()
    assert (changed["status"], changed["name"]) == ("archived", "new")


@pytest.mark.parametrize("statement", ["update status_change set reason = 'x'", "delete from status_change"])
def test_history_can_not_be_changed(lab: Lab, statement: str) -> None:
    lab.new_run("running")
    with lab.connect() as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(statement.encode())


def test_ways_reach_every_state() -> None:
    assert set(RUN_WAYS) == set(RUN_STATES)
    assert set(CAPTURE_WAYS) == set(CAPTURE_STATES)
