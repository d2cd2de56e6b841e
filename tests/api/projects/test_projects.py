"""Projects."""

import base64
from typing import Any

import psycopg
import pytest

from barograph.catalog.sensor_key_template import DEFAULT
from barograph.times import now_us
from tests.api.conftest import People, ProjectMaker
from tests.api.server import Person, Server
from tests.api.stored import Stored, store

HOUR_US = 3600 * 10**6


def test_a_project_is_its_creators(owner: Person) -> None:
    project = owner.made("/projects", {"name": "stand"})
    assert project["role"] == "owner"
    assert project["version"] == 1
    assert owner.read(f"/projects/{project['id']}") == project


def test_a_list_holds_only_the_callers_projects(people: People, project: str) -> None:
    def listed(person: Person) -> set[str]:
        return {item["id"] for item in person.read("/projects", limit=500)["items"]}

    assert project in listed(people.viewer)
    assert project in listed(people.admin)
    assert project not in listed(people.outsider)


def test_a_member_sees_their_role(people: People, project: str) -> None:
    assert people.viewer.read(f"/projects/{project}")["role"] == "viewer"
    assert people.admin.read(f"/projects/{project}")["role"] == "owner"


def test_pages_go_on_where_the_last_one_ended_whatever_is_added_meanwhile(server: Server) -> None:
    person = server.person("pages@example.org")
    made = [person.made("/projects", {"name": str(number)})["id"] for number in range(5)]
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = person.read("/projects", limit=2, **cursor)
        seen += [item["id"] for item in page["items"]]
        person.made("/projects", {"name": "later"})
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == made[::-1]
    person.client.close()


@pytest.mark.parametrize("position", [b"", b"x", b"{}", b"[]", b"[-1]", b"[1e30]", b'["a"]', b"[1,2]"])
def test_a_cursor_of_something_else_is_refused(owner: Person, position: bytes) -> None:
    cursor = base64.urlsafe_b64encode(position).decode()
    answer = owner.get("/projects", {"cursor": cursor})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/query/cursor"


def test_a_patch_changes_what_it_names_and_null_clears(owner: Person, project: str) -> None:
    changed = owner.patch(f"/projects/{project}", {"description": "long", "raw_access": "editors"}).json()
    assert (changed["description"], changed["raw_access"]) == ("long", "editors")
    cleared = owner.patch(f"/projects/{project}", {"description": None, "raw_access": None}).json()
    assert (cleared["description"], cleared["raw_access"]) == ("", "members")
    assert cleared["name"] == changed["name"]


def test_an_empty_patch_changes_nothing_else(owner: Person, project: str) -> None:
    before = owner.read(f"/projects/{project}")
    after = owner.patch(f"/projects/{project}", {}).json()
    changing = {"version", "updated_at"}
    assert {k: v for k, v in after.items() if k not in changing} == {
        k: v for k, v in before.items() if k not in changing
    }


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": None}, "/name"),
        ({"name": ""}, "/name"),
        ({"name": 5}, "/name"),
        ({"nome": "x"}, "/nome"),
        ({"nome": None}, "/nome"),
        ({"raw_access": "all"}, "/raw_access"),
        ({"max_age_s": 59}, "/max_age_s"),
        ({"max_age_s": 10**30}, "/max_age_s"),
    ],
)
def test_what_a_post_would_refuse_a_patch_refuses(
    owner: Person, project: str, body: dict[str, Any], pointer: str
) -> None:
    answer = owner.patch(f"/projects/{project}", body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_a_change_raises_version_and_etag(owner: Person, project: str) -> None:
    answer = owner.patch(f"/projects/{project}", {"name": "new"}, headers={"If-Match": '"1"'})
    assert answer.json()["version"] == 2
    assert answer.headers["etag"].startswith('"2.')


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("etag", ['"7"', '"x"', "1"])
def test_a_change_of_another_version_is_refused(owner: Person, project: str, method: str, etag: str) -> None:
    body = {"name": "new"} if method == "PATCH" else None
    answer = owner.send(method, f"/projects/{project}", body, {"If-Match": etag})
    assert answer.status_code == 412
    assert owner.read(f"/projects/{project}")["version"] == 1


@pytest.mark.parametrize("etag", ['"1"', "*", '"0", "1"', 'W/"1"'])
def test_a_change_of_the_expected_version_is_made(owner: Person, project: str, etag: str) -> None:
    answer = owner.patch(f"/projects/{project}", {"name": "new"}, headers={"If-Match": etag})
    assert answer.status_code == 200


def test_changing_the_age_of_readings_moves_the_catalog(server: Server, owner: Person, project: str) -> None:
    def version() -> int:
        with psycopg.connect(server.database_url) as connection:
            row = connection.execute(
                "select catalog_version from project where public_id = %s", (project,)
            ).fetchone()
            assert row is not None
            return row[0]

    before = version()
    owner.patch(f"/projects/{project}", {"name": "other"})
    assert version() == before
    owner.patch(f"/projects/{project}", {"max_age_s": 3600})
    assert version() == before + 1


def test_a_project_without_readings_is_deleted_with_what_describes_it(
    owner: Person, project: str, sensor: str
) -> None:
    assert owner.delete(f"/projects/{project}").status_code == 204
    assert owner.get(f"/projects/{project}").status_code == 404
    assert owner.get(f"/sensors/{sensor}").status_code == 404


def test_a_project_with_readings_is_not_deleted(
    server: Server, owner: Person, project: str, sensor: str
) -> None:
    store(server.database_url, sensor, [Stored(now_us() - 24 * HOUR_US, 1.0)])
    answer = owner.delete(f"/projects/{project}")
    assert answer.status_code == 409
    assert "readings" in answer.json()["detail"]


def test_projects_may_bear_the_same_name(make_project: ProjectMaker) -> None:
    assert make_project(name="twin") != make_project(name="twin")


def test_a_project_says_how_long_it_keeps_what(owner: Person, project: str) -> None:
    path = f"/projects/{project}"
    kept = owner.patch(path, {"raw_keep_days": 30, "rollup_keep_days": 365}).json()
    assert (kept["raw_keep_days"], kept["rollup_keep_days"], kept["raw_from"]) == (30, 365, None)
    cleared = owner.patch(path, {"raw_keep_days": None, "rollup_keep_days": None}).json()
    assert (cleared["raw_keep_days"], cleared["rollup_keep_days"]) == (None, None)


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        ({"raw_keep_days": 0}, "raw_keep_days"),
        ({"raw_keep_days": 36_526}, "raw_keep_days"),
        ({"raw_keep_days": 30, "rollup_keep_days": 29}, "rollup_keep_days"),
        ({"rollup_keep_days": 29}, "rollup_keep_days"),
    ],
)
def test_statistics_are_kept_no_shorter_than_readings(
    owner: Person, project: str, patch: dict[str, int], field: str
) -> None:
    answer = owner.patch(f"/projects/{project}", patch)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [f"/{field}"]


def test_a_projects_name_is_one_line(owner: Person) -> None:
    assert owner.made("/projects", {"name": " Turbine\n\x07 stand\u202e "})["name"] == "Turbine stand"
    assert owner.post("/projects", {"name": "\n\u200b"}).status_code == 422


def test_a_project_says_how_keys_are_made_of_line_protocol(owner: Person, project: str) -> None:
    path = f"/projects/{project}"
    before = owner.read(path)
    assert (before["sensor_key_template"], before["register_sensors_up_to"]) == (DEFAULT, 0)
    wanted = {"sensor_key_template": "{tag:rig}/{field}", "register_sensors_up_to": 500}
    changed = owner.patch(path, wanted).json()
    assert {name: changed[name] for name in wanted} == wanted
    assert owner.patch(path, {"sensor_key_template": None}).json()["sensor_key_template"] == DEFAULT


@pytest.mark.parametrize("template", ["", "p1", "{fields}", "{field", "}{field}", "{tag:}", "{}"])
def test_a_template_that_makes_no_keys_is_refused(owner: Person, project: str, template: str) -> None:
    answer = owner.patch(f"/projects/{project}", {"sensor_key_template": template})
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/sensor_key_template"]
