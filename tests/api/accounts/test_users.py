"""Accounts in the hands of an admin."""

from functools import partial
from typing import Any

import pytest

from tests.api.conftest import People
from tests.api.server import Person, Server, at_once


def id_of(person: Person) -> str:
    return person.read("/auth/me")["id"]


@pytest.fixture
def user_id(newcomer: Person) -> str:
    return id_of(newcomer)


def deactivate(people: People, user_id: str) -> dict[str, Any]:
    return people.admin.made(f"/users/{user_id}:deactivate")


def test_an_admin_finds_anybody(people: People, newcomer: Person, user_id: str) -> None:
    newest = people.admin.read("/users", limit=1)
    assert [user["id"] for user in newest["items"]] == [user_id]
    assert newest["next_cursor"] is not None
    found = people.admin.read("/users", email=newcomer.email.upper())["items"]
    assert found == [people.admin.read(f"/users/{user_id}")]
    assert (found[0]["email"], found[0]["deactivated_at"]) == (newcomer.email, None)
    assert "password" not in str(found[0]).replace("must_change_password", "")


def test_deactivation_bites_at_once_and_everywhere(
    server: Server, people: People, newcomer: Person, user_id: str
) -> None:
    project = newcomer.made("/projects", {"name": "theirs"})["id"]
    body = {"project_id": project, "name": "ci", "role": "editor"}
    service = server.client(newcomer.made("/service-accounts", body)["token"])
    pair, browser = server.log_in(newcomer.email), server.client()
    credentials = {"email": newcomer.email, "password": "correct horse"}
    assert browser.post("/session", json=credentials).status_code == 200

    assert deactivate(people, user_id)["deactivated_at"] is not None
    assert newcomer.get("/projects").status_code == 401
    assert service.get("/api/v1/projects").status_code == 401
    assert browser.get("/session").status_code == 401
    assert server.post("/auth/refresh", {"refresh_token": pair["refresh_token"]}).status_code == 401
    assert server.try_log_in(newcomer.email).status_code == 401
    for client in (service, browser):
        client.close()


def test_who_comes_back_logs_in_anew(server: Server, people: People, newcomer: Person, user_id: str) -> None:
    pair = server.log_in(newcomer.email)
    deactivate(people, user_id)
    assert people.admin.made(f"/users/{user_id}:reactivate")["deactivated_at"] is None
    assert newcomer.get("/projects").status_code == 401
    assert server.post("/auth/refresh", {"refresh_token": pair["refresh_token"]}).status_code == 401
    assert server.try_log_in(newcomer.email).status_code == 200


def test_deactivating_twice_keeps_the_first_time(people: People, user_id: str) -> None:
    first, second = deactivate(people, user_id), deactivate(people, user_id)
    assert first == second


def test_a_log_in_under_way_does_not_outlive_a_deactivation(
    server: Server, people: People, newcomer: Person, user_id: str
) -> None:
    log_ins = [partial(server.try_log_in, newcomer.email)] * 6
    answers = at_once(*log_ins, partial(people.admin.post, f"/users/{user_id}:deactivate"))[:-1]
    people.admin.made(f"/users/{user_id}:reactivate")
    for answer in answers:
        assert answer.status_code in {200, 401}
        if answer.status_code == 200:
            with server.client(answer.json()["access_token"]) as client:
                assert client.get("/auth/me").status_code == 401


def test_the_admin_is_never_locked_out(people: People) -> None:
    admin_id = id_of(people.admin)
    answer = people.admin.post(f"/users/{admin_id}:deactivate")
    assert answer.status_code == 409
    assert "the admin" in answer.json()["detail"]
    assert people.admin.get("/users").status_code == 200


@pytest.mark.parametrize("action", ["deactivate", "reactivate", "require-password-change", "reset-link"])
def test_only_an_admin_does_any_of_it(people: People, user_id: str, action: str) -> None:
    assert people.owner.post(f"/users/{user_id}:{action}").status_code == 403
    assert people.nobody.post(f"/users/{user_id}:{action}").status_code == 401


def test_a_change_of_another_version_is_refused(people: People, user_id: str) -> None:
    answer = people.admin.post(f"/users/{user_id}:deactivate", headers={"If-Match": '"7"'})
    assert answer.status_code == 412
    assert people.admin.read(f"/users/{user_id}")["deactivated_at"] is None


def test_a_repeated_link_under_one_key_shows_no_token(people: People, user_id: str) -> None:
    key = {"Idempotency-Key": f"link for {user_id}"}
    first, second = (people.admin.post(f"/users/{user_id}:reset-link", headers=key).json() for _ in range(2))
    assert second == {"expires_at": first["expires_at"]}
