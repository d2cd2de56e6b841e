"""Large files, whose parts go straight to the server's bucket."""

from collections.abc import Generator
from pathlib import Path

import pytest
from barograph_client import Client
from barograph_client.analysis.files import direct_uploads

from barograph.artifacts import parts as file_parts
from tests.api.artifacts.filing import filing
from tests.api.server import PASSWORD, serving
from tests.programs import free_port
from tests.servers.bucket import KEYS, bucket_server

CONTENT = bytes(range(256)) * 50_000
PART_BYTES = 5 * 2**20


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(file_parts, "MIN_PART_BYTES", PART_BYTES)
    monkeypatch.setattr(direct_uploads, "MIN_BYTES", PART_BYTES)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "report.bin"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture(scope="module")
def bucket_url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    with bucket_server(tmp_path_factory.mktemp("s3")) as s3:
        yield s3.make("files")


def test_a_large_file_passes_the_api_on_neither_way(
    database_url: str, tmp_path: Path, report: Path, bucket_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct_uploads, "PARTS_ASKED", 2)
    data = tmp_path / "data"
    with serving(database_url, data_dir=data, artifact_url=bucket_url, artifact_direct="all") as server:
        files = filing(server, data)
        client = Client(server.url, email="filer@example.org", password=PASSWORD, project=files.project)
        kept = client.upload(files.run, report)
        assert (kept.status, kept.size_bytes, kept.received_bytes) == ("ready", len(CONTENT), len(CONTENT))
        assert not (data / "artifacts" / "uploads").exists() or not any(
            (data / "artifacts" / "uploads").iterdir()
        )
        out = tmp_path / "back.bin"
        # It goes on where it broke off.
        (tmp_path / f"back.bin.{kept.id[:8]}.part").write_bytes(CONTENT[:1000])
        assert client.download(kept, out).read_bytes() == CONTENT
        client.close()
        files.person.client.close()


def test_a_bucket_that_is_out_of_reach_is_passed_by(
    database_url: str, tmp_path: Path, report: Path, bucket_url: str
) -> None:
    unreachable = f"http://127.0.0.1:{free_port()}"
    settings = {
        "artifact_url": bucket_url,
        "artifact_public_endpoint": unreachable,
        "artifact_direct": "all",
    }
    with serving(database_url, data_dir=tmp_path, **settings) as server:
        files = filing(server, tmp_path)
        client = Client(server.url, email="filer@example.org", password=PASSWORD, project=files.project)
        kept = client.upload(files.run, report)
        assert kept.status == "ready"
        assert client.download(kept, tmp_path / "back.bin").read_bytes() == CONTENT
        client.close()
        files.person.client.close()
