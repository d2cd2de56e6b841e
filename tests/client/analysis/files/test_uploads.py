"""Files of runs: sent whole, checked, and fetched again."""

from pathlib import Path
from uuid import uuid4

import pytest
from barograph_client import Client, JobEnded
from barograph_client.analysis.files import uploads

from tests.client.analysis.flaky_api import FlakyApi

CONTENT = bytes(range(256)) * 20


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.pdf"
    path.write_bytes(CONTENT)
    return path


def test_a_run_keeps_files(
    client: Client, report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PIECE_BYTES", 1000)  # in pieces
    with client.run("Hot fire") as run:
        kept = run.upload(report, kind="report", metadata={"pages": 3})
    assert (kept.name, kept.kind, kept.status, kept.size_bytes) == (
        "report.pdf",
        "report",
        "ready",
        len(CONTENT),
    )
    assert (kept.content_type, kept.metadata) == ("application/pdf", {"pages": 3})
    client.upload(run, report, name="empty.txt")
    assert {each.name for each in client.artifacts(run)} == {"report.pdf", "empty.txt"}
    assert client.artifacts(kind="report").one().id == kept.id
    assert client.download(kept, tmp_path / "again.pdf").read_bytes() == CONTENT


def test_a_file_without_content_is_one(client: Client, tmp_path: Path) -> None:
    (tmp_path / "empty.log").touch()
    with client.run("Hot fire") as run:
        assert run.upload(tmp_path / "empty.log").size_bytes == 0


def test_an_upload_goes_on_where_the_server_is(api: FlakyApi, report: Path) -> None:
    """The first piece comes, its answer does not."""
    artifact = {"id": "1", "size_bytes": len(CONTENT), "received_bytes": 0, "status": "uploading"}
    api.say(201, artifact)
    api.say(0)
    api.say(409, {"detail": "1000 bytes are here; go on from there, not from 0"})
    api.say(200, artifact | {"received_bytes": 1000})
    api.say(200, artifact | {"received_bytes": len(CONTENT)})
    api.say(200, {"status": "damaged", "failure": "its SHA-256 is another"})
    with pytest.raises(JobEnded, match="SHA-256"):
        api.client().upload(str(uuid4()), report)
    assert [path.rpartition("/")[2] for _, path, _ in api.asked] == [
        "artifacts",
        "content?offset=0",
        "content?offset=0",
        "1",
        "content?offset=1000",
        "1:complete",
    ]


def test_a_file_that_becomes_shorter_ends_its_upload(
    api: FlakyApi, report: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shortened(*_: object) -> bool:
        report.write_bytes(CONTENT[:1000])
        return False

    monkeypatch.setattr(uploads, "sent_directly", shortened)  # the last that is done before
    artifact = {"id": "1", "size_bytes": len(CONTENT), "received_bytes": 0, "status": "uploading"}
    api.say(201, artifact)
    api.say(200, artifact | {"received_bytes": 1000})
    with pytest.raises(JobEnded, match="shorter"):
        api.client().upload(str(uuid4()), report)
