"""Ingest's OpenAPI document."""

import re

import httpx
import yaml
from jsonschema import Draft202012Validator
from pydantic import SecretStr

from barograph.settings import Settings
from ingest.app import create_app
from tests.openapi_rules import broken_rules
from tests.programs import Program


def test_it_is_served_as_json_and_as_yaml(ingest: Program) -> None:
    as_json = httpx.get(f"{ingest.url}/openapi.json").json()
    as_yaml = httpx.get(f"{ingest.url}/openapi.yaml")
    assert as_yaml.headers["content-type"] == "application/yaml"
    assert yaml.load(as_yaml.text, yaml.CSafeLoader) == as_json
    assert set(as_json["paths"]) == {"/ingest/v1/readings", "/ingest/v1/producers"}
    assert httpx.get(f"{ingest.url}/asyncapi.yaml").status_code == 200


def test_it_keeps_the_rules_and_says_who_may_send() -> None:
    settings = Settings(signing_key=SecretStr("a key that is never used for anything"))
    document = create_app(settings, "postgresql://127.0.0.1:1/none").openapi()
    assert broken_rules(document) == []
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["security"] == [{"ingestToken": []}]
            assert {"401", "422", "503"} <= operation["responses"].keys()
    receipt = document["paths"]["/ingest/v1/readings"]["post"]["responses"]["422"]["content"]
    assert receipt.keys() == {"application/json", "application/problem+json"}


def test_its_examples_are_bodies_that_fit() -> None:
    document = create_app(Settings(), "postgresql://127.0.0.1:1/none").openapi()
    content = document["paths"]["/ingest/v1/readings"]["post"]["requestBody"]["content"]["application/json"]
    schema = content["schema"] | {"components": document["components"]}
    for example in content["schema"]["examples"]:
        Draft202012Validator(schema).validate(example)  # pyright: ignore[reportUnknownMemberType]


def test_the_address_alone_says_what_this_is(ingest: Program) -> None:
    page = httpx.get(ingest.url)
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for address in set(re.findall(r'href="(/[^"]*)"', page.text)):
        assert httpx.get(f"{ingest.url}{address}").status_code == 200, address
