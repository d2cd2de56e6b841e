"""Files in a bucket: of moto's server, which speaks S3 over HTTP. It is no dependency, as it holds others
back: BAROGRAPH_TEST_S3_PYTHON names a Python that has `moto[server]`.
"""

import os
import subprocess
import time
from collections.abc import Generator
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen
from uuid import UUID, uuid4

import pytest

from backfill.artifacts.sweep import ArtifactSweeper, sweep_artifacts
from barograph.artifacts.s3_store import S3Store
from barograph.artifacts.staging import Staging
from barograph.artifacts.stores import StoreAway
from barograph.database.program_roles import ProgramRole
from tests.api.artifacts.filing import filing
from tests.api.server import serving
from tests.programs import free_port, url_of

CONTENT = bytes(range(256)) * 50_000
WITHIN_S = 60
pytestmark = pytest.mark.nightly


@pytest.fixture
def bucket_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[str]:
    """A bucket of a server of the test's own."""
    python = os.environ.get("BAROGRAPH_TEST_S3_PYTHON")
    if python is None:
        pytest.skip("BAROGRAPH_TEST_S3_PYTHON names no Python that has moto[server]")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    port = free_port()
    with (tmp_path / "s3.log").open("wb") as log:
        command = [python, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _make_bucket(f"http://127.0.0.1:{port}/files", WITHIN_S)
        options = f"region=us-east-1&scheme=http&endpoint_override=127.0.0.1:{port}"
        yield f"s3://files/barograph?{options}"
    finally:
        process.kill()
        process.wait()


def _make_bucket(url: str, within_s: float) -> None:
    end_s = time.monotonic() + within_s
    # Some signature has to be there.
    headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request"}
    while True:
        try:
            with urlopen(Request(url, method="PUT", headers=headers), timeout=5):  # noqa: S310  # our own server
                return
        except (URLError, OSError):
            assert time.monotonic() < end_s
            time.sleep(0.1)


def test_files_lie_in_the_bucket_and_come_back_in_parts(
    database_url: str, tmp_path: Path, bucket_url: str
) -> None:
    with serving(database_url, data_dir=tmp_path, artifact_url=bucket_url) as server:
        files = filing(server, tmp_path)
        store = S3Store(bucket_url)
        made = files.file(CONTENT)
        damaged = files.announce(CONTENT, sha256="0" * 64)["id"]
        files.put(damaged, CONTENT)
        assert files.complete(damaged)["status"] == "damaged"
        assert [(each.artifact_id, each.size_bytes) for each in store.objects()] == [
            (UUID(made["id"]), len(CONTENT))
        ]
        assert list((tmp_path / "artifacts" / "uploads").iterdir()) == []
        assert files.content(made["id"]).content == CONTENT
        part = files.content(made["id"], Range="bytes=9000000-9000009")
        assert (part.status_code, part.content) == (206, CONTENT[9_000_000:9_000_010])
        empty = files.announce(b"")["id"]
        assert files.complete(empty)["status"] == "ready"
        assert files.content(empty).content == b""
        assert files.person.delete(f"/artifacts/{empty}").status_code == 204
        store.remove(UUID(made["id"]))
        assert files.content(made["id"]).status_code == 410
        worker = url_of(ProgramRole.WORKER, server.database_url)
        sweep_artifacts(ArtifactSweeper(worker, store, Staging(tmp_path / "artifacts" / "uploads")))
        assert files.person.read(f"/artifacts/{made['id']}")["missing_since"] is not None
        files.person.client.close()


def test_a_bucket_that_is_away_is_told() -> None:
    store = S3Store(f"s3://files/x?region=us-east-1&scheme=http&endpoint_override=127.0.0.1:{free_port()}")
    with pytest.raises(StoreAway):
        store.find(uuid4())
