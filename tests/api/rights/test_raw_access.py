"""In a project that shows raw values to editors only, no answer to a viewer holds one, or what would let one
compute it: every operation that reads is asked, for a value that stands nowhere else.
"""

from typing import Any

import pytest

from barograph.times import now_us
from tests.api.conftest import People, project_of
from tests.api.operations import Operation, operations
from tests.api.server import Person, Server
from tests.api.stored import Letter, Stored, refuse, store
from tests.api.world import World, furnish

RAW = 91827.5
SLOPE = 0.0372911
READING = [each for each in operations() if each.method == "GET"]
# Where an editor sees one of them.
SHOWING = {
    "GET /sensors/{sensor_id}/readings",
    "GET /sensors/{sensor_id}/conversion-profiles",
    "GET /conversion-profiles/{profile_id}",
    "GET /capture-sessions/{capture_session_id}/readings",
    "GET /projects/{project_id}/rejected-readings",
    "GET /projects/{project_id}/audit",
    "GET /runs/{run_id}/overview",
    "GET /series",
    "GET /readings/export",
    "GET /runs/{run_id}/export",
}


@pytest.fixture(scope="module")
def world(server: Server, people: People) -> World:
    """One for all: nothing that is asked here changes it."""
    owner = people.owner
    world = furnish(server, owner, project_of(server, people, raw_access="editors"))
    profile = {"kind": "linear", "payload": {"slope": SLOPE, "offset": 0}}
    made = owner.made(f"/sensors/{world.sensor_id}/conversion-profiles", profile)
    owner.made(f"/conversion-profiles/{made['id']}:activate", {})
    owner.patch(f"/runs/{world.run_id}", {"status": "running"})
    owner.made(f"/capture-sessions/{world.capture_session_id}:start")
    store(server.database_url, world.sensor_id, [Stored(now_us(), RAW, 1.0, made["number"])])
    owner.made(f"/capture-sessions/{world.capture_session_id}:stop")
    refuse(server, world.project_id, Letter("furnished", value=RAW))
    return World(**vars(world) | {"profile_id": made["id"], "user_id": people.viewer.read("/auth/me")["id"]})


def told(person: Person, operation: Operation, world: World) -> str:
    """Everything that somebody is told by an operation, whichever layer they ask for."""
    asked: list[dict[str, Any]] = [{}]
    if operation.path == "/series":
        asked = [
            {"sensor": world.sensor_id, "max_points": 10, "layer": layer} for layer in ("raw", "physical")
        ]
    if operation.path == "/readings/export":
        asked = [{"sensor": world.sensor_id, "layer": layer} for layer in ("both", "physical")]
    path = operation.path.format_map(vars(world))
    return "".join(person.get(path, parameters).text for parameters in asked)


def shows(text: str) -> bool:
    return str(RAW) in text or str(SLOPE) in text


@pytest.mark.parametrize("operation", READING, ids=str)
def test_raw_values_are_shown_to_editors_alone(people: People, world: World, operation: Operation) -> None:
    assert not shows(told(people.viewer, operation, world))
    assert shows(told(people.editor, operation, world)) is (str(operation) in SHOWING)
