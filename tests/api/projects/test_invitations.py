"""Invitations by link."""

from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from api.accounts.registration import REGISTRATIONS_OF_INVITATION
from api.projects.invitations import INVITATIONS_OF_PROJECT, INVITATIONS_TO_ADDRESS
from tests.api.conftest import People
from tests.api.mailbox import mailbox
from tests.api.server import Person, Server, at_once, serving


def invite(owner: Person, project: str, role: str = "editor", **given: object) -> dict[str, Any]:
    return owner.made(f"/projects/{project}/invitations", {"role": role} | given)


def accept(person: Person, invitation: dict[str, Any]) -> httpx.Response:
    return person.post("/invitations:accept", {"token": invitation["token"]})


def listed(owner: Person, project: str) -> list[dict[str, Any]]:
    return owner.read(f"/projects/{project}/invitations")["items"]


def test_whoever_follows_a_link_is_a_member_with_its_role(
    owner: Person, project: str, newcomer: Person
) -> None:
    invitation = invite(owner, project, "editor")
    answer = accept(newcomer, invitation)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["role"], answer.json()["project_id"]) == ("editor", project)
    assert newcomer.read(f"/projects/{project}")["role"] == "editor"
    (shown,) = listed(owner, project)
    assert shown["accepted_by"] == newcomer.read("/auth/me")["id"]


def test_a_link_keeps_its_secret_out_of_what_servers_log(owner: Person, project: str) -> None:
    invitation = invite(owner, project)
    before, fragment = invitation["link"].split("#")
    assert fragment == invitation["token"]
    assert before.endswith("/invitation")


def test_the_token_is_shown_once_and_stored_hashed(server: Server, owner: Person, project: str) -> None:
    invitation = invite(owner, project)
    assert {"token", "link"}.isdisjoint(listed(owner, project)[0])
    with psycopg.connect(server.database_url) as connection:
        row = connection.execute("select i::text from invitation as i where id = %s", (invitation["id"],))
        assert invitation["token"] not in str(row.fetchone())
    trail = owner.read(f"/projects/{project}/audit", action="invitation.create")
    assert invitation["token"] not in str(trail)


def test_a_link_works_once_even_for_two_at_once(server: Server, owner: Person, project: str) -> None:
    invitation = invite(owner, project)
    guests = [server.person(f"{uuid4()}@example.org") for _ in range(4)]
    answers = at_once(*(partial(accept, guest, invitation) for guest in guests))
    assert sorted(answer.status_code for answer in answers) == [200, 422, 422, 422]
    assert sum(guest.get(f"/projects/{project}").status_code == 200 for guest in guests) == 1
    for guest in guests:
        guest.client.close()


@pytest.mark.parametrize("case", ["revoked", "expired", "unknown", "for somebody else"])
def test_a_link_that_is_over_is_refused(
    server: Server, owner: Person, project: str, newcomer: Person, case: str
) -> None:
    invitation = invite(owner, project, email="other@example.org" if "else" in case else None)
    if case == "revoked":
        assert owner.delete(f"/invitations/{invitation['id']}").status_code == 204
    elif case == "expired":
        with psycopg.connect(server.database_url) as connection:
            connection.execute("update invitation set expires_at = now() where id = %s", (invitation["id"],))
    elif case == "unknown":
        invitation["token"] = "bgv_unknown"
    answer = accept(newcomer, invitation)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/token"
    assert newcomer.get(f"/projects/{project}").status_code == 404


def test_one_for_an_email_is_for_it_in_any_capitals(owner: Person, project: str, newcomer: Person) -> None:
    assert accept(newcomer, invite(owner, project, email=newcomer.email.upper())).status_code == 200


@pytest.mark.parametrize("case", ["demoted", "removed", "deactivated"])
def test_a_link_is_worth_what_its_maker_could_still_give(
    server: Server, people: People, project: str, newcomer: Person, case: str
) -> None:
    maker = server.person(f"{uuid4()}@example.org")
    member = maker.join(people.owner, project, "owner")
    invitation = invite(maker, project, "owner")
    path = f"/projects/{project}/members/{member['user_id']}"
    if case == "demoted":
        people.owner.send("PUT", path, {"role": "editor"})
    elif case == "removed":
        people.owner.delete(path)
    else:
        people.admin.made(f"/users/{member['user_id']}:deactivate")
    assert accept(newcomer, invitation).status_code == 422
    maker.client.close()


def test_a_member_keeps_their_role_and_the_link_stays_for_another(
    people: People, project: str, newcomer: Person
) -> None:
    invitation = invite(people.owner, project, "owner")
    assert accept(people.viewer, invitation).status_code == 409
    assert people.viewer.read(f"/projects/{project}")["role"] == "viewer"
    assert accept(newcomer, invitation).status_code == 200


def test_an_accepted_invitation_can_not_be_revoked(owner: Person, project: str, newcomer: Person) -> None:
    invitation = invite(owner, project)
    accept(newcomer, invitation)
    assert owner.delete(f"/invitations/{invitation['id']}").status_code == 409


def test_invitations_of_other_projects_are_not_found(people: People, project: str) -> None:
    invitation = invite(people.owner, project)
    assert people.outsider.delete(f"/invitations/{invitation['id']}").status_code == 404
    assert people.editor.delete(f"/invitations/{invitation['id']}").status_code == 403


def test_accepting_is_in_the_projects_trail(owner: Person, project: str, newcomer: Person) -> None:
    accept(newcomer, invite(owner, project, "viewer"))
    (entry,) = owner.read(f"/projects/{project}/audit", action="invitation.accept")["items"]
    assert entry["actor_name"] == newcomer.email
    assert entry["after"]["role"] == "viewer"


def test_mailed_invitations_are_limited(
    server: Server, redis_server_url: str, project: str, owner: Person
) -> None:
    token = server.log_in(owner.email)["access_token"]
    address = f"{uuid4()}@example.org"
    with (
        mailbox() as mails,
        serving(server.database_url, redis_url=redis_server_url, smtp_url=mails.url) as limited,
        limited.client(token) as client,
    ):
        person = Person(owner.email, client)

        def invite_by_mail(email: str | None) -> int:
            body = {"role": "viewer", "email": email}
            return person.post(f"/projects/{project}/invitations", body).status_code

        max_uses = INVITATIONS_TO_ADDRESS.max_uses
        assert [invite_by_mail(address) for _ in range(max_uses + 1)] == [201] * max_uses + [429]
        assert invite_by_mail(address.upper()) == 429
        assert invite_by_mail(f"{uuid4()}@example.org") == 201
        rest = INVITATIONS_OF_PROJECT.max_uses - max_uses - 1
        assert [invite_by_mail(f"{uuid4()}@example.org") for _ in range(rest + 1)] == [201] * rest + [429]
        assert invite_by_mail(None) == 201


def test_links_that_are_handed_over_are_not_limited(
    server: Server, redis_server_url: str, project: str, owner: Person
) -> None:
    token = server.log_in(owner.email)["access_token"]
    body = {"role": "viewer", "email": f"{uuid4()}@example.org"}
    with serving(server.database_url, redis_url=redis_server_url) as limited, limited.client(token) as client:
        person = Person(owner.email, client)
        for _ in range(2 * INVITATIONS_TO_ADDRESS.max_uses):
            person.made(f"/projects/{project}/members", body)


def test_an_invitation_asks_for_few_emails(
    server: Server, redis_server_url: str, people: People, project: str
) -> None:
    token = invite(people.owner, project)["token"]
    with serving(server.database_url, redis_url=redis_server_url, registration="invited") as limited:
        body = {"email": people.viewer.email, "password": "another password", "invitation": token}
        asked = [
            limited.post("/auth/register", body | {"email": f"{part}@example.org"}).status_code
            for part in ("viewer", "editor") * (REGISTRATIONS_OF_INVITATION.max_uses // 2)
        ]
        assert asked == [409] * REGISTRATIONS_OF_INVITATION.max_uses
        assert limited.post("/auth/register", body).status_code == 429


def test_a_senders_name_stands_in_quotes_in_one_line(server: Server, project: str) -> None:
    with mailbox() as mails, serving(server.database_url, smtp_url=mails.url) as mailing:
        sender = server.person(f"{uuid4()}@example.org")
        with psycopg.connect(server.database_url) as connection:
            forged = 'Ada"\n\nYour password has expired: https://example.net'
            connection.execute("update account set name = %s where email = %s", (forged, sender.email))
        server.add_member(project, sender.email, "owner")
        with mailing.client(mailing.log_in(sender.email)["access_token"]) as client:
            Person(sender.email, client).made(
                f"/projects/{project}/invitations", {"role": "viewer", "email": "guest@example.org"}
            )
        sender.client.close()
        first = mails.next().get_content().splitlines()[0]
    name = "Ada' Your password has expired: https://example.net"
    assert first == f'"{name}" ({sender.email}) invites you to a project on Barograph.'
