"""Runs."""

from typing import Any

import pytest

from api.rights.states import CaptureStatus, RunStatus
from tests.api.lab import Lab

FIELDS: dict[str, Any] = {
    "name": "4.7",
    "params": {"pressure_bar": 12.5, "injectors": ["A", "B"], "nested": {"deep": None}},
    "git_sha": "8f2c1d0",
    "env": {"stand": 2, "python": "3.11"},
    "tags": ["hot"],
    "notes": "went well",
    "metadata": {"operator": "Ada"},
    "auto_finish_after_s": 3600,
}


def test_a_run_shows_what_it_was_made_with(lab: Lab) -> None:
    made = lab.person.made(f"/experiments/{lab.experiment}/runs", FIELDS)
    assert made.items() >= FIELDS.items()
    assert (made["status"], made["version"]) == ("draft", 1)
    assert (made["project_id"], made["experiment_id"]) == (lab.project, lab.experiment)
    assert lab.person.read(f"/runs/{made['id']}") == made


def test_a_run_may_be_started_as_it_is_made(lab: Lab) -> None:
    made = lab.person.made(f"/experiments/{lab.experiment}/runs", {"name": "r", "status": "running"})
    assert made["started_at"] is not None
    assert lab.history(f"/runs/{made['id']}") == [("draft", "running")]


@pytest.mark.parametrize("env", ["stand 2", {"stand": 2}, None])
def test_an_environment_is_a_name_or_a_description(lab: Lab, env: object) -> None:
    assert lab.person.read(f"/runs/{lab.new_run(env=env)}")["env"] == env


@pytest.mark.parametrize(
    ("patch", "changed"),
    [
        ({"name": "n"}, {"name": "n"}),
        (
            {"params": {"pressure_bar": None, "x": 1}},
            # A patch reaches what it names; the rest stays, nulls included.
            {"params": {"injectors": ["A", "B"], "nested": {"deep": None}, "x": 1}},
        ),
        ({"params": None}, {"params": {}}),
        ({"git_sha": None}, {"git_sha": None}),
        ({"env": "elsewhere"}, {"env": "elsewhere"}),
        ({"env": None}, {"env": None}),
        ({"notes": None, "tags": None}, {"notes": "", "tags": []}),
        ({"auto_finish_after_s": None}, {"auto_finish_after_s": None}),
        ({"auto_finish_after_s": 5}, {"auto_finish_after_s": 5}),
        ({}, {}),
    ],
)
def test_fields_are_changed_and_cleared(lab: Lab, patch: dict[str, Any], changed: dict[str, Any]) -> None:
    made = lab.person.made(f"/experiments/{lab.experiment}/runs", FIELDS)
    after = lab.person.patch(f"/runs/{made['id']}", patch).json()
    version = 2 if patch else 1
    assert after | {"updated_at": None} == made | changed | {"version": version, "updated_at": None}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "r", "git_sha": ""}, "/git_sha"),
        ({"name": "r", "auto_finish_after_s": 0}, "/auto_finish_after_s"),
        ({"name": "r", "auto_finish_after_s": 10**12}, "/auto_finish_after_s"),
        ({"name": "r", "params": "p"}, "/params"),
        ({"name": "r", "status": "archived"}, "/status"),
        ({"name": "r", "duration_s": 1}, "/duration_s"),
        ({"name": "r", "notes": "x" * 10_001}, "/notes"),
    ],
)
def test_what_is_not_valid_is_refused(lab: Lab, body: dict[str, Any], pointer: str) -> None:
    answer = lab.person.post(f"/experiments/{lab.experiment}/runs", body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_runs_may_bear_the_same_name(lab: Lab) -> None:
    assert lab.new_run(name="twin") != lab.new_run(name="twin")


@pytest.mark.parametrize(("session", "status"), [("draft", 204), ("failed", 204), ("archived", 409)])
def test_a_run_is_deleted_with_the_sessions_that_may_be(
    lab: Lab, session: CaptureStatus, status: int
) -> None:
    run = lab.new_run("running")
    made = lab.new_session(run, session)
    assert lab.person.delete(f"/runs/{run}").status_code == status
    assert lab.person.get(f"/capture-sessions/{made}").status_code == (404 if status == 204 else 200)


@pytest.mark.parametrize("session", ["running", "succeeded", "backfilling"])
def test_a_run_with_a_session_that_counts_is_not_deleted(lab: Lab, session: CaptureStatus) -> None:
    run = lab.new_run("running")
    lab.new_session(run, session)
    assert lab.person.delete(f"/runs/{run}").status_code == 409


@pytest.mark.parametrize("session", ["running", "backfilling"])
@pytest.mark.parametrize(
    ("old", "new"), [("running", "finished"), ("running", "failed"), ("draft", "archived")]
)
def test_a_run_with_an_active_session_neither_ends_nor_is_archived(
    lab: Lab, session: CaptureStatus, old: RunStatus, new: str
) -> None:
    run = lab.new_run(old)
    made = lab.new_session(run, session)
    answer = lab.move(f"/runs/{run}", new)
    assert answer.status_code == 409
    assert "capture session" in answer.json()["detail"]
    lab.succeed(made, session)
    assert lab.move(f"/runs/{run}", new).status_code == 200


def test_a_finished_run_is_not_archived_while_its_readings_are_converted_again(lab: Lab) -> None:
    run = lab.new_run("running")
    session = f"/capture-sessions/{lab.new_session(run, 'succeeded')}"
    lab.go(f"/runs/{run}", ["finished"])
    lab.go(session, ["backfilling"])
    assert lab.move(f"/runs/{run}", "archived").status_code == 409
    lab.serve_move(session, "backfilling", "succeeded")
    assert lab.move(f"/runs/{run}", "archived").status_code == 200


def test_a_change_of_another_version_is_refused(lab: Lab) -> None:
    path = f"/runs/{lab.new_run()}"
    assert lab.person.patch(path, {"name": "n"}, {"If-Match": '"2"'}).status_code == 412
    assert lab.person.delete(path, {"If-Match": '"2"'}).status_code == 412
    assert lab.person.patch(path, {"status": "running"}, {"If-Match": '"1"'}).headers["etag"] == '"2"'
