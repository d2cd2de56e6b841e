"""Ingest tokens."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.rows import dict_row

from barograph.times import format_time, parse_time
from tests.api.conftest import People, ProjectMaker
from tests.api.server import Person, Server


def stored(server: Server, token: str) -> dict[str, Any] | None:
    """The row that ingest would find for a token."""
    with (
        psycopg.connect(server.database_url) as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(
            "select *, revoked_at is null and coalesce(expires_at > now(), true) as is_valid"
            " from ingest_token where token_hash = %s",
            (hashlib.sha256(token.encode()).digest(),),
        ).fetchone()


def test_a_token_is_shown_once(server: Server, owner: Person, project: str) -> None:
    made = owner.made(f"/projects/{project}/ingest-tokens", {"name": "rig"})
    assert made["token"].startswith("bgi_")
    assert len(made["token"]) > 40
    (listed,) = owner.read(f"/projects/{project}/ingest-tokens")["items"]
    assert "token" not in listed
    assert listed == {name: value for name, value in made.items() if name != "token"}
    row = stored(server, made["token"])
    assert row is not None
    assert row["is_valid"]


def test_a_token_may_be_narrowed(server: Server, owner: Person, project: str, sensor: str) -> None:
    end = format_time(datetime.now(UTC) + timedelta(days=1))
    scope = {"sensors": [sensor], "producers": ["rig-7/*"], "expires_at": end}
    made = owner.made(f"/projects/{project}/ingest-tokens", {"name": "rig"} | scope)
    assert made.items() >= scope.items()
    row = stored(server, made["token"])
    assert row is not None
    assert len(row["sensors"]) == 1
    assert row["producers"] == ["rig-7/*"]


def test_a_scope_is_sensors_of_the_project(owner: Person, project: str, make_project: ProjectMaker) -> None:
    other = owner.made(f"/projects/{make_project()}/sensors", {"key": "s"})["id"]
    answer = owner.post(f"/projects/{project}/ingest-tokens", {"name": "rig", "sensors": [other]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/sensors/0"


@pytest.mark.parametrize("field", ["sensors", "producers"])
def test_an_empty_scope_is_refused_rather_than_taken_for_all(owner: Person, project: str, field: str) -> None:
    answer = owner.post(f"/projects/{project}/ingest-tokens", {"name": "rig", field: []})
    assert answer.status_code == 422


def test_a_token_whose_sensors_are_gone_may_send_nothing(
    server: Server, owner: Person, project: str, sensor: str
) -> None:
    made = owner.made(f"/projects/{project}/ingest-tokens", {"name": "rig", "sensors": [sensor]})
    assert owner.delete(f"/sensors/{sensor}").status_code == 204
    assert owner.read(f"/projects/{project}/ingest-tokens")["items"][0]["sensors"] == []
    row = stored(server, made["token"])
    assert row is not None
    assert row["sensors"] is not None


def test_a_revoked_token_is_over_and_told(server: Server, owner: Person, project: str) -> None:
    made = owner.made(f"/projects/{project}/ingest-tokens", {"name": "rig"})
    with psycopg.connect(server.database_url, autocommit=True) as listener:
        listener.execute("listen barograph_catalog")
        assert owner.delete(f"/ingest-tokens/{made['id']}").status_code == 204
        assert list(listener.notifies(timeout=5, stop_after=1))
    row = stored(server, made["token"])
    assert row is not None
    assert not row["is_valid"]
    assert owner.read(f"/projects/{project}/ingest-tokens")["items"][0]["revoked_at"] is not None
    assert owner.delete(f"/ingest-tokens/{made['id']}").status_code == 204


def test_a_rotated_token_has_the_same_scope_and_the_old_one_ends(
    server: Server, owner: Person, project: str, sensor: str
) -> None:
    body = {"name": "rig", "sensors": [sensor], "producers": ["a*"]}
    old = owner.made(f"/projects/{project}/ingest-tokens", body)
    new = owner.made(f"/ingest-tokens/{old['id']}:rotate")
    assert new.items() >= body.items()
    assert new["token"] != old["token"]
    old_row, new_row = stored(server, old["token"]), stored(server, new["token"])
    assert old_row is not None
    assert new_row is not None
    assert (old_row["is_valid"], new_row["is_valid"]) == (False, True)


def test_a_rotated_token_may_overlap(server: Server, owner: Person, project: str) -> None:
    old = owner.made(f"/projects/{project}/ingest-tokens", {"name": "rig"})
    owner.made(f"/ingest-tokens/{old['id']}:rotate", {"overlap_s": 60})
    row = stored(server, old["token"])
    assert row is not None
    assert row["is_valid"]
    (end,) = [
        item["expires_at"]
        for item in owner.read(f"/projects/{project}/ingest-tokens")["items"]
        if item["id"] == old["id"]
    ]
    assert timedelta(0) < parse_time(end) - datetime.now(UTC) <= timedelta(seconds=60)


def test_a_token_that_ended_is_not_rotated(owner: Person, project: str) -> None:
    token = owner.made(f"/projects/{project}/ingest-tokens", {"name": "rig"})["id"]
    owner.delete(f"/ingest-tokens/{token}")
    assert owner.post(f"/ingest-tokens/{token}:rotate").status_code == 409


def test_revoking_honours_if_match(owner: Person, project: str) -> None:
    token = owner.made(f"/projects/{project}/ingest-tokens", {"name": "rig"})["id"]
    assert owner.delete(f"/ingest-tokens/{token}", headers={"If-Match": '"9"'}).status_code == 412
    assert owner.delete(f"/ingest-tokens/{token}", headers={"If-Match": '"1"'}).status_code == 204


def told(server: Server, act: Callable[[], httpx.Response]) -> bool:
    """Whether ingest hears that a catalog has changed."""
    with psycopg.connect(server.database_url, autocommit=True) as listener:
        listener.execute("listen barograph_catalog")
        assert act().is_success
        return bool(list(listener.notifies(timeout=5, stop_after=1)))


@pytest.mark.parametrize("end", ["remove", "demote", "deactivate"])
def test_a_token_stops_with_its_issuer_until_somebody_rotates_it(
    server: Server, people: People, project: str, newcomer: Person, end: str
) -> None:
    server.add_member(project, newcomer.email, "editor")
    token = newcomer.made(f"/projects/{project}/ingest-tokens", {"name": "rig"})
    assert token["is_valid"]
    user = newcomer.read("/auth/me")["id"]
    member = f"/projects/{project}/members/{user}"
    acts: dict[str, Callable[[], httpx.Response]] = {
        "remove": lambda: people.owner.delete(member),
        "demote": lambda: people.owner.send("PUT", member, {"role": "viewer"}),
        "deactivate": lambda: people.admin.post(f"/users/{user}:deactivate"),
    }
    assert told(server, acts[end])
    (listed,) = people.owner.read(f"/projects/{project}/ingest-tokens")["items"]
    assert (listed["is_valid"], listed["revoked_at"]) == (False, None)
    new = people.owner.made(f"/ingest-tokens/{token['id']}:rotate")
    assert new["is_valid"]


def test_a_token_counts_again_when_its_issuer_is_back(
    server: Server, people: People, project: str, newcomer: Person
) -> None:
    server.add_member(project, newcomer.email, "editor")
    newcomer.made(f"/projects/{project}/ingest-tokens", {"name": "rig"})
    user = newcomer.read("/auth/me")["id"]
    people.admin.post(f"/users/{user}:deactivate")
    assert told(server, lambda: people.admin.post(f"/users/{user}:reactivate"))
    (listed,) = people.owner.read(f"/projects/{project}/ingest-tokens")["items"]
    assert listed["is_valid"]


def test_a_revoked_service_account_stops_its_tokens(server: Server, owner: Person, project: str) -> None:
    script = owner.made("/service-accounts", {"project_id": project, "name": "ci", "role": "editor"})
    with server.client(script["token"]) as client:
        made = Person("", client).made(f"/projects/{project}/ingest-tokens", {"name": "rig"})
    assert made["is_valid"]
    assert told(server, lambda: owner.delete(f"/service-accounts/{script['id']}"))
    (listed,) = owner.read(f"/projects/{project}/ingest-tokens")["items"]
    assert not listed["is_valid"]


def test_a_token_says_whether_it_may_move_sequences(owner: Person, project: str) -> None:
    made = owner.made(f"/projects/{project}/ingest-tokens", {"name": "rig", "may_resume": False})
    assert made["may_resume"] is False
    assert owner.made(f"/ingest-tokens/{made['id']}:rotate")["may_resume"] is False
