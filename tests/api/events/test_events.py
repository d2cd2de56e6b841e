"""Events of a project, as a list."""

import psycopg
from psycopg.types.json import Jsonb

from barograph.events.kinds import EVENT_KINDS
from tests.api.conftest import ProjectMaker
from tests.api.server import Person, Server


def tell(server: Server, project: str, *kinds: str) -> None:
    with psycopg.connect(server.database_url) as connection:
        for number, kind in enumerate(kinds):
            connection.execute(
                "insert into event (project_id, kind, payload)"
                " select id, %s, %s from project where public_id = %s",
                (kind, Jsonb({"number": number}), project),
            )


def test_events_are_listed_newest_first_in_pages(server: Server, owner: Person, project: str) -> None:
    tell(server, project, "sensor.online", "sensor.offline", "sensor.online")
    path = f"/projects/{project}/events"
    first = owner.read(path, limit=2)
    assert [(each["type"], each["data"]["number"]) for each in first["items"]] == [
        ("sensor.online", 2),
        ("sensor.offline", 1),
    ]
    second = owner.read(path, cursor=first["next_cursor"])
    assert [each["data"]["number"] for each in second["items"]] == [0]
    assert second["next_cursor"] is None


def test_filters_narrow_them_down(server: Server, owner: Person, make_project: ProjectMaker) -> None:
    one, other = make_project(), make_project()
    tell(server, one, "sensor.online", "run.started", "run.finished")
    tell(server, other, "sensor.online")
    path = f"/projects/{one}/events"
    found = owner.read(path, type=["run.started", "run.finished"])["items"]
    assert [each["type"] for each in found] == ["run.finished", "run.started"]
    time = found[0]["time"]
    assert [each["type"] for each in owner.read(path, **{"from": time})["items"]] == [
        "run.finished",
        "run.started",
        "sensor.online",
    ]
    assert owner.read(path, to=time)["items"] == []


def test_a_type_that_there_is_not_is_refused_and_those_that_there_are_named(
    owner: Person, project: str
) -> None:
    answer = owner.get(f"/projects/{project}/events", {"type": "run.fialed"})
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["pointer"]) == (422, "/query/type/0")
    assert all(kind in fault["detail"] for kind in EVENT_KINDS)
    assert "Did you mean 'run.failed'" in fault["detail"]
