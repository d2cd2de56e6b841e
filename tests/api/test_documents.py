"""The documents that describe the API."""

import json
import re
from pathlib import Path

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.api.operations import application
from tests.api.server import Server

ROOT = Path(__file__).parent.parent.parent


def get(server: Server, path: str) -> httpx.Response:
    with server.client() as client:
        return client.get(path)


def test_openapi_is_served_as_json_and_as_yaml(server: Server) -> None:
    as_json = get(server, "/openapi.json").json()
    answer = get(server, "/openapi.yaml")
    assert answer.headers["content-type"] == "application/yaml"
    assert yaml.safe_load(answer.text) == as_json
    assert as_json["info"]["title"] == "Barograph"


def test_asyncapi_is_served_beside_it(server: Server) -> None:
    assert get(server, "/asyncapi.yaml").text == (ROOT / "docs" / "asyncapi.yaml").read_text()


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


@pytest.mark.parametrize("path", ["/health", "/ready", "/metrics"])
def test_health_needs_no_token(server: Server, path: str) -> None:
    assert get(server, path).status_code == 200
