"""Changing passwords: knowing them, having lost them, and being made to."""

import re
from collections.abc import Generator
from functools import partial
from typing import Any

import httpx
import psycopg
import pytest

from tests.api.conftest import People
from tests.api.mailbox import Mailbox, mailbox
from tests.api.server import PASSWORD, Person, Server, at_once, serving

NEW = "another battery staple"


@pytest.fixture(scope="module")
def box() -> Generator[Mailbox]:
    with mailbox() as box:
        yield box


@pytest.fixture(scope="module")
def mailing(server: Server, box: Mailbox) -> Generator[Server]:
    """The same API with a mail server."""
    settings = {"smtp_url": box.url, "public_url": "https://barograph.example.org/"}
    with serving(server.database_url, **settings) as server:
        yield server


def change(person: Person, current: str = PASSWORD, new: str = NEW) -> httpx.Response:
    return person.post("/auth/password", {"current_password": current, "new_password": new})


def refresh(server: Server, pair: dict[str, Any]) -> httpx.Response:
    return server.post("/auth/refresh", {"refresh_token": pair["refresh_token"]})


def confirm(server: Server, token: str, password: str = NEW) -> httpx.Response:
    return server.post("/auth/password-reset:confirm", {"token": token, "new_password": password})


def me(server: Server, pair: dict[str, Any]) -> int:
    with server.client(pair["access_token"]) as client:
        return client.get("/auth/me").status_code


def reset_link(people: People, person: Person) -> dict[str, Any]:
    return people.admin.made(f"/users/{person.read('/auth/me')['id']}:reset-link")


# Knowing it


def test_a_changed_password_is_the_one_that_counts(server: Server, newcomer: Person) -> None:
    assert change(newcomer).status_code == 204
    assert server.try_log_in(newcomer.email).status_code == 401
    assert server.try_log_in(newcomer.email, NEW).status_code == 200


def test_other_log_ins_end_and_this_one_goes_on(server: Server, newcomer: Person) -> None:
    other = server.log_in(newcomer.email)
    change(newcomer)
    assert me(server, other) == 401
    assert refresh(server, other).status_code == 401
    assert newcomer.get("/auth/me").status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "pointer"),
    [
        ("wrong", NEW, "/current_password"),
        (PASSWORD, PASSWORD, "/new_password"),
        (PASSWORD, "short", "/new_password"),
        (PASSWORD, "iloveyou!", "/new_password"),
    ],
)
def test_what_will_not_do_is_pointed_at(
    server: Server, newcomer: Person, current: str, new: str, pointer: str
) -> None:
    answer = change(newcomer, current, new)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert server.try_log_in(newcomer.email).status_code == 200


def test_of_two_changes_at_once_one_is_made(server: Server, newcomer: Person) -> None:
    wanted = [f"new password {number}" for number in range(2)]
    answers = at_once(*(partial(change, newcomer, PASSWORD, new) for new in wanted))
    made = [new for new, answer in zip(wanted, answers, strict=True) if answer.status_code == 204]
    assert len(made) == 1
    assert {answer.status_code for answer in answers} <= {204, 401, 409, 422}
    assert server.try_log_in(newcomer.email, made[0]).status_code == 200


# Having lost it, with a link from an admin


def test_a_link_from_an_admin_sets_a_password_once(server: Server, people: People, newcomer: Person) -> None:
    link = reset_link(people, newcomer)
    assert link["link"].endswith(f"/reset#{link['token']}")
    assert server.try_log_in(newcomer.email).status_code == 200
    assert confirm(server, link["token"]).status_code == 204
    assert server.try_log_in(newcomer.email, NEW).status_code == 200
    again = confirm(server, link["token"], "a third password")
    assert again.status_code == 422
    assert again.json()["errors"] == [{"pointer": "/token", "detail": "is not valid"}]


def test_a_link_sets_no_password_that_could_be_guessed(
    server: Server, people: People, newcomer: Person
) -> None:
    token = reset_link(people, newcomer)["token"]
    for weak in ("iloveyou!", newcomer.email):
        answer = confirm(server, token, weak)
        assert answer.status_code == 422
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/new_password"]
    assert confirm(server, token).status_code == 204


def test_a_reset_ends_every_log_in_and_every_other_link(
    server: Server, people: People, newcomer: Person
) -> None:
    pair = server.log_in(newcomer.email)
    other, used = reset_link(people, newcomer), reset_link(people, newcomer)
    confirm(server, used["token"])
    assert me(server, pair) == 401
    assert refresh(server, pair).status_code == 401
    assert newcomer.get("/auth/me").status_code == 401
    assert confirm(server, other["token"]).status_code == 422


def test_a_link_works_once_even_for_two_at_once(server: Server, people: People, newcomer: Person) -> None:
    token = reset_link(people, newcomer)["token"]
    passwords = [f"new password {number}" for number in range(4)]
    answers = at_once(*(partial(confirm, server, token, password) for password in passwords))
    assert sorted(answer.status_code for answer in answers) == [204, 422, 422, 422]


@pytest.mark.parametrize("case", ["expired", "deactivated", "unknown"])
def test_a_link_that_is_over_is_refused(server: Server, people: People, newcomer: Person, case: str) -> None:
    token = "bgp_unknown" if case == "unknown" else reset_link(people, newcomer)["token"]
    change_it = {
        "expired": "update password_reset set expires_at = now() from account"
        " where account.id = account_id and email = %s",
        "deactivated": "update account set deactivated_at = now() where email = %s",
    }.get(case)
    if change_it is not None:
        with psycopg.connect(server.database_url) as connection:
            connection.execute(change_it.encode(), (newcomer.email,))
    assert confirm(server, token).status_code == 422


def test_a_deactivated_account_gets_no_link(people: People, newcomer: Person) -> None:
    user_id = newcomer.read("/auth/me")["id"]
    people.admin.made(f"/users/{user_id}:deactivate")
    assert people.admin.post(f"/users/{user_id}:reset-link").status_code == 409


# Having lost it, by mail


def test_a_link_comes_by_mail(mailing: Server, box: Mailbox, newcomer: Person) -> None:
    assert mailing.post("/auth/password-reset", {"email": newcomer.email.upper()}).status_code == 204
    mail = box.next()
    assert mail["To"] == newcomer.email
    (token,) = re.findall(
        r"^ +https://barograph\.example\.org/reset#(\S+)\s*$", mail.get_content(), re.MULTILINE
    )
    assert confirm(mailing, token).status_code == 204
    assert mailing.try_log_in(newcomer.email, NEW).status_code == 200


def test_nobody_is_told_whether_an_email_has_an_account(
    mailing: Server, box: Mailbox, newcomer: Person
) -> None:
    known, unknown = (
        mailing.post("/auth/password-reset", {"email": email})
        for email in (newcomer.email, "nobody@example.org")
    )
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (204, b"")
    assert box.next()["To"] == newcomer.email
    assert box.is_empty()


def test_an_invitation_for_an_email_is_mailed(
    mailing: Server, box: Mailbox, owner: Person, project: str
) -> None:
    with mailing.client(mailing.log_in(owner.email)["access_token"]) as client:
        body = {"role": "viewer", "email": "guest@example.org"}
        invitation = Person("", client).made(f"/projects/{project}/invitations", body)
    mail = box.next()
    assert mail["To"] == "guest@example.org"
    assert invitation["link"] in mail.get_content()


def test_without_a_mail_server_an_admin_is_to_be_asked(server: Server, newcomer: Person) -> None:
    for email in (newcomer.email, "nobody@example.org"):
        answer = server.post("/auth/password-reset", {"email": email})
        assert answer.status_code == 409
        assert "ask an admin" in answer.json()["detail"]


def test_a_mail_server_that_is_away_is_nobodys_error(server: Server, newcomer: Person) -> None:
    with serving(server.database_url, smtp_url="smtp://127.0.0.1:1") as away:
        assert away.post("/auth/password-reset", {"email": newcomer.email}).status_code == 204
        assert away.try_log_in(newcomer.email).status_code == 200


# Being made to


def test_until_a_required_change_nothing_else_is_allowed_refreshing_or_not(
    server: Server, people: People, newcomer: Person
) -> None:
    before = server.log_in(newcomer.email)
    user_id = newcomer.read("/auth/me")["id"]
    assert people.admin.made(f"/users/{user_id}:require-password-change")["must_change_password"]
    assert refresh(server, before).status_code == 401
    pair = server.log_in(newcomer.email)
    for _ in range(2):
        pair = refresh(server, pair).json()
        with server.client(pair["access_token"]) as client:
            person = Person(newcomer.email, client)
            assert person.read("/auth/me")["must_change_password"]
            refused = person.get("/projects")
            assert refused.status_code == 403
            assert refused.json()["type"] == "urn:barograph:problem:password-change-required"
            assert person.post("/projects", {"name": "x"}).status_code == 403
    with server.client(pair["access_token"]) as client:
        person = Person(newcomer.email, client)
        assert change(person).status_code == 204
        assert person.get("/projects").status_code == 200
        assert not person.read("/auth/me")["must_change_password"]


def test_the_same_password_is_no_change(server: Server, people: People, newcomer: Person) -> None:
    people.admin.made(f"/users/{newcomer.read('/auth/me')['id']}:require-password-change")
    with server.client(server.log_in(newcomer.email)["access_token"]) as client:
        assert change(Person("", client), PASSWORD, PASSWORD).status_code == 422


def test_changes_are_in_the_trail(server: Server, people: People, newcomer: Person) -> None:
    user_id = newcomer.read("/auth/me")["id"]
    change(newcomer)
    confirm(server, reset_link(people, newcomer)["token"], "a third password")
    with psycopg.connect(server.database_url) as connection:
        rows = connection.execute(
            "select action, actor, address from audit_entry where subject_id = %s order by id", (user_id,)
        ).fetchall()
    assert rows == [
        ("account.log-in", newcomer.email, "127.0.0.1"),
        ("account.change-password", newcomer.email, "127.0.0.1"),
        ("account.create-reset-link", people.admin.email, "127.0.0.1"),
        ("account.reset-password", newcomer.email, "127.0.0.1"),
    ]
