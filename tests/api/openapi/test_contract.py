"""The contract as it is written down: the frozen document, and the copies that releases keep."""

import copy
import json
from typing import Any

import pytest
import yaml

from api.freeze import FROZEN, document
from tests.api.openapi.breaking import breaking_changes, breaking_messages
from tests.api.openapi.deprecation import without_given_notice
from tests.programs import ROOT
from tests.upgrades.kept import standing_releases
from tools.release import RELEASES

KEPT: dict[str, dict[str, Any]] = {
    release.folder.name: json.loads((release.folder / "openapi.json").read_text())
    for release in standing_releases()
}

DOCS = ROOT / "docs"
MESSAGES = [(version, path.name) for version in KEPT for path in sorted((RELEASES / version).glob("*.yaml"))]


def test_the_frozen_document_is_the_one_that_is_served() -> None:
    assert document() == FROZEN.read_text(), "the contract changed; if that is meant: python -m api.freeze"


@pytest.mark.parametrize("version", KEPT)
def test_what_clients_of_the_last_releases_use_still_stands(version: str) -> None:
    old = without_given_notice(KEPT[version], list(KEPT.values()))
    assert breaking_changes(old, json.loads(document())) == []


@pytest.mark.parametrize(("version", "name"), MESSAGES)
def test_what_gateways_and_watchers_say_and_hear_still_stands(version: str, name: str) -> None:
    old, new = (
        yaml.load((folder / name).read_text(), yaml.CSafeLoader) for folder in (RELEASES / version, DOCS)
    )
    assert breaking_messages(old, new) == []


def test_a_message_that_asks_for_more_is_seen() -> None:
    old = yaml.safe_load((DOCS / "asyncapi.yaml").read_text())
    new = copy.deepcopy(old)
    new["components"]["schemas"]["Bind"]["required"].append("agent")
    new["components"]["schemas"]["Ack"]["required"].remove("accepted")
    del new["components"]["messages"]["error"]
    assert breaking_messages(old, new) == [
        "bind.agent is now required",
        "ack.accepted may now be absent",
        "message error is gone",
    ]


def test_a_release_is_kept() -> None:
    assert KEPT, "python -m tools.release"


def test_a_change_of_what_was_released_is_seen() -> None:
    old = next(iter(KEPT.values()))
    new = copy.deepcopy(old)
    del new["paths"]["/api/v1/projects"]["get"]
    assert breaking_changes(old, new) == ["GET /api/v1/projects is gone"]


OPERATION: dict[str, Any] = {"responses": {"204": {"description": ""}}}
MARKED: dict[str, Any] = {
    "paths": {
        "/a": {"get": OPERATION | {"deprecated": True}},
        "/b": {
            "get": OPERATION
            | {"parameters": [{"name": "q", "in": "query", "deprecated": True, "schema": {"type": "string"}}]}
        },
    },
    "components": {
        "schemas": {
            "Thing": {
                "properties": {"size": {"type": "number", "deprecated": True}, "name": {"type": "string"}},
                "required": ["size", "name"],
            }
        }
    },
}
UNMARKED: dict[str, Any] = json.loads(json.dumps(MARKED).replace(', "deprecated": true', ""))


def test_what_two_releases_have_marked_may_go() -> None:
    left = without_given_notice(MARKED, [MARKED, MARKED])
    assert left["paths"] == {"/a": {}, "/b": {"get": OPERATION | {"parameters": []}}}
    assert left["components"]["schemas"]["Thing"] == {
        "properties": {"name": {"type": "string"}},
        "required": ["name"],
    }


@pytest.mark.parametrize("releases", [[MARKED], [UNMARKED, MARKED], []])
def test_what_one_release_has_marked_may_not_go_yet(releases: list[dict[str, Any]]) -> None:
    assert without_given_notice(MARKED, releases) == MARKED
