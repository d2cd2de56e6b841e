"""Codes that log a browser in once."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import psycopg
import pytest

from barograph.identity.accounts import create_login_code
from tests.api.conftest import People
from tests.api.server import PASSWORD, Person, Server, at_once

LATER = timedelta(minutes=11)


def code_of(server: Server, email: str) -> str:
    code = create_login_code(server.database_url, email)
    assert code is not None
    return code


def log_in(server: Server, code: object, **more: object) -> httpx.Response:
    with server.client() as client:
        return client.post("/session", json={"code": code, **more}, headers={"Origin": server.url})


def actions(server: Server, email: str) -> list[tuple[str, str]]:
    """What the audit trail holds of the account, with who did it."""
    with psycopg.connect(server.database_url) as connection:
        return connection.execute(
            "select action, actor from audit_entry"
            " where subject_id = (select id from account where email = %s) order by id",
            [email],
        ).fetchall()


def test_a_code_logs_in_once(server: Server, newcomer: Person) -> None:
    code = code_of(server, newcomer.email.upper())
    with server.client() as client:
        begun = client.post("/session", json={"code": code}, headers={"Origin": server.url})
        assert begun.status_code == 200
        assert begun.json()["account"]["email"] == newcomer.email
        assert client.get("/session").json()["csrf_token"] == begun.json()["csrf_token"]
    again = log_in(server, code)
    assert again.status_code == 401
    assert "used, expired or not valid" in again.json()["detail"]
    done = actions(server, newcomer.email)
    assert ("account.create-login-code", "barograph") in done
    assert done[-2:] == [("account.use-login-code", newcomer.email), ("account.log-in", newcomer.email)]


def test_of_two_at_once_one_logs_in(server: Server, newcomer: Person) -> None:
    code = code_of(server, newcomer.email)
    calls: list[Callable[[], httpx.Response]] = [lambda: log_in(server, code)] * 4
    assert sorted(answer.status_code for answer in at_once(*calls)) == [200, 401, 401, 401]


def test_a_code_is_over_after_ten_minutes(server: Server, newcomer: Person) -> None:
    code = code_of(server, newcomer.email)
    with psycopg.connect(server.database_url) as connection:
        connection.execute("update login_code set expires_at = expires_at - %s", [LATER])
    assert log_in(server, code).status_code == 401


def test_the_database_knows_no_code_itself(server: Server, newcomer: Person) -> None:
    code = code_of(server, newcomer.email)
    with psycopg.connect(server.database_url) as connection:
        rows = connection.execute("select login_code::text from login_code").fetchall()
    assert rows
    assert not any(code in row or code.encode().hex() in row for (row,) in rows)


def test_a_code_opens_no_account_that_is_shut(server: Server, people: People, newcomer: Person) -> None:
    code = code_of(server, newcomer.email)
    account = newcomer.read("/auth/me")["id"]
    assert people.admin.post(f"/users/{account}:deactivate").status_code == 200
    assert log_in(server, code).status_code == 401
    assert create_login_code(server.database_url, newcomer.email) is None
    assert create_login_code(server.database_url, "nobody@example.org") is None


def test_a_second_factor_is_asked_for_all_the_same(server: Server, newcomer: Person) -> None:
    proof = {"current_password": PASSWORD, "kind": "totp", "name": "phone"}
    begun = newcomer.made("/auth/factors", proof)
    with psycopg.connect(server.database_url) as connection:
        connection.execute("update factor set confirmed_at = now() where id = %s", [begun["id"]])
    answer = log_in(server, code_of(server, newcomer.email))
    assert answer.status_code == 200
    assert answer.json()["mfa_required"] is True
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "a@example.org"},
        {"password": PASSWORD},
        {"code": "bgc_x", "email": "a@example.org", "password": PASSWORD},
        {"code": "bgc_x", "email": "a@example.org"},
        {"code": ""},
    ],
)
def test_a_log_in_takes_either_a_password_or_a_code(server: Server, body: dict[str, str]) -> None:
    answer = server.post("/session", body)
    assert answer.status_code == 422, answer.text
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    if "code" not in body:
        assert pointers == {f"/{name}" for name in ("email", "password") if name not in body}


def test_another_sites_page_can_use_no_code(server: Server, newcomer: Person) -> None:
    code = code_of(server, newcomer.email)
    evil = {"Origin": "https://evil.example.org"}
    assert server.post("/session", {"code": code}, evil).status_code == 403
    assert log_in(server, code).status_code == 200
