"""Service accounts: scripts that log in as themselves."""

from collections.abc import Generator
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.api.conftest import People
from tests.api.server import Person, Server


def create(owner: Person, project: str, role: str = "editor", **given: object) -> dict[str, Any]:
    return owner.made("/service-accounts", {"project_id": project, "name": "ci", "role": role} | given)


def call(server: Server, token: str, path: str, body: object = None) -> httpx.Response:
    with server.client(token) as client:
        return Person("", client).send("GET" if body is None else "POST", path, body)


def works(server: Server, service: dict[str, Any]) -> bool:
    status = call(server, service["token"], "/auth/me").status_code
    assert status in {200, 401}
    return status == 200


@pytest.fixture
def second_owner(server: Server, owner: Person, project: str) -> Generator[Person]:
    person = server.person(f"{uuid4()}@example.org")
    person.join(owner, project, "owner")
    yield person
    person.client.close()


def test_a_service_account_works_as_itself_with_its_role(server: Server, owner: Person, project: str) -> None:
    service = create(owner, project, "editor")
    assert service["token"].startswith("bgs_")
    me = call(server, service["token"], "/auth/me").json()
    assert (me["id"], me["kind"], me["email"], me["name"]) == (service["id"], "service", None, "ci")
    sensor = call(server, service["token"], f"/projects/{project}/sensors", {"key": "made by ci"})
    assert sensor.status_code == 201
    (entry,) = owner.read(f"/projects/{project}/audit", action="sensor.create")["items"]
    assert (entry["actor"], entry["actor_name"], entry["role"]) == (
        service["id"],
        "service account ci",
        "editor",
    )


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("editor", 201), ("owner", 201)])
def test_its_role_bounds_it(server: Server, owner: Person, project: str, role: str, status: int) -> None:
    token = create(owner, project, role)["token"]
    assert call(server, token, f"/projects/{project}/sensors", {"key": "s"}).status_code == status
    assert call(server, token, f"/projects/{project}").json()["role"] == role


def test_it_knows_its_own_project_only(server: Server, owner: Person, project: str) -> None:
    other = owner.made("/projects", {"name": "other"})["id"]
    token = create(owner, project, "owner")["token"]
    assert call(server, token, f"/projects/{other}").status_code == 404
    assert [item["id"] for item in call(server, token, "/projects").json()["items"]] == [project]


def test_it_does_nothing_that_takes_a_person(server: Server, owner: Person, project: str) -> None:
    token = create(owner, project, "owner")["token"]
    another = {"project_id": project, "name": "another", "role": "viewer"}
    passwords = {"current_password": "a password", "new_password": "another password"}
    for path, body in [
        ("/projects", {"name": "mine"}),
        ("/service-accounts", another),
        (f"/projects/{project}/invitations", {"role": "viewer"}),
        ("/invitations:accept", {"token": "bgv_x"}),
        ("/auth/password", passwords),
        ("/users", None),
    ]:
        assert call(server, token, path, body).status_code == 403, path


def test_it_is_no_member_among_people(server: Server, people: People, project: str) -> None:
    service = create(people.owner, project, "viewer")
    members = people.owner.read(f"/projects/{project}/members")["items"]
    assert service["id"] not in {member["user_id"] for member in members}
    other = people.owner.made("/projects", {"name": "other"})["id"]
    for place in (project, other):
        path = f"/projects/{place}/members/{service['id']}"
        assert people.owner.send("PUT", path, {"role": "owner"}).status_code == 404
        assert people.owner.delete(path).status_code == 404
    assert people.admin.get(f"/users/{service['id']}").status_code == 404
    assert works(server, service)


def test_only_owners_make_and_see_them(people: People, project: str) -> None:
    body = {"project_id": project, "name": "ci", "role": "viewer"}
    service = create(people.owner, project)
    for person, status in [(people.editor, 403), (people.viewer, 403), (people.outsider, 404)]:
        assert person.post("/service-accounts", body).status_code == status
        assert person.get("/service-accounts", {"project_id": project}).status_code == status
        assert person.get(f"/service-accounts/{service['id']}").status_code == status
        assert person.delete(f"/service-accounts/{service['id']}").status_code == status
        assert service["id"] not in str(person.read("/service-accounts"))
    assert people.admin.read(f"/service-accounts/{service['id']}")["name"] == "ci"


def test_lists_are_of_all_projects_the_caller_owns_or_of_one(owner: Person, project: str) -> None:
    other = owner.made("/projects", {"name": "other"})["id"]
    here, there = create(owner, project)["id"], create(owner, other)["id"]
    listed = [item["id"] for item in owner.read("/service-accounts", limit=2)["items"]]
    assert listed == [there, here]
    assert [item["id"] for item in owner.read("/service-accounts", project_id=project)["items"]] == [here]


def test_the_token_is_shown_once_and_stored_hashed(server: Server, owner: Person, project: str) -> None:
    service = create(owner, project)
    assert "token" not in owner.read(f"/service-accounts/{service['id']}")
    with psycopg.connect(server.database_url) as connection:
        rows = connection.execute("select s::text from service_account as s").fetchall()
    assert service["token"] not in str(rows)
    assert service["token"] not in str(owner.read(f"/projects/{project}/audit"))


def test_a_repeat_under_one_key_makes_one_and_leaves_the_token_out(owner: Person, project: str) -> None:
    body, key = {"project_id": project, "name": "ci", "role": "viewer"}, {"Idempotency-Key": str(uuid4())}
    first, second = (owner.post("/service-accounts", body, key).json() for _ in range(2))
    assert second == {name: value for name, value in first.items() if name != "token"}


@pytest.mark.parametrize("case", ["revoked", "expired", "project deleted"])
def test_a_token_that_is_over_stops_at_once(server: Server, owner: Person, project: str, case: str) -> None:
    service = create(owner, project, expires_at="2999-01-01T00:00:00Z")
    assert works(server, service)
    if case == "revoked":
        assert owner.delete(f"/service-accounts/{service['id']}").status_code == 204
    elif case == "expired":
        with psycopg.connect(server.database_url) as connection:
            connection.execute(
                "update service_account set expires_at = now() where account_id = %s", (service["id"],)
            )
    else:
        owner.delete(f"/projects/{project}")
    assert not works(server, service)


def test_a_revoked_one_stays_in_the_list_and_can_not_be_rotated(owner: Person, project: str) -> None:
    service = create(owner, project)
    owner.delete(f"/service-accounts/{service['id']}")
    assert owner.read(f"/service-accounts/{service['id']}")["revoked_at"] is not None
    assert owner.post(f"/service-accounts/{service['id']}:rotate").status_code == 409


def test_a_token_works_while_its_issuer_owns_the_project(
    server: Server, owner: Person, project: str, second_owner: Person
) -> None:
    service = create(second_owner, project, "viewer")
    path = f"/projects/{project}/members/{second_owner.read('/auth/me')['id']}"
    for role, holds in [("editor", False), ("owner", True)]:
        owner.send("PUT", path, {"role": role})
        assert works(server, service) is holds, role
    owner.delete(path)
    assert not works(server, service)


def test_a_token_stops_with_its_issuers_account(
    server: Server, people: People, project: str, second_owner: Person
) -> None:
    service = create(second_owner, project)
    user_id = second_owner.read("/auth/me")["id"]
    people.admin.made(f"/users/{user_id}:deactivate")
    assert not works(server, service)
    people.admin.made(f"/users/{user_id}:reactivate")
    assert works(server, service)


def test_another_owner_keeps_a_script_going_by_rotating_its_token(
    server: Server, people: People, project: str, second_owner: Person
) -> None:
    former = create(second_owner, project)
    rotated = people.owner.made(f"/service-accounts/{former['id']}:rotate")
    assert rotated["id"] == former["id"]
    assert not works(server, former)
    people.admin.made(f"/users/{second_owner.read('/auth/me')['id']}:deactivate")
    assert works(server, rotated)


def test_a_service_token_is_nothing_else(server: Server, owner: Person, project: str) -> None:
    token = create(owner, project)["token"]
    assert server.post("/auth/refresh", {"refresh_token": token}).status_code == 401
    for wrong in (token[:-1], f"{token}x", token.upper(), "bgs_"):
        assert call(server, wrong, "/auth/me").status_code == 401
