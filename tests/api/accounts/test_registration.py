"""Making an account."""

from collections.abc import Generator
from functools import partial
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.api.conftest import People
from tests.api.server import PASSWORD, Person, Server, at_once, serving


@pytest.fixture
def email() -> str:
    return f"{uuid4()}@Example.org"


@pytest.fixture(scope="module")
def closed(server: Server) -> Generator[Server]:
    """The same API where registration is by invitation."""
    with serving(server.database_url, registration="invited") as server:
        yield server


def register(server: Server, email: str, **given: object) -> httpx.Response:
    return server.post("/auth/register", {"email": email, "password": PASSWORD} | given)


def test_whoever_registers_can_log_in_and_is_a_member_of_nothing(server: Server, email: str) -> None:
    answer = register(server, email, name="Ada")
    assert answer.status_code == 201, answer.text
    me = answer.json()
    assert (me["email"], me["name"], me["kind"], me["is_admin"]) == (email, "Ada", "person", False)
    assert answer.headers["etag"].startswith('"1.')
    with server.client(server.log_in(email.lower())["access_token"]) as client:
        assert client.get("/auth/me").json() == me
        assert client.get("/api/v1/projects").json()["items"] == []


def test_an_email_has_one_account_whatever_its_capitals(server: Server, email: str) -> None:
    assert register(server, email).status_code == 201
    answer = register(server, email.upper())
    assert answer.status_code == 409
    assert answer.json()["detail"] == "an account with this email exists"


def test_of_many_that_register_one_email_at_once_one_does(server: Server, email: str) -> None:
    passwords = [f"password of number {number}" for number in range(6)]
    answers = at_once(*(partial(register, server, email, password=password) for password in passwords))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    (winner,) = (p for p, answer in zip(passwords, answers, strict=True) if answer.status_code == 201)
    for password in passwords:
        assert server.try_log_in(email, password).status_code == (200 if password == winner else 401)


@pytest.mark.parametrize(
    ("fault", "pointer"),
    [
        ({"email": "ada"}, "/email"),
        ({"email": "a da@example.org"}, "/email"),
        ({"email": "ada@example.org\nBcc: x@example.org"}, "/email"),
        ({"email": "@"}, "/email"),
        ({"email": "a@b,c"}, "/email"),
        ({"email": "a,b@c"}, "/email"),
        ({"email": "Ada <ada@example.org>"}, "/email"),
        ({"email": "\uff41da@example.org"}, "/email"),
        ({"email": "a\u200bda@example.org"}, "/email"),
        ({"email": "\u0430da@example.org"}, "/email"),
        ({"password": " " * 8}, "/password"),
        ({"password": "\u3000" * 8}, "/password"),
        ({"password": "Password123!"}, "/password"),
        ({"email": "ada.lovelace@example.org", "password": "Ada.Lovelace1815"}, "/password"),
        ({"name": "Grace Hopper", "password": "grace hopper 1"}, "/password"),
        ({"password": "seven.."}, "/password"),
        ({"password": "x" * 1025}, "/password"),
        ({"is_admin": True}, "/is_admin"),
    ],
)
def test_what_will_not_do_is_pointed_at(
    server: Server, email: str, fault: dict[str, object], pointer: str
) -> None:
    answer = server.post("/auth/register", {"email": email, "password": PASSWORD} | fault)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_an_email_that_looks_like_another_accounts_is_refused(server: Server) -> None:
    latin, cyrillic = "ace@example.org", "\u0430\u0441\u0435@example.org"
    assert register(server, latin).status_code == 201
    answer = register(server, cyrillic)
    assert answer.status_code == 409
    assert answer.json()["detail"] == "an account has an email that looks like this one"
    assert register(server, "\u0430\u0441\u0435\u0436@example.org").status_code == 201


def test_passwords_are_stored_hashed(server: Server, email: str) -> None:
    register(server, email)
    with psycopg.connect(server.database_url) as connection:
        row = connection.execute("select password_hash from account where email = %s", (email,)).fetchone()
    assert row is not None
    assert row[0].startswith("$argon2id$")


def test_who_may_make_an_account_is_told_before_a_log_in(server: Server, closed: Server) -> None:
    for each, rule in ((server, "open"), (closed, "invited")):
        with each.client() as client:
            assert client.get("/auth/registration").json() == {"registration": rule}


def test_where_registration_is_closed_it_takes_an_invitation(
    closed: Server, people: People, project: str, email: str
) -> None:
    assert register(closed, email).status_code == 403
    assert register(closed, email, invitation="bgv_unknown").status_code == 422
    invitation = people.owner.made(f"/projects/{project}/invitations", {"role": "editor"})
    assert register(closed, email, invitation=invitation["token"]).status_code == 201
    with closed.client(closed.log_in(email)["access_token"]) as client:
        assert Person(email, client).read(f"/projects/{project}")["role"] == "editor"


def test_a_failed_invitation_leaves_no_account_behind(server: Server, email: str) -> None:
    assert register(server, email, invitation="bgv_unknown").status_code == 422
    assert server.try_log_in(email).status_code == 401
    assert register(server, email).status_code == 201


def test_only_who_is_invited_hears_whether_an_email_has_an_account(closed: Server, people: People) -> None:
    answers = [
        register(closed, email, invitation="bgv_unknown")
        for email in (people.owner.email, f"{uuid4()}@example.org")
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


def test_a_dotted_capital_i_is_no_second_i(server: Server, email: str) -> None:
    assert register(server, f"i{email}").status_code == 201
    assert server.try_log_in(f"I{email}").status_code == 200
    assert server.try_log_in(f"\u0130{email}").status_code == 401


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Ada\r\nBarograph: pay here", "Ada Barograph: pay here"),
        ("\uff21da", "Ada"),
        ("A\u030a", "\u00c5"),
        ("\u202eadA\u200b", "adA"),
        ("\u2028\t", ""),
    ],
)
def test_a_name_is_one_line_in_normal_form(server: Server, email: str, given: str, kept: str) -> None:
    assert register(server, email, name=given).json()["name"] == kept
