"""Who may do what: every operation of the API by everybody. A new one without an entry here fails."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Literal
from uuid import uuid4

import psycopg
import pytest

from api.credentials.tokens import Tokens
from barograph.identity.signing_keys import SigningKey, SigningKeys
from tests.api.conftest import People, project_of
from tests.api.operations import Operation, operations
from tests.api.server import SIGNING_KEY, Person, Server
from tests.api.world import World, furnish

MinRole = Literal["public", "account", "viewer", "editor", "owner", "admin"]
MIN_ROLE: dict[str, MinRole] = {
    "GET /auth/registration": "public",
    "POST /auth/register": "public",
    "POST /auth/login": "public",
    "POST /auth/refresh": "public",
    "POST /auth/logout": "public",
    "GET /auth/me": "account",
    "PATCH /auth/me": "account",
    "POST /auth/password": "account",
    "POST /auth/login:verify": "public",
    "POST /session:verify": "public",
    "GET /auth/factors": "account",
    "POST /auth/factors": "account",
    "POST /auth/factors/{factor_id}:confirm": "account",
    "POST /auth/factors/{factor_id}:remove": "account",
    "POST /auth/recovery-codes": "account",
    "GET /auth/sessions": "account",
    "DELETE /auth/sessions": "account",
    "DELETE /auth/sessions/{session_id}": "account",
    "POST /auth/password-reset": "public",
    "POST /auth/password-reset:confirm": "public",
    "POST /session": "public",
    "GET /session": "account",
    "DELETE /session": "public",
    "GET /users": "admin",
    "GET /users/{user_id}": "admin",
    "POST /users/{user_id}:deactivate": "admin",
    "POST /users/{user_id}:reactivate": "admin",
    "POST /users/{user_id}:require-password-change": "admin",
    "POST /users/{user_id}:reset-link": "admin",
    "POST /users/{user_id}:reset-factors": "admin",
    "GET /service-accounts": "account",
    "POST /service-accounts": "account",
    "GET /service-accounts/{service_account_id}": "owner",
    "DELETE /service-accounts/{service_account_id}": "owner",
    "POST /service-accounts/{service_account_id}:rotate": "owner",
    "POST /invitations:accept": "account",
    "DELETE /invitations/{invitation_id}": "owner",
    "GET /projects/{project_id}/invitations": "owner",
    "POST /projects/{project_id}/invitations": "owner",
    "GET /projects/{project_id}/members": "viewer",
    "POST /projects/{project_id}/members": "owner",
    "PUT /projects/{project_id}/members/{user_id}": "owner",
    "DELETE /projects/{project_id}/members/{user_id}": "owner",
    "GET /projects": "account",
    "POST /projects": "account",
    "GET /projects/{project_id}": "viewer",
    "PATCH /projects/{project_id}": "owner",
    "DELETE /projects/{project_id}": "owner",
    "GET /audit": "admin",
    "GET /projects/{project_id}/backfills": "viewer",
    "POST /projects/{project_id}/backfills": "editor",
    "GET /backfills/{backfill_id}": "viewer",
    "POST /backfills/{backfill_id}:pause": "editor",
    "POST /backfills/{backfill_id}:resume": "editor",
    "POST /backfills/{backfill_id}:cancel": "editor",
    "POST /backfills/{backfill_id}:undo": "editor",
    "GET /projects/{project_id}/audit": "viewer",
    "GET /projects/{project_id}/usage": "editor",
    "GET /projects/{project_id}/experiments": "viewer",
    "POST /projects/{project_id}/experiments": "editor",
    "GET /experiments/{experiment_id}": "viewer",
    "PATCH /experiments/{experiment_id}": "editor",
    "DELETE /experiments/{experiment_id}": "editor",
    "GET /experiments/{experiment_id}/history": "viewer",
    "GET /experiments/{experiment_id}/runs": "viewer",
    "POST /experiments/{experiment_id}/runs": "editor",
    "GET /projects/{project_id}/runs": "viewer",
    "POST /projects/{project_id}/runs:batch-status": "editor",
    "POST /projects/{project_id}/runs:bulk-tags": "editor",
    "GET /runs/{run_id}": "viewer",
    "PATCH /runs/{run_id}": "editor",
    "DELETE /runs/{run_id}": "editor",
    "GET /runs/{run_id}/history": "viewer",
    "GET /projects/{project_id}/measures": "viewer",
    "POST /projects/{project_id}/measures": "editor",
    "POST /projects/{project_id}/measures:preview": "viewer",
    "GET /measures/{measure_id}": "viewer",
    "PATCH /measures/{measure_id}": "editor",
    "DELETE /measures/{measure_id}": "editor",
    "GET /runs/{run_id}/measures": "viewer",
    "POST /runs/{run_id}/metrics": "editor",
    "GET /runs/{run_id}/metrics": "viewer",
    "GET /runs/{run_id}/metrics/summary": "viewer",
    "GET /runs/{run_id}/metrics/aggregate": "viewer",
    "GET /runs/{run_id}/overview": "viewer",
    "GET /runs/{run_id}/sensors": "viewer",
    "PUT /runs/{run_id}/sensors/{sensor_id}": "editor",
    "DELETE /runs/{run_id}/sensors/{sensor_id}": "editor",
    "GET /runs/{run_id}/capture-sessions": "viewer",
    "GET /projects/{project_id}/capture-sessions": "viewer",
    "POST /runs/{run_id}/capture-sessions": "editor",
    "GET /capture-sessions/{capture_session_id}": "viewer",
    "PATCH /capture-sessions/{capture_session_id}": "editor",
    "DELETE /capture-sessions/{capture_session_id}": "editor",
    "POST /capture-sessions/{capture_session_id}:start": "editor",
    "POST /capture-sessions/{capture_session_id}:stop": "editor",
    "GET /capture-sessions/{capture_session_id}/history": "viewer",
    "GET /capture-sessions/{capture_session_id}/readings": "viewer",
    "GET /capture-sessions/{capture_session_id}/sensors": "viewer",
    "GET /projects/{project_id}/sensors": "viewer",
    "POST /projects/{project_id}/sensors": "editor",
    "POST /projects/{project_id}/sensors:batch": "editor",
    "GET /sensors/{sensor_id}": "viewer",
    "PATCH /sensors/{sensor_id}": "editor",
    "DELETE /sensors/{sensor_id}": "editor",
    "GET /sensors/{sensor_id}/limits": "viewer",
    "POST /sensors/{sensor_id}/limits": "editor",
    "GET /limits/{limit_id}": "viewer",
    "DELETE /limits/{limit_id}": "editor",
    "GET /projects/{project_id}/alarms": "viewer",
    "GET /alarms/{alarm_id}": "viewer",
    "POST /alarms/{alarm_id}:acknowledge": "editor",
    "GET /projects/{project_id}/excursions": "viewer",
    "GET /sensors/{sensor_id}/readings": "viewer",
    "GET /sensors/{sensor_id}/timeline": "viewer",
    "GET /sensors/{sensor_id}/conversion-profiles": "viewer",
    "POST /sensors/{sensor_id}/conversion-profiles": "editor",
    "GET /conversion-profiles/{profile_id}": "viewer",
    "POST /conversion-profiles/{profile_id}:activate": "editor",
    "POST /conversion-profiles/{profile_id}:deprecate": "editor",
    "POST /conversion-profiles:evaluate": "account",
    "POST /conversion-profiles:fit": "account",
    "POST /conversion-profiles:import": "account",
    "GET /conversion-kinds": "account",
    "GET /projects/{project_id}/imports": "editor",
    "POST /projects/{project_id}/imports": "editor",
    "GET /imports/{import_id}": "editor",
    "PUT /imports/{import_id}/content": "editor",
    "POST /imports/{import_id}:preview": "editor",
    "POST /imports/{import_id}:start": "editor",
    "POST /imports/{import_id}:pause": "editor",
    "POST /imports/{import_id}:resume": "editor",
    "POST /imports/{import_id}:cancel": "editor",
    "POST /imports/{import_id}:undo": "editor",
    "GET /projects/{project_id}/ingest-tokens": "editor",
    "POST /projects/{project_id}/ingest-tokens": "editor",
    "DELETE /ingest-tokens/{token_id}": "editor",
    "POST /ingest-tokens/{token_id}:rotate": "editor",
    "GET /projects/{project_id}/webhooks": "owner",
    "POST /projects/{project_id}/webhooks": "owner",
    "GET /webhooks/{webhook_id}": "owner",
    "PATCH /webhooks/{webhook_id}": "owner",
    "DELETE /webhooks/{webhook_id}": "owner",
    "POST /webhooks/{webhook_id}:rotate-secret": "owner",
    "POST /webhooks/{webhook_id}:test": "owner",
    "GET /webhooks/{webhook_id}/deliveries": "owner",
    "POST /deliveries/{delivery_id}:redeliver": "owner",
    "GET /projects/{project_id}/annotations": "viewer",
    "POST /projects/{project_id}/annotations": "editor",
    "GET /annotations/{annotation_id}": "viewer",
    "PATCH /annotations/{annotation_id}": "editor",
    "DELETE /annotations/{annotation_id}": "editor",
    "GET /projects/{project_id}/views": "viewer",
    "POST /projects/{project_id}/views": "viewer",
    "GET /views/{view_id}": "viewer",
    "PATCH /views/{view_id}": "viewer",
    "DELETE /views/{view_id}": "viewer",
    # Of whatever it names: see tests/api/comparisons.
    "POST /comparisons": "account",
    "GET /projects/{project_id}/comparisons": "viewer",
    "POST /projects/{project_id}/comparisons": "editor",
    "GET /comparisons/{comparison_id}": "viewer",
    "PATCH /comparisons/{comparison_id}": "editor",
    "DELETE /comparisons/{comparison_id}": "editor",
    "GET /comparisons/{comparison_id}/answer": "viewer",
    "POST /runs/{run_id}/artifacts": "editor",
    "GET /runs/{run_id}/artifacts": "viewer",
    "GET /projects/{project_id}/artifacts": "viewer",
    "GET /projects/{project_id}/artifact-room": "viewer",
    "GET /artifacts/{artifact_id}": "viewer",
    "PUT /artifacts/{artifact_id}/content": "editor",
    "GET /artifacts/{artifact_id}/content": "viewer",
    "GET /artifacts/{artifact_id}/preview": "viewer",
    "POST /artifacts/{artifact_id}:parts": "editor",
    "POST /artifacts/{artifact_id}:complete": "editor",
    "POST /artifacts/{artifact_id}:approve": "editor",
    "POST /artifacts/{artifact_id}:reject": "editor",
    "DELETE /artifacts/{artifact_id}": "editor",
    "GET /projects/{project_id}/events": "viewer",
    "GET /projects/{project_id}/runs/facets": "viewer",
    "GET /projects/{project_id}/experiments/facets": "viewer",
    "GET /projects/{project_id}/sensors/facets": "viewer",
    "GET /search": "account",
    "GET /system": "admin",
    "GET /series": "viewer",
    "GET /readings/export": "viewer",
    "GET /runs/{run_id}/export": "viewer",
    "GET /projects/{project_id}/exports": "viewer",
    "POST /projects/{project_id}/exports": "viewer",
    "GET /exports/{export_id}": "viewer",
    "POST /exports/{export_id}:cancel": "editor",
    "GET /exports/{export_id}/content": "viewer",
    "GET /live": "viewer",
    "GET /events": "viewer",
    "GET /projects/{project_id}/producers": "viewer",
    "GET /producers/{producer_id}": "viewer",
    "GET /projects/{project_id}/rejected-readings": "viewer",
    "GET /projects/{project_id}/rejected-readings/summary": "viewer",
    "POST /projects/{project_id}/rejected-readings:replay": "editor",
}
RANK = {"viewer": 1, "editor": 2, "owner": 3, "admin": 4}
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def viewer_id(people: People) -> str:
    return people.viewer.read("/auth/me")["id"]


@pytest.fixture
def world(
    request: pytest.FixtureRequest, server: Server, people: People, viewer_id: str, operation: Operation
) -> World:
    """One that is the test's own, unless the operation changes nothing, or refuses an unknown field."""
    if operation.method == "GET" or operation.takes_json:
        world = request.getfixturevalue("standing_world")
    else:
        world = furnish(server, people.owner, project_of(server, people))
    return replace(world, user_id=viewer_id)


def call(person: Person, operation: Operation, world: World) -> int:
    """The status. What is allowed gets as far as a bad body or a stale version, or does no harm."""
    path = operation.path.format_map(vars(world))
    params = (
        {"sensor": world.sensor_id} if operation.path in {"/series", "/live", "/readings/export"} else None
    )
    if operation.path == "/live":
        params = {"sensor": world.sensor_id, "window": "for ever"}  # whose stream would not end
    if operation.path == "/events":
        params = {"project": world.project_id, "since": "no id"}  # likewise
    body = {"unknown field": 1} if operation.method in {"POST", "PUT", "PATCH"} else None
    return person.send(operation.method, path, body, {"If-Match": '"0"'}, params).status_code


def test_every_operation_states_who_may_call_it() -> None:
    assert sorted(MIN_ROLE) == sorted(map(str, operations()))


@contextmanager
def scripting(server: Server, owner: Person, project_id: str) -> Generator[Person]:
    """A service account of the project."""
    body = {"project_id": project_id, "name": "script", "role": "editor"}
    with server.client(owner.made("/service-accounts", body)["token"]) as client:
        yield Person("", client)


@pytest.fixture(scope="module")
def standing_script(server: Server, people: People, standing_world: World) -> Generator[Person]:
    with scripting(server, people.owner, standing_world.project_id) as script:
        yield script


@pytest.fixture
def script(
    request: pytest.FixtureRequest, server: Server, owner: Person, world: World, standing_world: World
) -> Generator[Person]:
    """Of the project that the test looks at."""
    if world.project_id == standing_world.project_id:
        yield request.getfixturevalue("standing_script")
        return
    with scripting(server, owner, world.project_id) as script:
        yield script


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_an_operation_is_open_to_whom_it_should_be_and_to_nobody_else(
    people: People, script: Person, world: World, operation: Operation
) -> None:
    min_role = MIN_ROLE[str(operation)]
    assert (call(people.nobody, operation, world) == 401) is (min_role != "public")
    if min_role not in RANK:
        return
    assert call(people.outsider, operation, world) == (403 if min_role == "admin" else 404)
    callers = {name: (getattr(people, name), rank) for name, rank in RANK.items()}
    for name, (person, rank) in (callers | {"script": (script, RANK["editor"])}).items():
        status = call(person, operation, world)
        assert (status == 403) is (rank < RANK[min_role]), name
        assert status not in {401, 404, 500, 503}, name
        assert status >= 400 or not operation.takes_json, name  # else it changes what other tests look at


@pytest.mark.parametrize("operation", [o for o in operations() if "{" in o.path], ids=str)
def test_what_does_not_exist_looks_like_what_is_strangers(people: People, operation: Operation) -> None:
    nothing = World(*[UNKNOWN] * len(fields(World)))
    assert call(people.admin, operation, nothing) == 404


@pytest.fixture(scope="module")
def spent(server: Server, people: People) -> Generator[dict[str, Person]]:
    """Whose tokens held until a moment ago."""
    # Made again where other tests are run between the module's.
    gone = server.person(f"{uuid4()}@example.org")
    project = gone.made("/projects", {"name": "theirs"})["id"]
    body = {"project_id": project, "name": "ci", "role": "owner"}
    revoked = gone.made("/service-accounts", body)
    past = gone.made("/service-accounts", body)
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "update service_account set expires_at = '2026-01-01' where account_id = %s", (past["id"],)
        )
    gone.delete(f"/service-accounts/{revoked['id']}")
    ended = server.log_in(people.owner.email)
    server.post("/auth/logout", {"refresh_token": ended["refresh_token"]})
    tokens = {
        "deactivated": gone.client.headers["authorization"].removeprefix("Bearer "),
        "logged out": ended["access_token"],
        "expired": expired(server.log_in(people.owner.email)["access_token"]),
        "revoked service account": revoked["token"],
        "expired service account": past["token"],
    }
    people.admin.made(f"/users/{gone.read('/auth/me')['id']}:deactivate")
    spent = {name: Person(name, server.client(token)) for name, token in tokens.items()}
    yield spent
    for person in (gone, *spent.values()):
        person.client.close()


def expired(access_token: str) -> str:
    """The same claims, as signed some time ago."""
    key = SigningKeys([SigningKey(SIGNING_KEY.encode())])
    return Tokens(key, -1).sign_access(*Tokens(key, 60).read_access(access_token))


@pytest.mark.parametrize("operation", [o for o in operations() if MIN_ROLE[str(o)] != "public"], ids=str)
def test_tokens_that_are_over_open_nothing(spent: dict[str, Person], operation: Operation) -> None:
    nothing = World(*[UNKNOWN] * len(fields(World)))
    for name, person in spent.items():
        assert call(person, operation, nothing) == 401, name
