"""Sensors."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from barograph.times import DAY_US, now_us
from tests.api.conftest import ProjectMaker
from tests.api.server import Person, Server
from tests.api.stored import Stored, see, store

STATES = ("registering", "active", "inactive", "decommissioned")


def test_a_sensor_shows_what_it_was_made_with(owner: Person, project: str) -> None:
    fields = {
        "key": "rig.p1",
        "name": "Inlet",
        "kind": "pressure",
        "input_unit": "V",
        "output_unit": "Pa",
        "tags": ["hot", "inlet"],
    }
    sensor = owner.made(f"/projects/{project}/sensors", fields)
    assert sensor.items() >= fields.items()
    assert sensor["status"] == "registering"
    assert sensor["connection"] == "offline"
    assert sensor["last_seen_at"] is None
    assert owner.read(f"/sensors/{sensor['id']}") == sensor


def test_a_key_is_unique_in_its_project(owner: Person, make_project: ProjectMaker) -> None:
    one, other = make_project(), make_project()
    owner.made(f"/projects/{one}/sensors", {"key": "k"})
    owner.made(f"/projects/{other}/sensors", {"key": "k"})
    answer = owner.post(f"/projects/{one}/sensors", {"key": "k"})
    assert answer.status_code == 409
    assert answer.json()["detail"] == "the project has a sensor with this key"


KEYS_LIKE_IDS = ["0190f5fe-7c00-7a00-8000-000000000001", "0190F5FE-7C00-7A00-8000-00000000000A"]


@pytest.mark.parametrize("key", KEYS_LIKE_IDS)
def test_a_key_that_could_be_an_id_is_refused(owner: Person, project: str, sensor: str, key: str) -> None:
    sensors = f"/projects/{project}/sensors"
    answers = {
        "/key": [owner.post(sensors, {"key": key}), owner.patch(f"/sensors/{sensor}", {"key": key})],
        "/sensors/1/key": [owner.post(f"{sensors}:batch", {"sensors": [{"key": "a"}, {"key": key}]})],
    }
    for pointer, refusals in answers.items():
        for refusal in refusals:
            assert refusal.status_code == 422
            assert [error["pointer"] for error in refusal.json()["errors"]] == [pointer]
    assert [item["key"] for item in owner.read(sensors)["items"]] == ["s"]


def test_a_sensor_that_has_such_a_key_from_before_can_be_changed_and_renamed(
    owner: Person, server: Server, sensor: str
) -> None:
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "update sensor set key = %s where public_id = %s", ("0" * 8 + KEYS_LIKE_IDS[0][8:], sensor)
        )
    assert owner.patch(f"/sensors/{sensor}", {"name": "Inlet"}).status_code == 200
    assert owner.patch(f"/sensors/{sensor}", {"key": "inlet"}).status_code == 200


def test_a_batch_is_made_in_the_order_given(owner: Person, project: str) -> None:
    keys = [f"k{number}" for number in (3, 1, 2)]
    batch = owner.made(f"/projects/{project}/sensors:batch", {"sensors": [{"key": key} for key in keys]})
    assert [item["key"] for item in batch["items"]] == keys


def test_a_batch_with_a_known_key_makes_nothing(owner: Person, project: str, sensor: str) -> None:
    body = {"sensors": [{"key": "new"}, {"key": "s"}]}
    assert owner.post(f"/projects/{project}/sensors:batch", body).status_code == 409
    assert [item["id"] for item in owner.read(f"/projects/{project}/sensors")["items"]] == [sensor]


@pytest.mark.parametrize(
    ("sensors", "pointer"),
    [
        ([{"key": "a"}, {"key": "a"}], "/sensors/1/key"),
        ([{"key": "a"}, {"key": ""}], "/sensors/1/key"),
        ([{"key": "a", "tags": [1]}], "/sensors/0/tags/0"),
        ([], "/sensors"),
    ],
)
def test_a_batch_says_which_of_its_sensors_is_wrong(
    owner: Person, project: str, sensors: list[dict[str, Any]], pointer: str
) -> None:
    answer = owner.post(f"/projects/{project}/sensors:batch", {"sensors": sensors})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("filters", "keys"),
    [
        ({}, ["c", "b", "a"]),
        ({"status": "inactive"}, ["b"]),
        ({"kind": "volt"}, ["b", "a"]),
        ({"key": "c"}, ["c"]),
        ({"tag": "x"}, ["b", "a"]),
        ({"tag": ["x", "y"]}, ["b"]),
        ({"q": "NAME"}, ["c"]),
        ({"q": "%"}, []),
        ({"kind": "volt", "status": "active"}, []),
    ],
)
def test_a_list_is_narrowed_by_filters(
    owner: Person, project: str, filters: dict[str, Any], keys: list[str]
) -> None:
    sensors = [
        {"key": "a", "kind": "volt", "tags": ["x"]},
        {"key": "b", "kind": "volt", "tags": ["x", "y"], "status": "inactive"},
        {"key": "c", "name": "a name"},
    ]
    owner.made(f"/projects/{project}/sensors:batch", {"sensors": sensors})
    items = owner.read(f"/projects/{project}/sensors", **filters)["items"]
    assert [item["key"] for item in items] == keys


def test_a_list_is_narrowed_to_the_sensors_of_a_run(owner: Person, project: str) -> None:
    path = f"/projects/{project}/sensors"
    made = owner.made(f"{path}:batch", {"sensors": [{"key": key, "tags": [key]} for key in "abc"]})["items"]
    experiment = owner.made(f"/projects/{project}/experiments", {"name": "e"})["id"]
    run = owner.made(f"/experiments/{experiment}/runs", {"name": "r"})["id"]
    for sensor in made[:2]:
        assert owner.send("PUT", f"/runs/{run}/sensors/{sensor['id']}").status_code == 200
    for sort in ("key", "last_seen_at"):
        first = owner.read(path, run=run, sort=sort, limit=1)
        second = owner.read(path, run=run, sort=sort, limit=1, cursor=first["next_cursor"])
        assert [each["key"] for each in first["items"] + second["items"]] == ["a", "b"]
        assert second["next_cursor"] is None
    assert [each["key"] for each in owner.read(path, run=run, tag="b")["items"]] == ["b"]
    counted = owner.read(f"{path}/facets", run=run)
    assert {each["value"]: each["count"] for each in counted["tag"]} == {"a": 1, "b": 1}


def test_a_list_of_the_sensors_of_a_run_of_another_project_is_not_there(
    owner: Person, project: str, make_project: ProjectMaker
) -> None:
    experiment = owner.made(f"/projects/{make_project()}/experiments", {"name": "e"})["id"]
    run = owner.made(f"/experiments/{experiment}/runs", {"name": "r"})["id"]
    for path in ("sensors", "sensors/facets"):
        assert owner.get(f"/projects/{project}/{path}", {"run": run}).status_code == 404


@pytest.mark.parametrize(
    ("age_s", "connection"), [(1, "online"), (15, "delayed"), (90, "offline"), (10**6, "offline")]
)
def test_a_connection_is_told_by_when_the_server_last_heard(
    server: Server, owner: Person, sensor: str, age_s: int, connection: str
) -> None:
    see(server.database_url, sensor, datetime.now(UTC) - timedelta(seconds=age_s))
    assert owner.read(f"/sensors/{sensor}")["connection"] == connection


@pytest.mark.parametrize("old", STATES)
@pytest.mark.parametrize("new", STATES)
def test_a_status_moves_along_its_ways_only(owner: Person, project: str, old: str, new: str) -> None:
    allowed = {
        "registering": {"active", "inactive", "decommissioned"},
        "active": {"inactive", "decommissioned"},
        "inactive": {"active", "decommissioned"},
        "decommissioned": {"inactive"},
    }
    sensor = owner.made(f"/projects/{project}/sensors", {"key": "k", "status": old})
    answer = owner.patch(f"/sensors/{sensor['id']}", {"status": new})
    if new == old or new in allowed[old]:
        assert answer.json()["status"] == new
    else:
        assert answer.status_code == 409
        assert f"not {new}" in answer.json()["detail"]


def test_fields_are_changed_and_cleared(owner: Person, sensor: str) -> None:
    changed = owner.patch(f"/sensors/{sensor}", {"name": "n", "tags": ["t"], "kind": "k"}).json()
    assert (changed["name"], changed["tags"], changed["kind"]) == ("n", ["t"], "k")
    cleared = owner.patch(f"/sensors/{sensor}", {"name": None, "tags": None}).json()
    assert (cleared["name"], cleared["tags"], cleared["kind"]) == ("", [], "k")


def test_a_sensor_without_readings_is_deleted(owner: Person, sensor: str) -> None:
    assert owner.delete(f"/sensors/{sensor}").status_code == 204
    assert owner.get(f"/sensors/{sensor}").status_code == 404


@pytest.mark.parametrize("age_days", [0, 3000])
def test_a_sensor_with_readings_is_decommissioned_instead(
    server: Server, owner: Person, sensor: str, age_days: int
) -> None:
    store(server.database_url, sensor, [Stored(now_us() - age_days * DAY_US, 1.0)])
    answer = owner.delete(f"/sensors/{sensor}")
    assert answer.status_code == 409
    assert "decommissioned" in answer.json()["detail"]
    assert owner.patch(f"/sensors/{sensor}", {"status": "decommissioned"}).status_code == 200


@pytest.mark.parametrize(
    ("change", "moves"), [({"status": "inactive"}, True), ({"key": "z"}, True), ({"name": "n"}, False)]
)
def test_what_ingest_must_obey_moves_the_catalog(
    server: Server, owner: Person, sensor: str, change: dict[str, str], moves: bool
) -> None:
    def version() -> int:
        with psycopg.connect(server.database_url) as connection:
            row = connection.execute(
                "select catalog_version from project join sensor on project_id = project.id"
                " where sensor.public_id = %s",
                (sensor,),
            ).fetchone()
            assert row is not None
            return row[0]

    before = version()
    assert owner.patch(f"/sensors/{sensor}", change).status_code == 200
    assert (version() > before) is moves
