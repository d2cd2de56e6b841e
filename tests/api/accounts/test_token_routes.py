"""Logging in, refreshing, logging out."""

import base64
import hmac
import json
from functools import partial
from typing import Literal, LiteralString
from uuid import uuid4

import httpx
import psycopg
import pytest
from argon2 import PasswordHasher, extract_parameters

from api.credentials import passwords
from tests.api.server import PASSWORD, Server, at_once
from tests.programs import ACCESS_TOKEN_S


@pytest.fixture
def email(server: Server) -> str:
    email = f"{uuid4()}@example.org"
    server.register(email)
    return email


def me(server: Server, token: str) -> httpx.Response:
    with server.client(token) as client:
        return client.get("/auth/me")


def refresh(server: Server, token: str) -> httpx.Response:
    with server.client() as client:
        return client.post("/auth/refresh", json={"refresh_token": token})


def execute(server: Server, statement: LiteralString, *parameters: str) -> None:
    with psycopg.connect(server.database_url) as connection:
        connection.execute(statement, parameters)


def age_used_tokens(server: Server, email: str) -> None:
    execute(
        server,
        "update refresh_token set used_at = used_at - interval '11 seconds' from login, account"
        " where login.id = login_id and account.id = account_id and email = %s",
        email,
    )


def test_a_log_in_gives_tokens_that_name_the_account(server: Server, email: str) -> None:
    pair = server.log_in(email)
    assert pair["token_type"] == "Bearer"
    assert pair["expires_in"] == ACCESS_TOKEN_S
    answer = me(server, pair["access_token"])
    assert answer.status_code == 200
    assert answer.json()["email"] == email
    assert answer.headers["etag"].startswith('"1.')


def test_an_email_is_the_same_in_capitals(server: Server, email: str) -> None:
    assert server.log_in(email.upper())["access_token"]


class CountingHasher(PasswordHasher):
    """Keeps what it has compared passwords with."""

    def __init__(self) -> None:
        usual = passwords.HASHER
        super().__init__(usual.time_cost, usual.memory_cost, usual.parallelism)
        self.verified: list[str] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002  # argon2's
        self.verified.append(str(hash))
        return super().verify(hash, password)


@pytest.mark.parametrize("case", ["right password", "wrong password", "unknown email", "deactivated"])
def test_every_log_in_takes_the_same_work(
    server: Server, email: str, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasher = CountingHasher()
    monkeypatch.setattr(passwords, "HASHER", hasher)
    if case == "deactivated":
        execute(server, "update account set deactivated_at = now() where email = %s", email)
    answer = server.try_log_in(
        "nobody@example.org" if case == "unknown email" else email,
        "wrong" if case == "wrong password" else PASSWORD,
    )
    assert (answer.status_code == 200) is (case == "right password")
    (compared,) = hasher.verified
    if case == "unknown email":
        # As dear as those of accounts that register; those that tests make by themselves are cheaper.
        assert extract_parameters(compared) == extract_parameters(hasher.hash(PASSWORD))


@pytest.mark.parametrize("case", ["wrong password", "unknown email", "deactivated"])
def test_refused_log_ins_look_alike(server: Server, email: str, case: str) -> None:
    body = {"email": email, "password": PASSWORD}
    if case == "wrong password":
        body["password"] = "wrong"
    elif case == "unknown email":
        body["email"] = "nobody@example.org"
    else:
        execute(server, "update account set deactivated_at = now() where email = %s", email)
    answer = server.post("/auth/login", body)
    assert answer.status_code == 401
    assert answer.json()["detail"] == "email or password is wrong"
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_refresh_token_is_replaced_at_each_use(server: Server, email: str) -> None:
    first = server.log_in(email)["refresh_token"]
    second = refresh(server, first).json()
    third = refresh(server, second["refresh_token"]).json()
    assert len({first, second["refresh_token"], third["refresh_token"]}) == 3
    assert me(server, third["access_token"]).status_code == 200


def test_two_tabs_that_refresh_at_once_get_the_same_successor(server: Server, email: str) -> None:
    token = server.log_in(email)["refresh_token"]
    answers = at_once(*[partial(refresh, server, token)] * 8)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1


def test_a_used_refresh_token_that_returns_late_ends_the_log_in(server: Server, email: str) -> None:
    stolen = server.log_in(email)["refresh_token"]
    pair = refresh(server, stolen).json()
    age_used_tokens(server, email)
    assert refresh(server, stolen).status_code == 401
    assert refresh(server, pair["refresh_token"]).status_code == 401
    assert me(server, pair["access_token"]).status_code == 401


def test_four_tabs_go_on_together_and_a_late_copy_ends_them_all(server: Server, email: str) -> None:
    first: str = server.log_in(email)["refresh_token"]
    tokens = [first] * 4
    for _ in range(3):
        answers = at_once(*(partial(refresh, server, token) for token in tokens))
        assert {answer.status_code for answer in answers} == {200}
        tokens = [answer.json()["refresh_token"] for answer in answers]
        assert len(set(tokens)) == 1
    age_used_tokens(server, email)
    late = at_once(partial(refresh, server, first), partial(refresh, server, tokens[0]))
    assert late[0].status_code == 401
    # The present token got through before the theft showed, or it did not; either way it is over now.
    assert refresh(server, tokens[0]).status_code == 401
    if late[1].status_code == 200:
        assert me(server, late[1].json()["access_token"]).status_code == 401


def test_another_log_in_of_the_account_survives_a_theft(server: Server, email: str) -> None:
    stolen, other = server.log_in(email)["refresh_token"], server.log_in(email)
    refresh(server, stolen)
    age_used_tokens(server, email)
    refresh(server, stolen)
    assert me(server, other["access_token"]).status_code == 200


def test_an_access_token_is_no_refresh_token(server: Server, email: str) -> None:
    assert refresh(server, server.log_in(email)["access_token"]).status_code == 401


def test_an_expired_refresh_token_is_refused(server: Server, email: str) -> None:
    token = server.log_in(email)["refresh_token"]
    execute(
        server,
        "update refresh_token set expires_at = now() from login, account"
        " where login.id = login_id and account.id = account_id and email = %s",
        email,
    )
    assert refresh(server, token).status_code == 401


def test_a_log_in_ends_however_often_it_is_refreshed(server: Server, email: str) -> None:
    pair = server.log_in(email)
    for age, status in (("29 days", 200), ("31 days", 401)):
        execute(
            server,
            "update login set created_at = now() - %s::interval from account"
            " where account.id = account_id and email = %s",
            age,
            email,
        )
        answer = refresh(server, pair["refresh_token"])
        assert answer.status_code == status
        pair = answer.json()


def test_logging_out_ends_both_tokens_at_once(server: Server, email: str) -> None:
    pair = server.log_in(email)
    with server.client() as client:
        answer = client.post("/auth/logout", json={"refresh_token": pair["refresh_token"]})
        assert answer.status_code == 204
        assert client.post("/auth/logout", json={"refresh_token": "unknown"}).status_code == 204
    assert refresh(server, pair["refresh_token"]).status_code == 401
    assert me(server, pair["access_token"]).status_code == 401


def test_a_deactivated_account_stops_at_once(server: Server, email: str) -> None:
    pair = server.log_in(email)
    execute(server, "update account set deactivated_at = now() where email = %s", email)
    assert me(server, pair["access_token"]).status_code == 401
    assert refresh(server, pair["refresh_token"]).status_code == 401


def test_a_refresh_token_is_no_access_token(server: Server, email: str) -> None:
    answer = me(server, server.log_in(email)["refresh_token"])
    assert answer.status_code == 401
    assert "this is a refresh token" in answer.json()["detail"]


def test_an_ingest_token_is_named(server: Server) -> None:
    answer = me(server, "bgi_x")
    assert answer.status_code == 401
    assert "this is an ingest token" in answer.json()["detail"]


@pytest.mark.parametrize("algorithm", ["HS256", "none"])
def test_an_access_token_signed_by_others_is_refused(server: Server, email: str, algorithm: str) -> None:
    head, claims, signature = server.log_in(email)["access_token"].split(".")
    if algorithm == "none":
        head, signature = encoded({"alg": "none", "typ": "JWT"}), ""
    else:
        signed = hmac.digest(b"a key of somebody else's", f"{head}.{claims}".encode(), "sha256")
        signature = base64.urlsafe_b64encode(signed).decode().rstrip("=")
    assert me(server, f"{head}.{claims}.{signature}").status_code == 401


def encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def test_no_token_is_stored_in_plain(server: Server, email: str) -> None:
    pair = server.log_in(email)
    with psycopg.connect(server.database_url) as connection:
        rows = connection.execute("select token_hash from refresh_token").fetchall()
    assert all(pair["refresh_token"].encode() not in row[0] for row in rows)


def test_log_ins_failures_refreshes_thefts_and_log_outs_are_in_the_trail(server: Server, email: str) -> None:
    server.try_log_in(email, "wrong", "192.0.2.7")
    stolen = server.log_in(email)["refresh_token"]
    refresh(server, stolen)
    age_used_tokens(server, email)
    refresh(server, stolen)
    server.post("/auth/logout", {"refresh_token": server.log_in(email)["refresh_token"]})
    with psycopg.connect(server.database_url) as connection:
        rows = connection.execute(
            "select action, actor, address from audit_entry join account on account.id = subject_id"
            " where email = %s order by audit_entry.id",
            (email,),
        ).fetchall()
    here = "127.0.0.1"
    assert rows == [
        ("account.log-in-failed", "nobody", "192.0.2.7"),
        ("account.log-in", email, here),
        ("account.refresh", email, here),
        ("account.used-token-returned", "nobody", here),
        ("account.log-in", email, here),
        ("account.log-out", email, here),
    ]
