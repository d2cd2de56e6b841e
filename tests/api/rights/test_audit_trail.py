"""The audit trail: every change leaves an entry in its own transaction, for the right people to read."""

import ast
import re
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.app import RESOURCES
from barograph.identity.audit_actions import AUDIT_ACTIONS
from barograph.times import format_us, now_us
from tests.api.conftest import People, ProjectMaker
from tests.api.operations import PREFIX
from tests.api.server import Person, Server, serving

ROOT = Path(__file__).parents[3]
LINEAR = {"kind": "linear", "payload": {"slope": 2, "offset": 1}}
# Those that change nothing.
UNCHANGING = {
    "POST /comparisons",
    "POST /conversion-profiles:evaluate",
    "POST /conversion-profiles:fit",
    "POST /conversion-profiles:import",
    "POST /imports/{import_id}:preview",
    "POST /projects/{project_id}/measures:preview",
}


def entries(person: Person, project: str, **filters: str) -> list[dict[str, Any]]:
    return person.read(f"/projects/{project}/audit", **filters)["items"]


def names(dependant: Dependant) -> set[str]:
    """Everything a route depends upon."""
    own = {getattr(dependant.call, "__name__", "")}
    return own.union(*(names(inner) for inner in dependant.dependencies))


def test_every_operation_that_changes_something_takes_a_trail() -> None:
    without = {
        f"{method} {route.path.removeprefix(PREFIX).replace(':uuid', '')}"
        for resource in RESOURCES
        for route in resource.router.routes
        if isinstance(route, APIRoute)
        for method in set(route.methods or ()) - {"GET", "HEAD"}
        if not {"_trail", "_trail_later"} & names(route.dependant)
    }
    assert without == UNCHANGING


def test_an_entry_says_who_did_what_to_what(people: People, project: str, sensor: str) -> None:
    me = people.editor.read("/auth/me")
    answer = people.editor.patch(f"/sensors/{sensor}", {"name": "new", "kind": ""})
    (entry,) = entries(people.owner, project, action="sensor.change")
    assert entry | {"at": None, "number": 0} == {
        "number": 0,
        "at": None,
        "project_id": project,
        "actor": me["id"],
        "actor_name": people.editor.email,
        "role": "editor",
        "action": "sensor.change",
        "kind": "sensor",
        "subject_id": sensor,
        "before": {"name": ""},
        "after": {"name": "new"},
        "request_id": answer.headers["x-request-id"],
        "address": "127.0.0.1",
    }


def test_what_is_created_and_deleted_stands_there_whole(owner: Person, project: str) -> None:
    made = owner.made(f"/projects/{project}/sensors", {"key": "k"})
    owner.delete(f"/sensors/{made['id']}")
    deleted, created = entries(owner, project, subject=made["id"])
    assert (created["before"], created["after"]["key"], created["after"]["id"]) == (None, "k", made["id"])
    assert (deleted["before"]["key"], deleted["after"]) == ("k", None)


def test_every_kind_of_change_leaves_its_entry(owner: Person, project: str) -> None:
    sensors = owner.made(f"/projects/{project}/sensors:batch", {"sensors": [{"key": "a"}, {"key": "b"}]})
    sensor = sensors["items"][0]["id"]
    profile = owner.made(f"/sensors/{sensor}/conversion-profiles", LINEAR)["id"]
    owner.made(f"/conversion-profiles/{profile}:activate")
    owner.made(f"/conversion-profiles/{profile}:deprecate")
    token = owner.made(f"/projects/{project}/ingest-tokens", {"name": "rig"})["id"]
    rotated = owner.made(f"/ingest-tokens/{token}:rotate")["id"]
    owner.delete(f"/ingest-tokens/{rotated}")
    owner.made(f"/projects/{project}/rejected-readings:replay")
    owner.patch(f"/projects/{project}", {"description": "d"})
    trail = [(entry["action"], entry["subject_id"]) for entry in reversed(entries(owner, project))]
    assert trail == [
        ("project.create", project),
        ("sensor.create", sensor),
        ("sensor.create", sensors["items"][1]["id"]),
        ("conversion-profile.create", profile),
        ("conversion-profile.activate", profile),
        ("conversion-profile.deprecate", profile),
        ("ingest-token.create", token),
        ("ingest-token.rotate", token),
        ("ingest-token.revoke", rotated),
        ("rejected-reading.replay", None),
        ("project.change", project),
    ]


def test_an_activation_shows_the_timeline_before_and_after(owner: Person, project: str, sensor: str) -> None:
    profile = owner.made(f"/sensors/{sensor}/conversion-profiles", LINEAR)["id"]
    owner.made(f"/conversion-profiles/{profile}:activate")
    (entry,) = entries(owner, project, action="conversion-profile.activate")
    assert entry["before"] == {"timeline": []}
    assert [piece["profile_id"] for piece in entry["after"]["timeline"]] == [profile]


def test_what_is_shown_once_is_not_in_the_trail(server: Server, owner: Person, project: str) -> None:
    token = owner.made(f"/projects/{project}/ingest-tokens", {"name": "rig"})
    rotated = owner.made(f"/ingest-tokens/{token['id']}:rotate")
    with psycopg.connect(server.database_url) as connection:
        rows = connection.execute("select before, after from audit_entry").fetchall()
    assert token["token"] not in str(rows)
    assert rotated["token"] not in str(rows)


def test_what_fails_leaves_no_entry(owner: Person, project: str, sensor: str) -> None:
    before = entries(owner, project)
    assert owner.post(f"/projects/{project}/sensors", {"key": "s"}).status_code == 409
    assert owner.patch(f"/sensors/{sensor}", {"key": "t"}, {"If-Match": '"9"'}).status_code == 412
    assert entries(owner, project) == before


def test_a_deleted_project_leaves_its_trail_to_admins(people: People, project: str) -> None:
    people.owner.delete(f"/projects/{project}")
    trail = people.admin.read("/audit", subject=project)["items"]
    assert [(entry["action"], entry["project_id"]) for entry in trail] == [
        ("project.delete", None),
        ("project.create", None),
    ]


def test_admins_read_what_belongs_to_no_project(server: Server, people: People) -> None:
    with server.client() as client:
        credentials = {"email": people.viewer.email, "password": "wrong"}
        request_id = client.post("/auth/login", json=credentials).headers["x-request-id"]
    (entry,) = people.admin.read("/audit", request_id=request_id)["items"]
    assert (entry["action"], entry["project_id"]) == ("account.log-in-failed", None)
    assert entry["address"] == "127.0.0.1"


def test_filters_narrow_the_trail(people: People, project: str, sensor: str) -> None:
    start = format_us(now_us())
    answer = people.editor.patch(f"/sensors/{sensor}", {"name": "n"})
    editor = people.editor.read("/auth/me")["id"]
    people.owner.made(f"/projects/{project}/sensors", {"key": "other"})
    changed = entries(people.owner, project, action="sensor.change")
    assert len(changed) == 1
    for filters in (
        {"actor": editor},
        {"subject": sensor, "from": start},
        {"request_id": answer.headers["x-request-id"]},
        {"kind": "sensor", "from": start, "actor": editor},
        {"from": changed[0]["at"], "action": "sensor.change"},
    ):
        assert entries(people.owner, project, **filters) == changed, filters
    for filters in ({"to": changed[0]["at"], "actor": editor}, {"action": "sensor.delete"}, {"kind": "run"}):
        assert entries(people.owner, project, **filters) == [], filters


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"action": "run.chagne"}, "there is no action 'run.chagne'. Did you mean 'run.change'"),
        ({"action": "run"}, "there is no action 'run'. There are run.bind-sensor, run.change, run.create"),
        ({"action": "thermocouples"}, "One begins with a kind: access, account"),
        ({"kind": "runs"}, "there is no kind 'runs'. Did you mean 'run'?"),
        ({"kind": "xyz"}, "there is no kind 'xyz'. There are access, account"),
    ],
)
def test_an_action_or_a_kind_that_there_is_not_is_refused(
    owner: Person, project: str, filters: dict[str, str], said: str
) -> None:
    answer = owner.get(f"/projects/{project}/audit", filters)
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["pointer"]) == (422, f"/query/{next(iter(filters))}")
    assert said in fault["detail"]


def test_what_the_trail_never_knew_finds_nothing(owner: Person, project: str) -> None:
    """It outlives what it tells of, so that nobody can say that a subject was never there."""
    assert entries(owner, project, subject="00000000-0000-4000-8000-000000000000") == []
    assert entries(owner, project, request_id="none") == []


def test_the_actions_are_those_that_are_written() -> None:
    sources = [*(ROOT / "api").rglob("*.py"), *(ROOT / "barograph" / "database").rglob("*.py")]
    texts = [path.read_text() for path in [*sources, *(ROOT / "sql").rglob("*.sql")]]
    quoted = set(re.findall(r"""["']([a-z-]+\.[a-z-]+)["']""", "\n".join(texts)))
    put_together = {f"backfill.{act}" for act in ("pause", "resume", "cancel", "undo")}
    put_together |= {"capture-session.start", "capture-session.stop"}
    assert AUDIT_ACTIONS - quoted - put_together == {"member.add"}
    assert recorded_actions() <= AUDIT_ACTIONS


def recorded_actions() -> set[str]:
    """What is given to a trail as it stands."""
    return {
        call.args[1].value
        for path in (ROOT / "api").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"record", "record_all"}
        and len(call.args) > 1
        and isinstance(call.args[1], ast.Constant)
        and isinstance(call.args[1].value, str)
    }


def test_a_trail_is_read_in_pages(owner: Person, project: str) -> None:
    for number in range(5):
        owner.made(f"/projects/{project}/sensors", {"key": f"k{number}"})
    first = owner.read(f"/projects/{project}/audit", limit=4)
    rest = owner.read(f"/projects/{project}/audit", limit=4, cursor=first["next_cursor"])
    assert first["items"] + rest["items"] == entries(owner, project)
    assert rest["next_cursor"] is None


def test_addresses_are_shown_to_owners(people: People, project: str) -> None:
    assert {entry["address"] for entry in entries(people.owner, project)} == {"127.0.0.1"}
    assert {entry["address"] for entry in entries(people.editor, project)} == {None}


def test_formulas_are_hidden_from_whoever_may_not_see_raw_values(
    people: People, make_project: ProjectMaker
) -> None:
    project = make_project(raw_access="editors")
    sensor = people.owner.made(f"/projects/{project}/sensors", {"key": "s"})["id"]
    people.owner.made(f"/sensors/{sensor}/conversion-profiles", LINEAR)
    (seen,) = entries(people.viewer, project, kind="conversion-profile")
    assert seen["after"]["number"] == 1
    assert "payload" not in seen["after"]
    assert "content_hash" not in seen["after"]
    (seen,) = entries(people.editor, project, kind="conversion-profile")
    assert seen["after"]["payload"] == LINEAR["payload"]


@pytest.mark.parametrize("parameters", [{"from": "yesterday"}, {"actor": "me"}, {"colour": "red"}])
def test_a_filter_that_makes_no_sense_is_refused(
    owner: Person, project: str, parameters: dict[str, str]
) -> None:
    assert owner.get(f"/projects/{project}/audit", parameters).status_code == 422


def test_the_trail_shows_no_role_what_routes_refuse_it(people: People, project: str) -> None:
    people.owner.made(f"/projects/{project}/invitations", {"role": "viewer", "email": "ada@example.org"})
    people.owner.made("/service-accounts", {"project_id": project, "name": "ci", "role": "viewer"})
    people.owner.made(f"/projects/{project}/ingest-tokens", {"name": "rig", "producers": ["rig-7"]})
    people.owner.made(f"/projects/{project}/imports", {"file_name": "secret.csv", "size_bytes": 10})
    kinds = {"invitation", "service-account", "ingest-token", "import"}
    seen = {
        person: {entry["kind"] for entry in entries(person, project) if entry["after"]} & kinds
        for person in (people.viewer, people.editor, people.owner)
    }
    assert list(seen.values()) == [set(), {"ingest-token", "import"}, kinds]
    assert {entry["kind"] for entry in entries(people.viewer, project)} > kinds
    assert "ada@example.org" not in people.viewer.get(f"/projects/{project}/audit").text


def test_what_a_role_does_not_allow_is_noted_once_in_a_while(
    people: People, project: str, sensor: str
) -> None:
    for _ in range(3):
        assert people.viewer.delete(f"/sensors/{sensor}").status_code == 403
    assert people.viewer.patch(f"/sensors/{sensor}", {"name": "new"}).status_code == 403
    found = entries(people.owner, project, action="access.refuse")
    tried = [(entry["actor_name"], entry["role"], entry["after"]["operation"]) for entry in found]
    path = "/api/v1/sensors/{sensor_id:uuid}"
    assert tried == [
        (people.viewer.email, "viewer", f"PATCH {path}"),
        (people.viewer.email, "viewer", f"DELETE {path}"),
    ]
    assert {entry["subject_id"] for entry in found} == {sensor}


def test_what_is_for_admins_is_noted_too(people: People, newcomer: Person) -> None:
    for _ in range(2):
        assert newcomer.get("/users").status_code == 403
    actor = newcomer.read("/auth/me")["id"]
    (entry,) = people.admin.read("/audit", actor=actor, action="access.refuse")["items"]
    assert entry["after"] == {"operation": "GET /api/v1/users"}


def test_strangers_leave_no_trace_in_a_projects_trail(people: People, project: str, sensor: str) -> None:
    assert people.outsider.delete(f"/sensors/{sensor}").status_code == 404
    assert entries(people.owner, project, action="access.refuse") == []


def test_failed_log_ins_of_one_address_end_in_the_trail_without_redis_too(
    server: Server, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.app.MAX_FAILURES_NOTED", 2)
    with serving(server.database_url) as few:
        for address in ("192.0.2.1",) * 4 + ("192.0.2.2",):
            few.try_log_in("flood@example.org", "wrong", address)
    items = people.admin.read("/audit", action="account.log-in-failed")["items"]
    flood = [entry["address"] for entry in items if entry["after"]["email"] == "flood@example.org"]
    assert flood == ["192.0.2.2", "192.0.2.1", "192.0.2.1"]
