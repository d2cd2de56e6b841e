"""`sensor` and `profile`."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.barograph.cli.conftest import Run


@pytest.fixture
def project(run: Run) -> str:
    return run("project", "create", str(uuid4())[:13], "--field", "name").out.strip()


def test_a_sensor_is_created_and_found(run: Run, project: str) -> None:
    fields = ("--kind", "pressure", "--input-unit", "V", "--output-unit", "bar", "--tag", "a", "--tag", "b")
    sensor = run("sensor", "create", project, "p1", *fields, "--json").item
    assert (sensor["key"], sensor["output_unit"], sensor["tags"]) == ("p1", "bar", ["a", "b"])
    run("sensor", "create", project, "p2")
    for filters in (("--q", "p1"), ("--tag", "a", "--tag", "b")):
        assert run("sensor", "list", project, *filters, "--field", "key").out == "p1\n"
    assert run("sensor", "list", project, "--sort=-key", "--field", "key").out == "p2\np1\n"
    assert run("sensor", "list", project, "--connection", "online", "--field", "key").out == ""
    assert run("sensor", "list", project, "--status", "active").rows == [
        ["ID", "KEY", "KIND", "OUTPUT", "UNIT", "STATUS", "LAST", "SEEN", "AT"]
    ]


def test_a_profile_is_saved_and_activated_by_its_number(run: Run, project: str, tmp_path: Path) -> None:
    run("sensor", "create", project, "p1")
    payload = tmp_path / "payload.json"
    payload.write_text('{"slope": 25, "offset": -12.5}')
    saved = run("profile", "create", project, "p1", "linear", f"@{payload}", "--note", "shop", "--json").item
    assert (saved["number"], saved["payload"]["slope"], saved["validity"]) == (1, 25, [])
    active = run("profile", "activate", project, "p1", "1", "--valid-to", "2100-01-01T00:00:00Z", "--json")
    assert active.item["validity"] == [{"valid_from": None, "valid_to": "2100-01-01T00:00:00.000000Z"}]
    assert run("profile", "list", project, "p1", "--field", "kind").out == "linear\n"
    assert run("profile", "activate", project, "p1", "2").err == "The sensor has no version 2.\n"


def test_a_payload_that_is_wrong_is_told_so(run: Run, project: str) -> None:
    run("sensor", "create", project, "p1")
    assert run("profile", "create", project, "p1", "linear", "{").err.startswith("The payload is no JSON")
    refused = run("profile", "create", project, "p1", "linear", '{"slope": "steep"}')
    assert refused.err.startswith("Refused (422): this is no valid conversion profile\n  ")
