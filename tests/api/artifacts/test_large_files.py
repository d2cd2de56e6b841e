"""Files much larger than memory, cut again and again: the same bytes, in as little memory as small ones."""

import hashlib
import http.client
import random
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.api.artifacts.filing import Filing, filing
from tests.api.server import PREFIX, SIGNING_KEY, Server
from tests.programs import Program, running

MB = 2**20
MAX_API_BYTES = 200 * MB
"""What the API has in memory of its own. Its libraries' files, which it maps, cost no memory twice."""
WITHIN_S = 60
FILLING = random.Random(7).randbytes(MB - 8)  # noqa: S311  # repeatable, not secret


def content(start: int, stop: int) -> Iterator[bytes]:
    """Bytes of a file that nobody has to hold: megabytes that differ in their number."""
    while start < stop:
        block, within = divmod(start, MB)
        piece = (struct.pack("<q", block) + FILLING)[within : within + stop - start]
        yield piece
        start += len(piece)


def send_until_cut(files: Filing, artifact_id: str, offset: int, until: int, size_bytes: int) -> None:
    """Sends what is left, and is gone in the middle of it."""
    url = urlsplit(files.server.url)
    head = (
        f"PUT {PREFIX}/artifacts/{artifact_id}/content?offset={offset} HTTP/1.1\r\n"
        f"Host: {url.netloc}\r\n"
        f"Authorization: {files.person.client.headers['authorization']}\r\n"
        "Content-Type: application/octet-stream\r\n"
        f"Content-Length: {size_bytes - offset}\r\n\r\n"
    )
    with closing(socket.create_connection((url.hostname or "", url.port or 0))) as connection:
        connection.sendall(head.encode())
        for piece in content(offset, until):
            connection.sendall(piece)


def received_past(files: Filing, artifact_id: str, offset: int) -> int:
    """How much is there, once it is more."""
    end_s = time.monotonic() + WITHIN_S
    while (received := files.person.read(f"/artifacts/{artifact_id}")["received_bytes"]) <= offset:
        assert time.monotonic() < end_s
        time.sleep(0.05)
    return received


def send_rest(files: Filing, artifact_id: str, size_bytes: int) -> None:
    """What was cut last may still be stored while this begins."""
    received = -1
    while received < size_bytes:
        received = files.person.read(f"/artifacts/{artifact_id}")["received_bytes"]
        rest = content(received, size_bytes)
        path = f"{PREFIX}/artifacts/{artifact_id}/content?offset={received}"
        answer = files.person.client.put(path, content=rest, timeout=600)
        assert answer.status_code in {200, 409, 422}, answer.text


@pytest.mark.parametrize(
    ("size_bytes", "cuts"),
    [pytest.param(64 * MB, 20), pytest.param(5 * 2**30, 100, marks=pytest.mark.nightly)],
    ids=["64 MB", "5 GB"],
)
def test_a_large_file_that_is_cut_is_the_same(
    size_bytes: int, cuts: int, database_url: str, tmp_path: Path
) -> None:
    digest = hashlib.sha256()
    for piece in content(0, size_bytes):
        digest.update(piece)
    environment = {"BAROGRAPH_SIGNING_KEY": SIGNING_KEY, "BAROGRAPH_DATA_DIR": str(tmp_path)}
    with running("api", database_url, tmp_path / "api.log", environment) as api:
        files = filing(Server(api.url, database_url, tmp_path), tmp_path)
        body = {"name": "large", "size_bytes": size_bytes, "sha256": digest.hexdigest()}
        made = files.person.made(f"/runs/{files.run}/artifacts", body)["id"]
        chance, received, share = random.Random(cuts), 0, size_bytes // (cuts + 1)  # noqa: S311  # repeatable
        for _ in range(cuts):
            until = received + chance.randrange(share // 2, share)
            send_until_cut(files, made, received, until, size_bytes)
            received = received_past(files, made, received)
            assert own_bytes(api) < MAX_API_BYTES
        send_rest(files, made, size_bytes)
        assert own_bytes(api) < MAX_API_BYTES
        assert files.complete(made)["status"] == "ready"
        assert downloaded(files, made) == digest.hexdigest()
        assert own_bytes(api) < MAX_API_BYTES
        files.kept(made).unlink()
        files.person.client.close()


def own_bytes(api: Program) -> int:
    assert api.process is not None
    status = Path(f"/proc/{api.process.pid}/status").read_text()
    (kib,) = [line.split()[1] for line in status.splitlines() if line.startswith("RssAnon:")]
    return int(kib) * 1024


def downloaded(files: Filing, artifact_id: str) -> str:
    """The SHA-256 of what comes back."""
    url, digest = urlsplit(files.server.url), hashlib.sha256()
    with closing(http.client.HTTPConnection(url.hostname or "", url.port, timeout=600)) as connection:
        headers = {"Authorization": files.person.client.headers["authorization"]}
        connection.request("GET", f"{PREFIX}/artifacts/{artifact_id}/content", headers=headers)
        answer = connection.getresponse()
        while piece := answer.read(MB):
            digest.update(piece)
        answer.close()
    return digest.hexdigest()
