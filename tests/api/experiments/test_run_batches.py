"""Many runs at once: all or nothing, or what can be done."""

from typing import Any

import httpx
import pytest

from tests.api.conftest import ProjectMaker
from tests.api.lab import Lab, make_lab

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def statuses(lab: Lab, runs: list[str]) -> list[str]:
    return [lab.status(f"/runs/{run}") for run in runs]


def send(lab: Lab, act: str, runs: list[str], **given: object) -> httpx.Response:
    return lab.person.post(f"/projects/{lab.project}/runs:{act}", {"run_ids": runs} | given)


def test_runs_move_together(lab: Lab) -> None:
    runs = [lab.new_run() for _ in range(3)]
    answer = send(lab, "batch-status", runs, status="running", reason="go").json()
    assert [(each["run_id"], each["ok"], each["status"], each["version"]) for each in answer["results"]] == [
        (run, True, "running", 2) for run in runs
    ]
    assert all(each["refusal"] is None for each in answer["results"])
    for run in runs:
        (entry,) = lab.person.read(f"/runs/{run}/history")["items"]
        assert (entry["from"], entry["to"], entry["reason"]) == ("draft", "running", "go")
    trail = lab.person.read(f"/projects/{lab.project}/audit", action="run.change")["items"]
    assert {(entry["subject_id"], entry["after"]["status"]) for entry in trail} == {
        (run, "running") for run in runs
    }


def test_runs_of_different_states_may_move_to_the_same(lab: Lab) -> None:
    runs = [lab.new_run(status) for status in ("draft", "finished", "failed")]
    assert send(lab, "batch-status", runs, status="archived").status_code == 200
    assert [lab.history(f"/runs/{run}")[-1][0] for run in runs] == ["draft", "finished", "failed"]


def test_one_that_can_not_move_keeps_all_back(lab: Lab) -> None:
    runs = [lab.new_run(status) for status in ("running", "draft", "running", "archived")]
    answer = send(lab, "batch-status", runs, status="finished")
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["type"] == "urn:barograph:problem:batch-refused"
    assert [error["pointer"] for error in problem["errors"]] == ["/run_ids/1", "/run_ids/3"]
    assert "running or archived" in problem["errors"][0]["detail"]
    assert statuses(lab, runs) == ["running", "draft", "running", "archived"]


def test_without_atomic_those_move_that_can(lab: Lab) -> None:
    busy, archived = lab.new_run("running"), lab.new_run("archived")
    lab.new_session(busy, "running")
    runs = [lab.new_run("running"), busy, archived, UNKNOWN]
    answer = send(lab, "batch-status", runs, status="finished", atomic=False)
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [each["ok"] for each in results] == [True, False, False, False]
    assert [each["status"] for each in results] == ["finished", "running", "archived", None]
    assert [each["refusal"] and each["refusal"]["status"] for each in results] == [None, 409, 409, 404]
    assert "capture session" in results[1]["refusal"]["detail"]
    assert statuses(lab, runs[:3]) == ["finished", "running", "archived"]


def test_runs_of_archived_experiments_are_not_started(lab: Lab) -> None:
    run, other = lab.new_run(), make_lab(lab.server, lab.person, lab.project).new_run()
    lab.go(f"/experiments/{lab.experiment}", ["archived"])
    results = send(lab, "batch-status", [run, other], status="running", atomic=False).json()["results"]
    assert [each["ok"] for each in results] == [False, True]
    assert results[0]["refusal"]["detail"] == "the experiment is archived"


def test_runs_of_other_projects_are_unknown(lab: Lab, make_project: ProjectMaker) -> None:
    stranger = make_lab(lab.server, lab.person, make_project()).new_run()
    run = lab.new_run()
    for act, given in (("batch-status", {"status": "running"}), ("bulk-tags", {"add": ["x"]})):
        answer = send(lab, act, [run, stranger], **given)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/run_ids/1"]
        results = send(lab, act, [stranger], atomic=False, **given).json()["results"]
        assert results[0]["refusal"]["status"] == 404
    assert lab.person.read(f"/runs/{stranger}")["version"] == 1
    assert lab.person.read(f"/runs/{run}")["version"] == 1


def test_a_run_named_twice_moves_once(lab: Lab) -> None:
    run = lab.new_run()
    results = send(lab, "batch-status", [run, run], status="running").json()["results"]
    assert [each["version"] for each in results] == [2, 2]
    assert lab.history(f"/runs/{run}") == [("draft", "running")]


@pytest.mark.parametrize(
    ("given", "tags"),
    [
        ({"add": ["b", "new"]}, ["a", "b", "new"]),
        ({"remove": ["a", "other"]}, ["b"]),
        ({"add": ["c"], "remove": ["a"]}, ["b", "c"]),
        ({"add": ["a"], "remove": ["a"]}, ["b", "a"]),
        ({"set": ["z", "y", "z"]}, ["z", "y"]),
        ({"set": []}, []),
    ],
)
def test_tags_are_added_removed_and_set(lab: Lab, given: dict[str, Any], tags: list[str]) -> None:
    run, bare = lab.new_run(tags=["a", "b"]), lab.new_run()
    results = send(lab, "bulk-tags", [run, bare], **given).json()["results"]
    assert [each["ok"] for each in results] == [True, True]
    assert results[0]["tags"] == lab.person.read(f"/runs/{run}")["tags"] == tags


def test_what_does_not_change_keeps_its_version(lab: Lab) -> None:
    run, other = lab.new_run(tags=["a"]), lab.new_run()
    results = send(lab, "bulk-tags", [run, other], add=["a"]).json()["results"]
    assert [each["version"] for each in results] == [1, 2]
    trail = lab.person.read(f"/projects/{lab.project}/audit", action="run.change")["items"]
    assert [(entry["subject_id"], entry["before"], entry["after"]) for entry in trail] == [
        (other, {"tags": []}, {"tags": ["a"]})
    ]


def test_too_many_tags_keep_a_run_back(lab: Lab) -> None:
    full, bare = lab.new_run(tags=[f"t{n}" for n in range(50)]), lab.new_run()
    assert send(lab, "bulk-tags", [full, bare], add=["x"]).status_code == 409
    assert lab.person.read(f"/runs/{bare}")["tags"] == []
    results = send(lab, "bulk-tags", [full, bare], add=["x"], atomic=False).json()["results"]
    assert [each["ok"] for each in results] == [False, True]


@pytest.mark.parametrize(
    ("act", "given"),
    [
        ("bulk-tags", {}),
        ("bulk-tags", {"set": ["a"], "add": ["b"]}),
        ("bulk-tags", {"add": [""]}),
        ("batch-status", {}),
        ("batch-status", {"status": "paused"}),
    ],
)
def test_a_batch_that_makes_no_sense_is_refused(lab: Lab, act: str, given: dict[str, Any]) -> None:
    assert send(lab, act, [lab.new_run()], **given).status_code == 422


def test_a_batch_has_runs_and_not_too_many(lab: Lab) -> None:
    assert send(lab, "batch-status", [], status="running").status_code == 422
    assert send(lab, "batch-status", [UNKNOWN] * 501, status="running").status_code == 422
