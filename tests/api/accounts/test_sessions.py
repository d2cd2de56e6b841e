"""One's own log-ins, listed and ended."""

import time
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from api.edge import login_uses
from tests.api.conftest import People
from tests.api.server import PASSWORD, Person, Server, serving


def sessions(person: Person) -> list[dict[str, Any]]:
    return person.read("/auth/sessions")["items"]


def log_in_from(server: Server, email: str, address: str, agent: str) -> Person:
    headers = {"X-Forwarded-For": address, "User-Agent": agent}
    answer = server.post("/auth/login", {"email": email, "password": PASSWORD}, headers)
    return Person(email, server.client(answer.json()["access_token"]))


def test_each_log_in_is_listed_with_where_it_came_from(server: Server, newcomer: Person) -> None:
    laptop = log_in_from(server, newcomer.email, "192.0.2.7", "Browser/1 \t on a laptop")
    found = sessions(laptop)
    assert [session["is_current"] for session in found] == [True, False]
    assert (found[0]["address"], found[0]["agent"]) == ("192.0.2.7", "Browser/1 on a laptop")
    assert {session["kind"] for session in found} == {"tokens"}
    for session in found:
        assert session["started_at"] <= session["last_used_at"] < session["expires_at"]
    laptop.client.close()


def test_a_browsers_session_is_one_of_them(server: Server, newcomer: Person) -> None:
    with server.client() as browser:
        body = {"email": newcomer.email, "password": PASSWORD}
        begun = browser.post("/session", json=body, headers={"Origin": server.url}).json()
        (session,) = [each for each in sessions(newcomer) if each["kind"] == "browser"]
        assert (session["is_current"], session["expires_at"]) == (False, begun["expires_at"])
        assert newcomer.delete(f"/auth/sessions/{session['id']}").status_code == 204
        assert browser.get("/session").status_code == 401


def test_one_that_is_ended_stops_at_once(server: Server, newcomer: Person) -> None:
    pair = server.log_in(newcomer.email)
    other = Person(newcomer.email, server.client(pair["access_token"]))
    session = sessions(newcomer)[0]
    assert newcomer.delete(f"/auth/sessions/{session['id']}").status_code == 204
    assert other.get("/auth/me").status_code == 401
    assert server.post("/auth/refresh", {"refresh_token": pair["refresh_token"]}).status_code == 401
    assert newcomer.delete(f"/auth/sessions/{session['id']}").status_code == 404
    assert [each["is_current"] for each in sessions(newcomer)] == [True]
    other.client.close()


def test_nobody_ends_somebody_elses(owner: Person, newcomer: Person) -> None:
    assert newcomer.delete(f"/auth/sessions/{sessions(owner)[0]['id']}").status_code == 404
    assert owner.get("/auth/me").status_code == 200
    assert newcomer.delete(f"/auth/sessions/{uuid4()}").status_code == 404


def test_all_others_end_and_this_one_goes_on(server: Server, newcomer: Person) -> None:
    others = [log_in_from(server, newcomer.email, "192.0.2.7", "x") for _ in range(3)]
    assert newcomer.delete("/auth/sessions").status_code == 204
    assert [each.get("/auth/me").status_code for each in others] == [401] * 3
    assert len(sessions(newcomer)) == 1
    assert newcomer.send("DELETE", "/auth/sessions", params={"include_current": "true"}).status_code == 204
    assert newcomer.get("/auth/me").status_code == 401
    for other in others:
        other.client.close()


def test_ending_is_in_the_trail(server: Server, people: People, newcomer: Person) -> None:
    server.log_in(newcomer.email)
    newcomer.delete(f"/auth/sessions/{sessions(newcomer)[0]['id']}")
    newcomer.delete("/auth/sessions")
    actor = newcomer.read("/auth/me")["id"]
    actions = [entry["action"] for entry in people.admin.read("/audit", actor=actor)["items"]]
    assert actions[:2] == ["account.log-out-elsewhere", "account.log-out"]


def test_a_log_in_that_leads_nowhere_is_not_listed(server: Server, newcomer: Person) -> None:
    server.log_in(newcomer.email)
    other = sessions(newcomer)[0]["id"]
    with psycopg.connect(server.database_url) as connection:
        connection.execute("update refresh_token set expires_at = now() where login_id = %s", (other,))
    assert other not in {session["id"] for session in sessions(newcomer)}
    with (
        serving(server.database_url, login_s=60) as short,
        psycopg.connect(server.database_url) as connection,
    ):
        mine = sessions(newcomer)[0]["id"]
        connection.execute("update login set created_at = now() - interval '1 minute' where id = %s", (mine,))
        connection.commit()
        with short.client(newcomer.client.headers["authorization"].removeprefix("Bearer ")) as client:
            assert client.get("/auth/sessions").json()["items"] == []


def test_its_use_is_written_down_in_a_while(
    server: Server, newcomer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_uses, "EVERY_S", 0.05)
    (session,) = sessions(newcomer)
    with psycopg.connect(server.database_url) as connection:
        connection.execute("update login set last_used_at = created_at where id = %s", (session["id"],))
    token = newcomer.client.headers["authorization"].removeprefix("Bearer ")
    with serving(server.database_url) as noting, noting.client(token) as client:
        last_used_at = session["started_at"]
        deadline_s = time.monotonic() + 60
        while last_used_at == session["started_at"]:
            assert time.monotonic() < deadline_s
            last_used_at = client.get("/auth/sessions").json()["items"][0]["last_used_at"]
    assert last_used_at > session["started_at"]
