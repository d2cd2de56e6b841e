"""Members of a project, and its last owner."""

from functools import partial
from uuid import uuid4

import psycopg
import pytest

from tests.api.conftest import People
from tests.api.server import Person, Server, at_once


def roles(person: Person, project: str) -> dict[str, str]:
    """Who is what."""
    return {item["email"]: item["role"] for item in person.read(f"/projects/{project}/members")["items"]}


def id_of(person: Person) -> str:
    return person.read("/auth/me")["id"]


def test_members_are_listed_newest_first_with_their_roles(people: People, project: str) -> None:
    items = people.viewer.read(f"/projects/{project}/members")["items"]
    assert [(item["email"], item["role"]) for item in items] == [
        (people.viewer.email, "viewer"),
        (people.editor.email, "editor"),
        (people.owner.email, "owner"),
    ]
    assert {item["user_id"] for item in items} == {
        id_of(each) for each in (people.viewer, people.editor, people.owner)
    }
    first = people.viewer.read(f"/projects/{project}/members", limit=2)
    rest = people.viewer.read(f"/projects/{project}/members", cursor=first["next_cursor"])
    assert first["items"] + rest["items"] == items


def test_who_is_added_by_email_is_a_member_once_they_accept(
    owner: Person, project: str, newcomer: Person
) -> None:
    answer = owner.post(f"/projects/{project}/members", {"email": newcomer.email.upper(), "role": "editor"})
    assert answer.status_code == 201
    assert newcomer.email not in roles(owner, project)
    assert newcomer.get(f"/projects/{project}").status_code == 404
    accepted = newcomer.post("/invitations:accept", {"token": answer.json()["token"]})
    assert accepted.status_code == 200
    member = accepted.json()
    assert (member["user_id"], member["role"], member["version"]) == (id_of(newcomer), "editor", 1)
    assert newcomer.read(f"/projects/{project}")["role"] == "editor"


def test_adding_by_email_is_an_invitation_like_any_other(owner: Person, project: str) -> None:
    added = owner.made(f"/projects/{project}/members", {"email": "guest@example.org", "role": "viewer"})
    (listed,) = owner.read(f"/projects/{project}/invitations")["items"]
    assert {name: value for name, value in added.items() if name not in {"link", "token"}} == listed
    assert owner.delete(f"/invitations/{added['id']}").status_code == 204


def test_nobody_is_added_twice(people: People, project: str) -> None:
    body = {"email": people.viewer.email.upper(), "role": "owner"}
    for path in ("members", "invitations"):
        answer = people.owner.post(f"/projects/{project}/{path}", body)
        assert answer.status_code == 409
        assert answer.json()["detail"] == "they are a member of the project already"
    assert roles(people.owner, project)[people.viewer.email] == "viewer"


def test_the_answer_does_not_tell_who_has_an_account(
    server: Server, people: People, project: str, newcomer: Person
) -> None:
    server.register("gone@example.org")
    with psycopg.connect(server.database_url) as connection:
        connection.execute("update account set deactivated_at = now() where email = 'gone@example.org'")
    emails = ("nobody@example.org", "gone@example.org", newcomer.email, people.admin.email)
    answers = [
        people.owner.post(f"/projects/{project}/members", {"email": email, "role": "viewer"})
        for email in emails
    ]
    assert {answer.status_code for answer in answers} == {201}
    varying = {"id", "email", "link", "token", "created_at", "updated_at", "expires_at"}
    same = [
        {name: value for name, value in answer.json().items() if name not in varying} for answer in answers
    ]
    assert same == [same[0]] * len(emails)
    for email, answer in zip(emails, answers, strict=True):
        assert answer.json()["email"] == email
        assert id_of(newcomer) not in answer.text


def test_a_members_role_is_changed(server: Server, owner: Person, project: str, newcomer: Person) -> None:
    server.add_member(project, newcomer.email, "viewer")
    path = f"/projects/{project}/members/{id_of(newcomer)}"
    for version, role in enumerate(["owner", "editor"], 2):
        answer = owner.send("PUT", path, {"role": role})
        assert answer.status_code == 200
        assert (answer.json()["role"], answer.headers["etag"].partition(".")[0]) == (role, f'"{version}')
        assert newcomer.read(f"/projects/{project}")["role"] == role
    assert owner.send("PUT", path, {"role": "owner"}, {"If-Match": '"1"'}).status_code == 412
    assert owner.send("PUT", path, {"role": "king"}).status_code == 422


def test_a_role_is_put_on_members_alone_and_strangers_look_like_nobody(
    people: People, project: str, newcomer: Person
) -> None:
    def put(user_id: str) -> tuple[int, str]:
        answer = people.owner.send("PUT", f"/projects/{project}/members/{user_id}", {"role": "viewer"})
        return answer.status_code, answer.json()["detail"]

    refusal = (404, "there is no such member")
    assert put(id_of(newcomer)) == put(id_of(people.admin)) == put(str(uuid4())) == refusal
    assert newcomer.get(f"/projects/{project}").status_code == 404


def test_who_is_removed_is_a_stranger(people: People, project: str) -> None:
    path = f"/projects/{project}/members/{id_of(people.viewer)}"
    assert people.owner.delete(path).status_code == 204
    assert people.viewer.get(f"/projects/{project}").status_code == 404
    assert people.owner.delete(path).status_code == 404


def test_a_new_role_counts_from_the_next_request_on(people: People, project: str) -> None:
    path = f"/projects/{project}/members/{id_of(people.editor)}"
    people.editor.made(f"/projects/{project}/sensors", {"key": "before"})
    people.owner.send("PUT", path, {"role": "viewer"})
    assert people.editor.post(f"/projects/{project}/sensors", {"key": "after"}).status_code == 403


@pytest.mark.parametrize("who", ["owner", "admin"])
def test_the_last_owner_stays(people: People, project: str, who: str) -> None:
    path = f"/projects/{project}/members/{id_of(people.owner)}"
    person: Person = getattr(people, who)
    for answer in (person.delete(path), person.send("PUT", path, {"role": "editor"})):
        assert answer.status_code == 409
        assert "at least one owner" in answer.json()["detail"]
    assert roles(people.owner, project)[people.owner.email] == "owner"


def test_an_owner_who_can_not_log_in_does_not_count(
    server: Server, people: People, project: str, newcomer: Person
) -> None:
    server.add_member(project, newcomer.email, "owner")
    with psycopg.connect(server.database_url) as connection:
        connection.execute("update account set deactivated_at = now() where email = %s", (newcomer.email,))
    path = f"/projects/{project}/members/{id_of(people.owner)}"
    assert people.admin.delete(path).status_code == 409


def test_neither_does_a_service_account(people: People, project: str) -> None:
    people.owner.made("/service-accounts", {"project_id": project, "name": "ci", "role": "owner"})
    assert people.admin.delete(f"/projects/{project}/members/{id_of(people.owner)}").status_code == 409


@pytest.mark.parametrize("methods", [["DELETE", "DELETE"], ["PUT", "PUT"], ["DELETE", "PUT"]])
def test_of_two_owners_that_go_at_once_one_stays(
    server: Server, people: People, project: str, newcomer: Person, methods: list[str]
) -> None:
    server.add_member(project, newcomer.email, "owner")
    paths = [f"/projects/{project}/members/{id_of(person)}" for person in (people.owner, newcomer)]
    with server.client(server.log_in(people.admin.email)["access_token"]) as client:
        admins = [people.admin, Person("", client)]
        answers = at_once(
            *(
                partial(admin.send, method, path, {"role": "viewer"} if method == "PUT" else None)
                for admin, method, path in zip(admins, methods, paths, strict=True)
            )
        )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses in ([200, 409], [204, 409])
    assert list(roles(people.admin, project).values()).count("owner") == 1


def test_the_database_itself_keeps_the_last_of_two_owners(
    server: Server, people: People, project: str, newcomer: Person
) -> None:
    server.add_member(project, newcomer.email, "owner")

    def remove(email: str) -> str:
        try:
            with psycopg.connect(server.database_url) as connection:
                connection.execute(
                    "delete from member using account, project where account.id = account_id"
                    " and project.id = project_id and email = %s and public_id = %s",
                    (email, project),
                )
                connection.execute("select pg_sleep(0.2)")
        except psycopg.errors.CheckViolation as error:
            return error.diag.constraint_name or ""
        return "removed"

    outcomes = at_once(partial(remove, people.owner.email), partial(remove, newcomer.email))
    assert sorted(outcomes) == ["project_keeps_an_owner", "removed"]


def test_a_project_is_deleted_with_its_last_owner(people: People, project: str) -> None:
    assert people.owner.delete(f"/projects/{project}").status_code == 204


def test_changes_are_in_the_trail(people: People, project: str, newcomer: Person) -> None:
    member = newcomer.join(people.owner, project, "viewer")
    path = f"/projects/{project}/members/{member['user_id']}"
    people.owner.send("PUT", path, {"role": "editor"})
    people.owner.delete(path)
    items = people.owner.read(f"/projects/{project}/audit")["items"]
    assert [entry["action"] for entry in items[:4]] == [
        "member.remove",
        "member.change",
        "invitation.accept",
        "invitation.create",
    ]
    change = items[1]
    assert (change["before"]["role"], change["after"]["role"]) == ("viewer", "editor")
    assert {entry["subject_id"] for entry in items[:2]} == {member["user_id"]}
