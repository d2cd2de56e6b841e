"""Experiments."""

from typing import Any

import pytest

from tests.api.conftest import People, ProjectMaker
from tests.api.lab import Lab
from tests.api.server import Person

FIELDS: dict[str, Any] = {
    "name": "Endurance",
    "description": "500 hours",
    "tags": ["turbine", "long"],
    "metadata": {"customer": {"name": "ACME"}, "order": [1, 2.5, None, True]},
}


def test_an_experiment_shows_what_it_was_made_with(owner: Person, project: str) -> None:
    made = owner.made(f"/projects/{project}/experiments", FIELDS)
    assert made.items() >= FIELDS.items()
    assert made["status"] == "draft"
    assert made["project_id"] == project
    assert made["created_by"] == owner.read("/auth/me")["id"]
    assert owner.read(f"/experiments/{made['id']}") == made


def test_an_experiment_may_be_started_as_it_is_made(owner: Person, project: str) -> None:
    made = owner.made(f"/projects/{project}/experiments", {"name": "e", "status": "running"})
    assert made["status"] == "running"
    assert made["started_at"] is not None


def test_a_name_is_unique_in_its_project_whatever_its_case(owner: Person, make_project: ProjectMaker) -> None:
    one, other = make_project(), make_project()
    owner.made(f"/projects/{one}/experiments", {"name": "Überdruck"})
    owner.made(f"/projects/{other}/experiments", {"name": "überdruck"})
    answer = owner.post(f"/projects/{one}/experiments", {"name": "ÜBERDRUCK"})
    assert answer.status_code == 409
    assert answer.json()["detail"] == "the project has an experiment with this name"


def test_a_change_to_a_taken_name_is_refused(lab: Lab) -> None:
    lab.new_experiment(name="taken")
    path = f"/experiments/{lab.experiment}"
    assert lab.person.patch(path, {"name": "TAKEN"}).status_code == 409
    assert lab.person.patch(path, {"name": "free"}).status_code == 200


@pytest.mark.parametrize(
    ("patch", "changed"),
    [
        ({"name": "n"}, {"name": "n"}),
        ({"description": None}, {"description": ""}),
        ({"tags": ["x"]}, {"tags": ["x"]}),
        ({"tags": None}, {"tags": []}),
        ({"metadata": {"customer": {"name": "B"}, "order": None}}, {"metadata": {"customer": {"name": "B"}}}),
        ({"metadata": None}, {"metadata": {}}),
    ],
)
def test_fields_are_changed_and_cleared(
    owner: Person, project: str, patch: dict[str, Any], changed: dict[str, Any]
) -> None:
    made = owner.made(f"/projects/{project}/experiments", FIELDS)
    after = owner.patch(f"/experiments/{made['id']}", patch).json()
    assert after | {"updated_at": None} == made | changed | {"version": 2, "updated_at": None}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "e", "status": "finished"}, "/status"),
        ({"name": "e", "started_at": "2026-01-01T00:00:00Z"}, "/started_at"),
        ({"name": "e", "tags": [""]}, "/tags/0"),
        ({"name": "e", "metadata": []}, "/metadata"),
        ({"name": "e", "metadata": {"a": "\0"}}, "/metadata"),
        ({"name": "e", "metadata": {"\0": 1}}, "/metadata"),
        ({"name": "e", "metadata": {"a": "x" * 70_000}}, "/metadata"),
    ],
)
def test_what_is_not_valid_is_refused(
    owner: Person, project: str, body: dict[str, Any], pointer: str
) -> None:
    answer = owner.post(f"/projects/{project}/experiments", body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_metadata_may_be_nested_but_not_endlessly(owner: Person, project: str) -> None:
    def nested(levels: int) -> dict[str, Any]:
        return {"a": nested(levels - 1)} if levels else {}

    for levels, status in ((30, 201), (40, 422), (300, 422)):
        body = {"name": f"e{levels}", "metadata": nested(levels)}
        assert owner.post(f"/projects/{project}/experiments", body).status_code == status


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999", '"\\ud800"'])
def test_metadata_holds_what_json_can_hold(owner: Person, project: str, text: str) -> None:
    content = f'{{"name": "e", "metadata": {{"a": {text}}}}}'
    path = f"/api/v1/projects/{project}/experiments"
    answer = owner.client.post(path, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


def test_a_change_of_another_version_is_refused(lab: Lab) -> None:
    path = f"/experiments/{lab.experiment}"
    assert lab.person.patch(path, {"name": "n"}, {"If-Match": '"2"'}).status_code == 412
    assert lab.person.delete(path, {"If-Match": '"2"'}).status_code == 412
    assert lab.person.patch(path, {"name": "n"}, {"If-Match": '"1"'}).headers["etag"] == '"2"'


def test_an_experiment_with_runs_is_not_deleted(lab: Lab) -> None:
    path = f"/experiments/{lab.experiment}"
    run = lab.new_run()
    answer = lab.person.delete(path)
    assert answer.status_code == 409
    assert "has runs" in answer.json()["detail"]
    lab.person.delete(f"/runs/{run}")
    assert lab.person.delete(path).status_code == 204
    assert lab.person.get(path).status_code == 404


def test_an_experiment_with_running_runs_is_not_archived(lab: Lab) -> None:
    path, run = f"/experiments/{lab.experiment}", lab.new_run("running")
    answer = lab.move(path, "archived")
    assert answer.status_code == 409
    assert "running runs" in answer.json()["detail"]
    lab.go(f"/runs/{run}", ["finished"])
    assert lab.move(path, "archived").status_code == 200


def test_an_archived_experiment_gets_no_runs_and_starts_none(lab: Lab) -> None:
    run = lab.new_run()
    lab.go(f"/experiments/{lab.experiment}", ["archived"])
    for answer in (
        lab.person.post(f"/experiments/{lab.experiment}/runs", {"name": "r"}),
        lab.move(f"/runs/{run}", "running"),
    ):
        assert answer.status_code == 409
        assert answer.json()["detail"] == "the experiment is archived"
    assert lab.move(f"/runs/{run}", "archived").status_code == 200


def test_a_project_is_deleted_with_its_experiments(lab: Lab) -> None:
    run = lab.new_run("finished")
    assert lab.person.delete(f"/projects/{lab.project}").status_code == 204
    assert lab.person.get(f"/runs/{run}").status_code == 404


def test_a_project_that_records_is_not_deleted(lab: Lab) -> None:
    session = lab.new_session(lab.new_run(sensors=(lab.sensor(),)), "running")
    assert lab.person.delete(f"/projects/{lab.project}").status_code == 409
    lab.go(f"/capture-sessions/{session}", ["succeeded"])
    assert lab.person.delete(f"/projects/{lab.project}").status_code == 204


def test_viewers_look_on(people: People, lab: Lab) -> None:
    assert people.viewer.read(f"/experiments/{lab.experiment}")["id"] == lab.experiment
    assert people.viewer.patch(f"/experiments/{lab.experiment}", {"name": "n"}).status_code == 403
