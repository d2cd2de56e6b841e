"""Whose turn a question is: looked up once in some seconds, while rights are looked up each time."""

import pytest

from api.questions import asker
from tests.api.conftest import People, ProjectMaker
from tests.api.server import Person, Server


class _Count:
    """How often whose turn it is was looked up."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lookups = 0
        find_asker = asker.find_asker

        async def counted(*arguments: object) -> object:
            self.lookups += 1
            return await find_asker(*arguments)  # pyright: ignore[reportArgumentType]  # passed on

        monkeypatch.setattr(asker, "find_asker", counted)


def test_it_is_looked_up_once_for_each_login_and_sensor(
    owner: Person, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sensors = [owner.made(f"/projects/{project}/sensors", {"key": key})["id"] for key in "ab"]
    count = _Count(monkeypatch)
    for _ in range(3):
        for sensor in sensors:
            owner.read(f"/sensors/{sensor}/readings")
    assert count.lookups == 2
    monkeypatch.setattr(asker, "REMEMBERED_S", -1.0)
    sensor = owner.made(f"/projects/{project}/sensors", {"key": "c"})["id"]
    for _ in range(3):
        owner.read(f"/sensors/{sensor}/readings")
    assert count.lookups == 5


def test_what_others_have_found_of_a_sensor_is_not_looked_up_again(
    people: People, make_project: ProjectMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = make_project()
    sensors = [people.owner.made(f"/projects/{project}/sensors", {"key": key})["id"] for key in "abc"]
    count = _Count(monkeypatch)
    for sensor in sensors:
        people.owner.read(f"/sensors/{sensor}/readings")
    for sensor in sensors:
        people.viewer.read(f"/sensors/{sensor}/readings")
    assert count.lookups == 4
    for sensor in sensors:
        assert people.outsider.get(f"/sensors/{sensor}/readings").status_code == 404
    assert count.lookups == 5


def test_no_more_are_remembered_than_so_many(
    owner: Person, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sensors = [owner.made(f"/projects/{project}/sensors", {"key": key})["id"] for key in "abc"]
    monkeypatch.setattr(asker, "MAX_REMEMBERED", 0)
    count = _Count(monkeypatch)
    for sensor in sensors * 2:
        owner.read(f"/sensors/{sensor}/readings")
    assert count.lookups == 6


def test_who_has_left_the_project_is_refused_at_once(people: People, make_project: ProjectMaker) -> None:
    project = make_project()
    sensor = people.owner.made(f"/projects/{project}/sensors", {"key": "s"})["id"]
    people.viewer.read(f"/sensors/{sensor}/readings")
    viewer = people.viewer.read("/auth/me")["id"]
    assert people.owner.delete(f"/projects/{project}/members/{viewer}").status_code == 204
    assert people.viewer.get(f"/sensors/{sensor}/readings").status_code == 404


def test_who_has_logged_out_is_refused_at_once(server: Server, project: str, owner: Person) -> None:
    sensor = owner.made(f"/projects/{project}/sensors", {"key": "s"})["id"]
    tokens = server.log_in(owner.email)
    with server.client(tokens["access_token"]) as client:
        path = f"/api/v1/sensors/{sensor}/readings"
        assert client.get(path).status_code == 200
        out = client.post("/auth/logout", json={"refresh_token": tokens["refresh_token"]})
        assert out.status_code == 204
        assert client.get(path).status_code == 401
