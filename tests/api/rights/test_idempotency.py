"""Creating twice under one Idempotency-Key."""

from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from functools import partial
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.api.conftest import People
from tests.api.server import Person, Server, at_once


def create(person: Person, project: str, sensor_key: str, key: str) -> httpx.Response:
    return person.post(f"/projects/{project}/sensors", {"key": sensor_key}, headers={"Idempotency-Key": key})


@pytest.fixture
def key() -> str:
    return str(uuid4())


def count(person: Person, project: str) -> int:
    return len(person.read(f"/projects/{project}/sensors")["items"])


def test_a_repeat_gets_the_first_answer_again(owner: Person, project: str, key: str) -> None:
    first, second = (create(owner, project, "s", key) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second.headers["etag"] == first.headers["etag"]
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert count(owner, project) == 1


@pytest.mark.parametrize("case", ["body", "path"])
def test_a_key_belongs_to_one_request(owner: Person, project: str, key: str, case: str) -> None:
    create(owner, project, "s", key)
    if case == "body":
        answer = create(owner, project, "t", key)
    else:
        body = {"key": "s"}
        answer = owner.post(f"/projects/{project}/ingest-tokens", body, headers={"Idempotency-Key": key})
    assert answer.status_code == 422
    assert count(owner, project) == 1


def test_a_key_belongs_to_its_caller(people: People, project: str, key: str) -> None:
    assert create(people.owner, project, "s", key).status_code == 201
    assert create(people.editor, project, "t", key).status_code == 201
    assert count(people.owner, project) == 2


def test_a_failed_request_leaves_its_key_free(owner: Person, project: str, key: str) -> None:
    create(owner, project, "s", "another")
    assert create(owner, project, "s", key).status_code == 409
    assert create(owner, project, "t", key).status_code == 201


def test_while_the_first_is_running_a_repeat_is_refused(
    server: Server, owner: Person, project: str, key: str
) -> None:
    with psycopg.connect(server.database_url) as blocker, ThreadPoolExecutor(2) as threads:
        blocker.execute("select from project where public_id = %s for update", (project,))
        requests = [threads.submit(create, owner, project, "s", key) for _ in range(2)]
        (refused,), (running,) = wait(requests, timeout=10, return_when=FIRST_COMPLETED)
        blocker.rollback()
        assert running.result(timeout=10).status_code == 201
    assert refused.result().status_code == 409
    assert "still running" in refused.result().json()["detail"]


def test_of_many_at_once_one_creates(owner: Person, project: str, key: str) -> None:
    answers = at_once(*[partial(create, owner, project, "s", key)] * 16)
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert count(owner, project) == 1


def test_a_replay_checks_the_rights_again(server: Server, people: People, project: str, key: str) -> None:
    assert create(people.editor, project, "s", key).status_code == 201
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "update member set role = 'viewer' from project, account"
            " where project.id = project_id and account.id = account_id"
            " and project.public_id = %s and email = %s",
            (project, people.editor.email),
        )
    assert create(people.editor, project, "s", key).status_code == 403


def test_a_replay_leaves_out_what_is_shown_once(
    server: Server, owner: Person, project: str, key: str
) -> None:
    path, headers = f"/projects/{project}/ingest-tokens", {"Idempotency-Key": key}
    first = owner.post(path, {"name": "rig"}, headers=headers).json()
    second = owner.post(path, {"name": "rig"}, headers=headers).json()
    assert second == {name: value for name, value in first.items() if name != "token"}
    with psycopg.connect(server.database_url) as connection:
        rows = connection.execute("select body from idempotency_key where key = %s", (key,)).fetchall()
    assert first["token"].encode() not in rows[0][0]


def test_an_expired_key_is_free_again(server: Server, owner: Person, project: str, key: str) -> None:
    create(owner, project, "s", key)
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "update idempotency_key set created_at = created_at - interval '49 hours' where key = %s", (key,)
        )
    assert create(owner, project, "t", key).status_code == 201
    assert create(owner, project, "t", key).headers["idempotent-replayed"] == "true"


def test_an_empty_or_endless_key_is_refused(owner: Person, project: str) -> None:
    assert create(owner, project, "s", "").status_code == 422
    assert create(owner, project, "s", "k" * 256).status_code == 422


def test_a_replay_asks_again_for_the_right_to_the_project_that_a_body_names(
    server: Server, people: People, project: str, newcomer: Person, key: str
) -> None:
    server.add_member(project, newcomer.email, "owner")
    body = {"project_id": project, "name": "ci", "role": "viewer"}

    def create_service() -> httpx.Response:
        return newcomer.post("/service-accounts", body, headers={"Idempotency-Key": key})

    assert [create_service().status_code for _ in range(2)] == [201, 201]
    user = newcomer.read("/auth/me")["id"]
    people.owner.send("PUT", f"/projects/{project}/members/{user}", {"role": "viewer"})
    assert create_service().status_code == 403
    people.owner.delete(f"/projects/{project}/members/{user}")
    assert create_service().status_code == 404
