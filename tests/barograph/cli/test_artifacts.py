"""`artifact`: from a file here to a run, and back."""

from pathlib import Path
from uuid import uuid4

import pytest

from barograph.cli.resources import artifacts
from tests.api.server import Server
from tests.barograph.cli.conftest import Run

CONTENT = bytes(range(256)) * 40_000


@pytest.fixture
def project(run: Run) -> str:
    return run("project", "create", str(uuid4())[:13], "--field", "name").out.strip()


@pytest.fixture
def run_id(run: Run, project: str) -> str:
    run("experiment", "create", project, "e")
    return run("run", "create", project, "e", "r", "--field", "id").out.strip()


def test_a_file_goes_there_and_comes_back(run: Run, project: str, run_id: str, tmp_path: Path) -> None:
    file, out = tmp_path / "pump.onnx", tmp_path / "back.onnx"
    file.write_bytes(CONTENT)
    sent = run("artifact", "upload", run_id, str(file), "--kind", "model", "--json")
    assert "sending" in sent.err
    assert (sent.item["status"], sent.item["name"], sent.item["kind"]) == ("ready", "pump.onnx", "model")
    artifact = sent.item["id"]
    assert run("artifact", "approve", artifact, "--field", "status").out.strip() == "approved"
    listed = run("artifact", "list", project, "--approved", "--kind", "model", "--latest", "--json").item
    assert [each["id"] for each in listed] == [artifact]
    assert run("artifact", "list", project, "--run", run_id, "--status", "ready", "--json").item == []
    assert run("artifact", "download", artifact, "--out", str(out)).code == 0
    assert out.read_bytes() == CONTENT
    rejected = run("artifact", "reject", artifact, "--reason", "it drifts", "--json").item
    assert (rejected["status"], rejected["review_reason"]) == ("rejected", "it drifts")
    assert run("artifact", "remove", artifact, "--yes").code == 0
    assert run("artifact", "show", artifact).code == 1


def test_an_upload_goes_on_where_it_broke_off(
    run: Run, server: Server, run_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "log.bin"
    file.write_bytes(CONTENT)
    monkeypatch.setattr(artifacts, "PIECE_BYTES", 1_000_000)
    begun = run("artifact", "upload", run_id, str(file), "--json")
    assert begun.item["status"] == "ready"
    again = {key: begun.item[key] for key in ("name", "size_bytes", "sha256")}
    with server.client(server.log_in("ada@example.org")["access_token"]) as client:
        made = client.post(f"/api/v1/runs/{run_id}/artifacts", json=again).json()["id"]
        client.put(f"/api/v1/artifacts/{made}/content?offset=0", content=CONTENT[:4_000_000])
    went_on = run("artifact", "upload", run_id, str(file), "--json")
    assert (went_on.item["id"], went_on.item["status"]) == (made, "ready")
    assert went_on.err.count("sending") < begun.err.count("sending")


def test_what_is_stored_elsewhere_is_noted(run: Run, run_id: str) -> None:
    noted = run(
        "artifact", "register", run_id, "weights", "s3://models/pump", "--kind", "model", "--json"
    ).item
    assert (noted["status"], noted["url"]) == ("ready", "s3://models/pump")
    refused = run("artifact", "download", noted["id"])
    assert refused.code == 1
    assert "s3://models/pump" in refused.err
