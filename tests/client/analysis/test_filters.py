"""Filters of lists: those that the API has, and no others."""

import json
from pathlib import Path
from typing import Any

import pytest
from barograph_client import Client
from barograph_client.analysis.filters import FILTERS

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[3] / "docs/openapi.json").read_text())
PROJECT, RUN = "/api/v1/projects/{project_id}", "/api/v1/runs/{run_id}"
PATHS = {
    "experiments": f"{PROJECT}/experiments",
    "runs": f"{PROJECT}/runs",
    "capture sessions": f"{PROJECT}/capture-sessions",
    "capture sessions of a run": f"{RUN}/capture-sessions",
    "sensors": f"{PROJECT}/sensors",
    "sensors of a run": f"{RUN}/sensors",
    "artifacts": f"{PROJECT}/artifacts",
}
ID = "0b6f1d5e-7a44-4c5e-9d0c-0f6f0f6a3c11"


@pytest.fixture
def client() -> Client:
    """Nothing answers there: what is refused is not asked."""
    return Client("http://127.0.0.1:1", "token", project=ID, retry_within_s=0)


@pytest.mark.parametrize(("what", "path"), PATHS.items())
def test_they_are_those_of_the_api(what: str, path: str) -> None:
    asked = DOCUMENT["paths"][path]["get"]["parameters"]
    names = {each["name"] for each in asked if each["in"] == "query"}
    assert FILTERS[what] == names - {"limit", "cursor"}


def test_what_the_api_does_not_know_is_refused_and_not_answered_with_everything(client: Client) -> None:
    with pytest.raises(TypeError, match=r"runs can't be filtered by tags: .*measure.*do you mean tag\?"):
        client.runs(tags="may")
    with pytest.raises(TypeError, match="experiments can't be filtered by state"):
        client.experiments(state="running")
    with pytest.raises(TypeError, match="sensors can't be filtered by online"):
        client.sensors(online=True)
    with pytest.raises(TypeError, match="artifacts can't be filtered by type"):
        client.artifacts(type="model")


def test_lists_of_a_run_have_fewer_filters(client: Client) -> None:
    client.capture_sessions(ID, status="succeeded")
    with pytest.raises(TypeError, match="sensors of a run can't be filtered by tag: there are none"):
        client.sensors(ID, tag="pump")
    with pytest.raises(TypeError, match="capture sessions of a run can't be filtered by sensor"):
        client.capture_sessions(ID, sensor="p1")
