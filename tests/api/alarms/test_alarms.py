"""Limits and alarms over HTTP."""

import psycopg
import pytest

from tests.api.conftest import People
from tests.api.server import Person, Server
from tests.api.stored import alarm

WARNING = {"level": "warning", "max": 5.5, "hysteresis": 0.25, "delay_s": 2.5}


def test_a_limit_shows_what_it_was_made_with(owner: Person, sensor: str) -> None:
    bounds = {"valid_from": "2026-01-01T00:00:00.000000Z", "valid_to": "2027-01-01T00:00:00.000000Z"}
    limit = owner.made(f"/sensors/{sensor}/limits", WARNING | bounds)
    assert limit.items() >= (WARNING | bounds | {"min": None, "sensor_id": sensor}).items()
    assert owner.read(f"/limits/{limit['id']}") == limit
    other = owner.made(f"/sensors/{sensor}/limits", {"level": "critical", "min": 0, "max": 7})
    assert owner.read(f"/sensors/{sensor}/limits")["items"] == [other, limit]


@pytest.mark.parametrize(
    "body",
    [
        {"level": "warning"},
        {"level": "fatal", "max": 1},
        {"level": "warning", "min": 2, "max": 1},
        {"level": "warning", "min": 0, "max": 1, "hysteresis": 0.5},
        {"level": "warning", "max": 1, "hysteresis": -1},
        {"level": "warning", "max": 1, "delay_s": -1},
        {
            "level": "warning",
            "max": 1,
            "valid_from": "2026-01-02T00:00:00Z",
            "valid_to": "2026-01-02T00:00:00Z",
        },
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(owner: Person, sensor: str, body: dict[str, object]) -> None:
    assert owner.post(f"/sensors/{sensor}/limits", body).status_code == 422


def test_a_sensor_has_a_bounded_number_of_limits(owner: Person, sensor: str) -> None:
    for _ in range(16):
        owner.made(f"/sensors/{sensor}/limits", WARNING)
    assert owner.post(f"/sensors/{sensor}/limits", WARNING).status_code == 409


def test_a_deleted_limit_is_gone_and_its_alarm_ends(
    server: Server, owner: Person, project: str, sensor: str
) -> None:
    limit = owner.made(f"/sensors/{sensor}/limits", WARNING)["id"]
    active = alarm(server.database_url, limit)
    assert owner.send("DELETE", f"/limits/{limit}").status_code == 204
    assert owner.get(f"/limits/{limit}").status_code == 404
    assert owner.read(f"/sensors/{sensor}/limits")["items"] == []
    ended = owner.read(f"/alarms/{active}")
    assert (ended["active"], ended["end_reason"], ended["limit_id"]) == (False, "limit-deleted", limit)
    (entry,) = owner.read(f"/projects/{project}/audit", action="limit.delete")["items"]
    assert entry["before"]["max"] == 5.5
    assert kinds_told(server, active) == ["alarm.cleared"]


def test_an_alarm_is_acknowledged_once(server: Server, people: People, project: str, sensor: str) -> None:
    limit = people.owner.made(f"/sensors/{sensor}/limits", WARNING)["id"]
    active = alarm(server.database_url, limit)
    assert people.viewer.post(f"/alarms/{active}:acknowledge").status_code == 403
    shown = people.editor.made(f"/alarms/{active}:acknowledge", {"comment": "valve 3"})
    assert (shown["comment"], shown["acknowledged_at"] is not None, shown["active"]) == (
        "valve 3",
        True,
        True,
    )
    assert people.owner.post(f"/alarms/{active}:acknowledge").status_code == 409
    assert people.viewer.read(f"/alarms/{active}") == shown
    (entry,) = people.owner.read(f"/projects/{project}/audit", action="alarm.acknowledge")["items"]
    assert entry["after"]["comment"] == "valve 3"
    assert kinds_told(server, active) == ["alarm.acknowledged"]


def test_alarms_are_found_by_what_they_are(server: Server, owner: Person, project: str, sensor: str) -> None:
    limits = [
        owner.made(f"/sensors/{sensor}/limits", WARNING | {"level": level})["id"]
        for level in ("warning", "critical")
    ]
    ended, active = (alarm(server.database_url, limit) for limit in limits)
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "update alarm set since = now() - interval '2 hours', raised_at = now() - interval '2 hours',"
            " cleared_at = now() - interval '1 hour' where public_id = %s",
            (ended,),
        )

    def found(**filters: str | int) -> list[str]:
        items = owner.read(f"/projects/{project}/alarms", **filters)["items"]
        return [item["id"] for item in items]

    assert found() == [active, ended]
    assert found(active=True) == [active]
    assert found(active=False) == [ended]
    assert found(level="critical") == [active]
    assert found(to="-30m") == [ended]
    assert found(**{"from": "-30m"}) == [active]
    assert found(**{"from": "-90m", "to": "-80m"}) == [ended]
    assert found(sensor=sensor, limit=1) == [active]
    assert owner.get(f"/projects/{project}/alarms", {"sensor": "nothing"}).status_code == 404


def test_silence_is_set_with_the_sensor(owner: Person, project: str) -> None:
    made = owner.made(f"/projects/{project}/sensors", {"key": "q", "silent_after_s": 30})
    assert made["silent_after_s"] == 30
    changed = owner.patch(f"/sensors/{made['id']}", {"silent_after_s": None})
    assert changed.json()["silent_after_s"] is None
    assert owner.patch(f"/sensors/{made['id']}", {"silent_after_s": 0}).status_code == 422


def kinds_told(server: Server, alarm_id: str) -> list[str]:
    with psycopg.connect(server.database_url) as connection:
        rows = connection.execute(
            "select kind from event where payload->>'alarm_id' = %s order by id", (alarm_id,)
        ).fetchall()
    return [kind for (kind,) in rows]
