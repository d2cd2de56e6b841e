"""Ids of another project, wherever an operation takes an id beside that of what it acts on: they are refused,
or lead to nothing, and change nothing. The places are taken from the document; a new one fails until it is
named here.
"""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from uuid import uuid4

import httpx
import pytest

from tests.api.conftest import People, ProjectMaker, project_of
from tests.api.operations import application
from tests.api.server import PREFIX, Person, Server, url_path
from tests.api.stored import Letter, refuse
from tests.api.world import furnish

Schema: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """Where an operation takes an id."""

    method: str
    path: str
    where: Literal["path", "query", "body"]
    name: str
    is_list: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.where} {self.name}"


# What ids of these names belong to.
KINDS = {
    "actor": "user_id",
    "capture_session": "capture_session_id",
    "created_by": "user_id",
    "experiment": "experiment_id",
    "ids": "letter_id",
    "profile": "profile_id",
    "project": "project_id",
    "project_id": "project_id",
    "run": "run_id",
    "run_ids": "run_id",
    "sensor": "sensor_id",
    "sensor_id": "sensor_id",
    "sensors": "sensor_id",
    "subject": "run_id",
}
# What else these operations must be told.
BODIES: dict[str, dict[str, object]] = {
    "/service-accounts": {"name": "ci", "role": "viewer"},
    "/projects/{project_id}/ingest-tokens": {"name": "rig"},
    "/projects/{project_id}/runs:batch-status": {"status": "running"},
    "/projects/{project_id}/runs:bulk-tags": {"add": ["marked"]},
    "/projects/{project_id}/rejected-readings:replay": {},
    "/annotations/{annotation_id}": {},
    "/projects/{project_id}/exports": {"layer": "raw"},
    "/projects/{project_id}/annotations": {"from": "2015-01-01T00:00:00Z", "text": "a note"},
    "/projects/{project_id}/measures": {"name": "highest", "stat": "max"},
    "/projects/{project_id}/measures:preview": {"name": "highest", "stat": "max"},
    "/measures/{measure_id}": {},
    "/projects/{project_id}/backfills": {"reason": "a try", "dry_run": True},
}
# A user is of no project: an owner may let anybody in. The trail of all projects is the admins'. A comparison
# takes two ids at least: see tests/api/comparisons.
ELSEWHERE = {"/projects/{project_id}/members/{user_id}", "/audit", "/comparisons"}
# Where the id itself says which project is asked about, whoever may read that one may ask.
READS_OF_ITS_OWN = {"/events", "/live", "/readings/export", "/search", "/series"}
ENDLESS = {"/events", "/live"}


def places() -> list[Place]:
    """All of them."""
    document = application().openapi()
    found: list[Place] = []
    for path, methods in document["paths"].items():
        short = path.removeprefix(PREFIX)
        for method, described in methods.items():
            found += [
                Place(method.upper(), short, *each)
                for each in _places_of(short, described, document["components"]["schemas"])
            ]
    return [place for place in found if place.path not in ELSEWHERE]


def _places_of(
    path: str, described: Schema, schemas: Mapping[str, Schema]
) -> Iterator[tuple[Literal["path", "query", "body"], str, bool]]:
    if path.count("{") > 1:
        yield "path", path.rpartition("{")[2].removesuffix("}"), False
    for parameter in described.get("parameters", []):
        if parameter["in"] == "query" and _holds_ids(parameter["schema"]):
            yield "query", parameter["name"], False
    content = (
        described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    )
    for name, schema in _resolved(content, schemas).get("properties", {}).items():
        if _holds_ids(schema):
            yield "body", name, "items" in str(schema)


def _resolved(schema: Schema, schemas: Mapping[str, Schema]) -> Schema:
    """The schema itself, or the one it refers to (of several, the one that is not null)."""
    for choice in schema.get("anyOf", [schema]):
        if "$ref" in choice:
            return schemas[choice["$ref"].rpartition("/")[2]]
    return schema


def _holds_ids(schema: Schema) -> bool:
    inner = [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]
    return schema.get("format") == "uuid" or any(_holds_ids(each) for each in inner)


@pytest.fixture(scope="module")
def standing_ids(server: Server, people: People) -> dict[str, str]:
    """One of everything in a project of the owner's, from which nothing is taken away."""
    return all_ids(server, people.owner, project_of(server, people))


@pytest.fixture
def ids(
    request: pytest.FixtureRequest, server: Server, owner: Person, place: Place, make_project: ProjectMaker
) -> dict[str, str]:
    """The same, the test's own where the operation takes something away."""
    if place.method != "DELETE":
        return request.getfixturevalue("standing_ids")
    return all_ids(server, owner, make_project())


@pytest.fixture(scope="module")
def stranger(server: Server) -> Generator[Person]:
    """Somebody with projects that nothing here may change."""
    person = server.person(f"{uuid4()}@example.org")
    yield person
    person.client.close()


@pytest.fixture(scope="module")
def strange_ids(server: Server, stranger: Person) -> dict[str, str]:
    """One of everything in a project of which the owner is no member."""
    return all_ids(server, stranger, stranger.made("/projects", {"name": "theirs"})["id"])


@pytest.fixture(scope="module")
def readable_ids(server: Server, people: People, stranger: Person) -> dict[str, str]:
    """The same in a project of which the owner may read."""
    ids = all_ids(server, stranger, stranger.made("/projects", {"name": "theirs, shown"})["id"])
    server.add_member(ids["project_id"], people.owner.email, "viewer")
    return ids


def all_ids(server: Server, person: Person, project: str) -> dict[str, str]:
    world = furnish(server, person, project)
    refuse(server, project, Letter("furnished"))
    (letter,) = person.read(f"/projects/{project}/rejected-readings")["items"]
    return vars(world) | {"letter_id": letter["id"]}


def call(person: Person, place: Place, ids: Mapping[str, str], the_id: str) -> httpx.Response:
    """Asked about what is one's own, with `the_id` in the place."""
    in_path = {place.name: the_id} if place.where == "path" else {}
    query = {place.name: the_id} if place.where == "query" else {}
    if place.path in {"/series", "/live", "/readings/export"} and place.name == "project":
        query["sensor"] = "furnished"  # a key, which only a project gives a meaning
    if place.path == "/search":
        query["q"] = "furnished"
    if place.path in ENDLESS:
        return begin(person, place.path, query)
    body: dict[str, object] | None = None
    if place.where == "body":
        body = BODIES[place.path] | {place.name: [the_id] if place.is_list else the_id}
    return person.send(place.method, place.path.format_map({**ids, **in_path}), body, params=query)


def begin(person: Person, path: str, query: dict[str, str]) -> httpx.Response:
    """The answer, of which no more is read than its head where it goes on."""
    with person.client.stream("GET", url_path(path), params=query) as answer:
        if not answer.is_success:
            answer.read()
        return answer


def came_to_nothing(answer: httpx.Response) -> bool:
    if answer.status_code in {403, 404, 422}:
        return True
    said = answer.json()
    return answer.status_code == 200 and (
        said.get("items") == [] or said.get("replayed") == 0 or said.get("status") == {}
    )


def all_about(person: Person, ids: Mapping[str, str]) -> list[Any]:
    """What must not have changed."""
    run, project = f"/runs/{ids['run_id']}", f"/projects/{ids['project_id']}"
    about = (run, f"{run}/sensors", f"{project}/ingest-tokens", f"{project}/rejected-readings")
    return [person.read(path) for path in about]


@pytest.mark.parametrize("place", places(), ids=str)
def test_an_id_of_strangers_comes_to_nothing(
    owner: Person, stranger: Person, ids: dict[str, str], strange_ids: dict[str, str], place: Place
) -> None:
    before = all_about(stranger, strange_ids)
    answer = call(owner, place, ids, strange_ids[KINDS[place.name]])
    assert came_to_nothing(answer), answer.text
    assert all_about(stranger, strange_ids) == before
    own = call(owner, place, ids, ids[KINDS[place.name]])
    assert own.is_success or own.json()["detail"] != answer.json()["detail"], own.text


@pytest.mark.parametrize("place", [each for each in places() if each.path not in READS_OF_ITS_OWN], ids=str)
def test_an_id_of_a_project_that_one_may_only_read_comes_to_nothing_either(
    owner: Person, stranger: Person, ids: dict[str, str], readable_ids: dict[str, str], place: Place
) -> None:
    before = all_about(stranger, readable_ids)
    answer = call(owner, place, ids, readable_ids[KINDS[place.name]])
    assert came_to_nothing(answer), answer.text
    assert all_about(stranger, readable_ids) == before
