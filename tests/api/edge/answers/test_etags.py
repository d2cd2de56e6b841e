"""Versions: every operation that changes or deletes one thing refuses to act on another version of it, and
every answer that is one thing says which version it is.
"""

import httpx
import psycopg
import pytest

from barograph.openapi.schemas import operations as described
from tests.api.conftest import ProjectMaker
from tests.api.operations import application
from tests.api.server import PREFIX, Person, Server
from tests.api.world import World

CHANGING = [
    (method.upper(), path.removeprefix(PREFIX))
    for path, method, operation in described(application().openapi())
    if any(parameter["name"] == "if-match" for parameter in operation.get("parameters", []))
]
READABLE = [path for method, path in CHANGING if method == "PATCH"]


def test_whatever_is_patched_or_deleted_has_a_version() -> None:
    without = {
        (method.upper(), path)
        for path, method, _ in described(application().openapi())
        if method in {"patch", "delete"}
    } - {(method, PREFIX + path) for method, path in CHANGING}
    # Log-ins never change; they only end.
    log_ins = {("DELETE", "/auth/sessions"), ("DELETE", "/auth/sessions/{session_id}")}
    # Has one too: tests/api/accounts/test_own_account.py.
    own_account = {("PATCH", "/auth/me")}
    assert without == {("DELETE", "/session")} | log_ins | own_account


@pytest.mark.parametrize(("method", "path"), [each for each in CHANGING if "/users/" not in each[1]])
def test_another_version_is_left_alone(owner: Person, standing_world: World, method: str, path: str) -> None:
    body = {"role": "owner"} if method == "PUT" else {} if method == "PATCH" else None
    answer = owner.send(method, path.format_map(vars(standing_world)), body, {"If-Match": '"4711"'})
    assert (answer.status_code, answer.headers["content-type"]) == (412, "application/problem+json")


@pytest.mark.parametrize("path", READABLE)
def test_the_version_is_the_etag_before_and_after_a_change(
    owner: Person, standing_world: World, path: str
) -> None:
    path = path.format_map(vars(standing_world))
    before = owner.get(path)
    assert version_of(before) == before.json()["version"]
    after = owner.patch(path, {}, {"If-Match": before.headers["etag"]})
    assert version_of(after) == after.json()["version"]


def version_of(answer: httpx.Response) -> int:
    """As the ETag says it, whether or not it says more."""
    return int(answer.headers["etag"].strip('"').partition(".")[0])


def known(person: Person, path: str, etag: str) -> int:
    return person.send("GET", path, headers={"If-None-Match": etag}).status_code


def test_a_list_that_would_say_the_same_is_not_sent_again(owner: Person, make_project: ProjectMaker) -> None:
    path = f"/projects/{make_project()}/sensors"
    first = owner.get(path)
    etag = first.headers["etag"]
    for header in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        again = owner.send("GET", path, headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert known(owner, path, '"other"') == 200
    owner.made(path, {"key": "new"})
    assert known(owner, path, etag) == 200


def test_an_item_is_known_by_its_version_if_that_says_all(owner: Person, standing_world: World) -> None:
    run = f"/runs/{standing_world.run_id}"
    etag = owner.get(run).headers["etag"]
    assert known(owner, run, etag) == 304
    assert owner.patch(run, {"notes": "changed"}).status_code == 200
    assert known(owner, run, etag) == 200


def test_an_item_that_changes_without_its_version_is_known_by_what_it_shows(
    server: Server, owner: Person, make_project: ProjectMaker
) -> None:
    made = owner.post(f"/projects/{make_project()}/sensors", {"key": "p1"})
    path, etag = f"/sensors/{made.json()['id']}", made.headers["etag"]
    assert owner.get(path).headers["etag"] == etag
    assert known(owner, path, etag) == 304
    # Its version alone does not say whether the sensor is online.
    assert known(owner, path, '"1"') == 200
    with psycopg.connect(server.database_url) as connection:
        row = connection.execute(
            "select id from sensor where public_id = %s", (made.json()["id"],)
        ).fetchone()
        assert row is not None
        connection.execute("insert into sensor_liveness (sensor_id, last_seen_at) values (%s, now())", row)
    assert known(owner, path, etag) == 200
    seen = owner.get(path)
    assert (seen.json()["version"], seen.json()["connection"]) == (1, "online")
    # What it shows may have changed since: the change is made to the version all the same.
    for if_match, status in ((etag, 200), (etag, 412), ('"2"', 200)):
        assert owner.patch(path, {"name": str(status)}, {"If-Match": if_match}).status_code == status


def test_a_refusal_has_no_etag(owner: Person, standing_world: World) -> None:
    answer = owner.send("GET", f"/runs/{standing_world.project_id}", headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.headers.get("etag")) == (404, None)
