"""Lone surrogates, which JSON can spell and UTF-8 can't hold: refused by whatever takes a text, never 5xx."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.api.conftest import People
from tests.api.operations import Operation, application, operations
from tests.api.server import PREFIX, Person, Server, url_path
from tests.api.world import furnish

LONE = '"\\ud800"'


def text_fields(operation: Operation) -> Iterator[str]:
    """Names of the texts in a body."""
    document = application().openapi()
    path = operation.path if operation.path.startswith(("/auth", "/session")) else PREFIX + operation.path
    body = document["paths"][path][operation.method.lower()]["requestBody"]
    schema: Mapping[str, Any] = body["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for name, field in schema.get("properties", {}).items():
        if any(each.get("type") == "string" for each in (field, *field.get("anyOf", ()))):
            yield name


PLACES = [(each, name) for each in operations() if each.takes_json for name in text_fields(each)]


@pytest.fixture(scope="module")
def paths(server: Server, people: People) -> dict[str, str]:
    project = people.owner.made("/projects", {"name": "surrogates"})["id"]
    return vars(furnish(server, people.owner, project))


@pytest.mark.parametrize(("operation", "field"), PLACES, ids=str)
def test_a_lone_surrogate_is_refused(
    people: People, paths: dict[str, str], operation: Operation, field: str
) -> None:
    person: Person = people.admin if operation.path.startswith("/users") else people.owner
    answer = person.client.request(
        operation.method,
        url_path(operation.path.format_map(paths)),
        content=f'{{"{field}": {LONE}}}',
        headers={"Content-Type": "application/json"},
    )
    # A path that names nothing of theirs is refused before the body is looked at.
    assert answer.status_code in {404, 422}, answer.text
    if answer.status_code == 422:
        assert any(error["pointer"].startswith(f"/{field}") for error in answer.json()["errors"])


@pytest.mark.parametrize(
    "place", ["/projects/%ED%A0%80", "/sensors?key=%ED%A0%80", "/projects?cursor=%ED%A0%80"]
)
def test_one_in_an_address_is_refused_too(people: People, place: str) -> None:
    assert people.owner.client.get(f"{PREFIX}{place}").status_code in {404, 405, 422}
