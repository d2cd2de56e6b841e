"""Versions: every operation that changes or deletes one thing refuses to act on another version of it, and
every answer that is one thing says which version it is.
"""

import pytest

from barograph.openapi.schemas import operations as described
from tests.api.conftest import ProjectMaker
from tests.api.operations import application
from tests.api.server import PREFIX, Person, Server
from tests.api.world import World, furnish

CHANGING = [
    (method.upper(), path.removeprefix(PREFIX))
    for path, method, operation in described(application().openapi())
    if any(parameter["name"] == "if-match" for parameter in operation.get("parameters", []))
]
READABLE = [path for method, path in CHANGING if method == "PATCH"]


@pytest.fixture
def world(server: Server, owner: Person, make_project: ProjectMaker) -> World:
    return furnish(server, owner, make_project())


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
def test_another_version_is_left_alone(owner: Person, world: World, method: str, path: str) -> None:
    body = {"role": "owner"} if method == "PUT" else {} if method == "PATCH" else None
    answer = owner.send(method, path.format_map(vars(world)), body, {"If-Match": '"4711"'})
    assert (answer.status_code, answer.headers["content-type"]) == (412, "application/problem+json")


@pytest.mark.parametrize("path", READABLE)
def test_the_version_is_the_etag_before_and_after_a_change(owner: Person, world: World, path: str) -> None:
    path = path.format_map(vars(world))
    before = owner.get(path)
    assert before.headers["etag"] == f'"{before.json()["version"]}"'
    after = owner.patch(path, {}, {"If-Match": before.headers["etag"]})
    assert after.headers["etag"] == f'"{after.json()["version"]}"'


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


def test_an_item_is_known_by_its_version_if_that_says_all(owner: Person, world: World) -> None:
    run, sensor = f"/runs/{world.run_id}", f"/sensors/{world.sensor_id}"
    etag = owner.get(run).headers["etag"]
    assert known(owner, run, etag) == 304
    assert owner.patch(run, {"notes": "changed"}).status_code == 200
    assert known(owner, run, etag) == 200
    # Whether a sensor is online changes without its version.
    assert known(owner, sensor, owner.get(sensor).headers["etag"]) == 200


def test_a_refusal_has_no_etag(owner: Person, world: World) -> None:
    answer = owner.send("GET", f"/runs/{world.project_id}", headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.headers.get("etag")) == (404, None)
