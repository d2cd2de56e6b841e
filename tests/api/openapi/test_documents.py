"""The documents that describe the API."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator

from barograph.openapi.schemas import operations
from tests.api.operations import application
from tests.api.server import Server
from tests.openapi_rules import broken_rules

ROOT = Path(__file__).parents[3]


def get(server: Server, path: str) -> httpx.Response:
    with server.client() as client:
        return client.get(path)


def test_openapi_is_served_as_json_and_as_yaml(server: Server) -> None:
    as_json = get(server, "/openapi.json").json()
    answer = get(server, "/openapi.yaml")
    assert answer.headers["content-type"] == "application/yaml"
    assert yaml.load(answer.text, yaml.CSafeLoader) == as_json
    assert as_json["info"]["title"] == "Barograph"


def test_asyncapi_is_served_beside_it(server: Server) -> None:
    assert get(server, "/asyncapi.yaml").text == (ROOT / "docs" / "asyncapi-live.yaml").read_text()


def test_every_operation_is_described_and_shows_how_it_may_be_refused() -> None:
    document = application().openapi()
    problems = document["components"]["responses"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            name = f"{method} {path}"
            assert operation["summary"], name
            assert operation["description"], name
            refusals = {status for status in operation["responses"] if status >= "400"}
            assert {"422", "503"} <= refusals, name
            for status in refusals:
                assert operation["responses"][status] == {"$ref": f"#/components/responses/Problem{status}"}
                assert f"Problem{status}" in problems


def test_the_document_keeps_the_rules() -> None:
    assert broken_rules(application().openapi()) == []


def test_every_schema_is_a_valid_one_and_its_references_lead_somewhere() -> None:
    document = application().openapi()
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)

    known = {
        f"#/components/{kind}/{name}"
        for kind in ("schemas", "responses")
        for name in document["components"][kind]
    }
    assert set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document))) <= known


def test_every_example_fits_its_schema() -> None:
    document = application().openapi()
    for name, schema in document["components"]["schemas"].items():
        check(document, {"$ref": f"#/components/schemas/{name}"}, schema.get("examples", []))
    for response in document["components"]["responses"].values():
        (content,) = response["content"].values()
        check(document, content["schema"], [content["example"]])


def test_every_body_and_answer_shows_an_example() -> None:
    document = application().openapi()
    for path, method, operation in operations(document):
        for part in (operation.get("requestBody", {}), *operation["responses"].values()):
            for content in part.get("content", {}).values():
                if content["schema"].get("format") == "binary":
                    continue
                shown = schema_of(document, content["schema"]).get("examples") or [content.get("example")]
                assert shown != [None], f"{method} {path}"
                check(document, content["schema"], shown)


def check(document: dict[str, Any], schema: dict[str, Any], examples: list[Any]) -> None:
    validator = Draft202012Validator(
        schema | {"components": document["components"]},
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    for example in examples:
        # jsonschema's stubs leave a deprecated argument untyped.
        validator.validate(example)  # pyright: ignore[reportUnknownMemberType]


def schema_of(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema


def test_names_of_operations_and_schemas_are_plain_and_their_own() -> None:
    """Clients generated from the document are full of them."""
    document = application().openapi()
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names))
    # Two models of one name in two modules would be told apart by underscores or by endings.
    assert [name for name in document["components"]["schemas"] if not name.isalnum()] == []


def test_the_page_loads_nothing_from_elsewhere(server: Server) -> None:
    page = get(server, "/docs")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) == 4
    for address in loaded:
        if address != "data:,":
            assert get(server, address).status_code == 200, address
    assert 'url: "/openapi.json"' in get(server, "/docs/start.js").text


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics"])
def test_health_needs_no_token(server: Server, path: str) -> None:
    assert get(server, path).status_code == 200
