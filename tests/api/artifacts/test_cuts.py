"""Uploads that are cut, killed, and sent twice at once: what arrives is the file, byte for byte."""

import hashlib
import random
import socket
import struct
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import pytest

from api.artifacts import upload
from api.artifacts.content import disposition
from api.edge.bodies.names import folded
from tests.api.artifacts.filing import Filing, filing
from tests.api.server import PREFIX, SIGNING_KEY, Server, at_once
from tests.programs import Program, running

MB = 2**20
SEND_BYTES = 2**18


def sized(count: int, seed: int = 7) -> bytes:
    return random.Random(seed).randbytes(count)  # noqa: S311  # repeatable, not secret


def send_some(
    files: Filing, artifact_id: str, content: bytes, offset: int, until: int, *, is_reset: bool = True
) -> None:
    """Begins to send all that is left, and loses the connection after some of it.

    A reset, as of a machine that is gone and comes back, also loses what the server has not read yet.
    """
    with closing(begun_body(files, artifact_id, offset, len(content) - offset)) as connection:
        for at in range(offset, until, SEND_BYTES):
            connection.sendall(content[at : min(at + SEND_BYTES, until)])
        if is_reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def begun_body(files: Filing, artifact_id: str, offset: int, body_bytes: int) -> socket.socket:
    """A connection on which a body is announced."""
    url = urlsplit(files.server.url)
    head = (
        f"PUT {PREFIX}/artifacts/{artifact_id}/content?offset={offset} HTTP/1.1\r\n"
        f"Host: {url.netloc}\r\n"
        f"Authorization: {files.person.client.headers['authorization']}\r\n"
        "Content-Type: application/octet-stream\r\n"
        f"Content-Length: {body_bytes}\r\n\r\n"
    )
    connection = socket.create_connection((url.hostname or "", url.port or 0), timeout=30)
    connection.sendall(head.encode())
    return connection


def wait_for_bytes(files: Filing, artifact_id: str) -> int:
    """How much is here, once something is."""
    end_s = time.monotonic() + 60
    while (received := files.person.read(f"/artifacts/{artifact_id}")["received_bytes"]) == 0:
        assert time.monotonic() < end_s
        time.sleep(0.05)
    return received


def send_with_cuts(files: Filing, content: bytes, cuts: int) -> dict[str, Any]:
    """The artifact at its end."""
    made = files.announce(content)["id"]
    chance = random.Random(cuts)  # noqa: S311  # repeatable, not secret
    received = 0
    for _ in range(cuts):
        until = min(received + chance.randrange(1, 2 * len(content) // cuts), len(content) - 1)
        send_some(files, made, content, received, max(until, received + 1))
        received = files.person.read(f"/artifacts/{made}")["received_bytes"]
        if received >= len(content) - 2:
            break
    while received < len(content):
        # What was cut last may still be stored while this begins.
        answer = files.put(made, content[received:], received)
        assert answer.status_code in {200, 409}, answer.text
        received = files.person.read(f"/artifacts/{made}")["received_bytes"]
    return files.complete(made)


def test_a_file_is_whole_however_often_it_is_cut(files: Filing) -> None:
    content = sized(6 * MB)
    ended = send_with_cuts(files, content, cuts=6)
    assert (ended["status"], ended["failure"]) == ("ready", "")
    assert hashlib.sha256(files.content(ended["id"]).content).hexdigest() == ended["sha256"]


def test_what_came_of_a_body_before_it_broke_off_stays(files: Filing) -> None:
    content = sized(2 * MB)
    made = files.announce(content)["id"]
    send_some(files, made, content, 0, MB + 1, is_reset=False)
    received = wait_for_bytes(files, made)
    assert received == MB + 1
    assert files.put(made, content[received:], received).status_code == 200
    assert files.complete(made)["status"] == "ready"


def test_of_two_who_send_the_same_file_at_once_nobody_spoils_it(files: Filing) -> None:
    content = sized(4 * MB)
    made = files.announce(content)["id"]

    def send() -> int:
        with files.server.client(files.person.client.headers["authorization"].removeprefix("Bearer ")) as own:
            received = 0
            while received < len(content):
                piece = content[received : received + MB // 2]
                path = f"{PREFIX}/artifacts/{made}/content"
                answer = own.put(path, params={"offset": received}, content=piece)
                assert answer.status_code in {200, 409}, answer.text
                received = own.get(f"{PREFIX}/artifacts/{made}").json()["received_bytes"]
            return own.post(f"{PREFIX}/artifacts/{made}:complete").status_code

    assert at_once(send, send) == [200, 200]
    assert files.person.read(f"/artifacts/{made}")["status"] == "ready"
    assert files.content(made).content == content


@contextmanager
def sending(files: Filing, artifact_id: str, body: bytes, announced: int) -> Generator[socket.socket]:
    """A body of which so much comes, and whose sender is still there."""
    with closing(begun_body(files, artifact_id, 0, announced)) as connection:
        connection.sendall(body)
        end_s = time.monotonic() + 60
        while not (files.folder / "artifacts" / "uploads" / artifact_id).exists():
            assert time.monotonic() < end_s
            time.sleep(0.01)
        yield connection


def test_who_fell_silent_holds_up_nobody(files: Filing) -> None:
    content = sized(3 * MB)
    made = files.announce(content)["id"]
    with sending(files, made, content[:MB], len(content)) as silent:
        received = wait_for_bytes(files, made)
        assert received == MB
        assert files.put(made, content[MB : 2 * MB], MB).status_code == 200
        # It wakes up, and has lost its place.
        silent.sendall(sized(2 * MB, seed=8))
        assert b" 409 " in silent.recv(100)
    assert files.put(made, content[2 * MB :], 2 * MB).status_code == 200
    assert files.complete(made)["status"] == "ready"
    assert files.content(made).content == content


def test_who_comes_while_another_sends_spoils_nothing(files: Filing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "ALONE_WITHIN_S", 0.1)
    content, other = sized(2 * MB), sized(2 * MB, seed=8)
    made = files.announce(content)["id"]
    with sending(files, made, content[:MB], len(content)) as first:
        refused = files.put(made, other)
        assert (refused.status_code, "somebody else" in refused.json()["detail"]) == (409, True)
        first.sendall(content[MB:])
        assert b" 200 " in first.recv(100)
    assert files.complete(made)["status"] == "ready"
    assert files.content(made).content == content


def test_an_upload_goes_on_after_the_api_was_killed(database_url: str, tmp_path: Path) -> None:
    content = sized(6 * MB)
    environment = {"BAROGRAPH_SIGNING_KEY": SIGNING_KEY, "BAROGRAPH_DATA_DIR": str(tmp_path)}
    with running("api", database_url, tmp_path / "api.log", environment) as api:
        files = filing(Server(api.url, database_url, tmp_path), tmp_path)
        made = files.announce(content)["id"]
        assert files.put(made, content[: 2 * MB]).status_code == 200
        # More is on its way, of which nobody knows how much has come.
        send_some(files, made, content, 2 * MB, 5 * MB)
        restart(api)
        received = files.person.read(f"/artifacts/{made}")["received_bytes"]
        assert 2 * MB <= received <= 5 * MB
        assert files.put(made, content[received:], received).status_code == 200
        restart(api)
        ended = files.complete(made)
        assert (ended["status"], ended["failure"]) == ("ready", "")
        assert files.kept(made).read_bytes() == content
        files.person.client.close()


def restart(api: Program) -> None:
    api.kill()
    api.start()


@pytest.mark.nightly
def test_memory_does_not_grow_with_the_file(database_url: str, tmp_path: Path) -> None:
    environment = {"BAROGRAPH_SIGNING_KEY": SIGNING_KEY, "BAROGRAPH_DATA_DIR": str(tmp_path)}
    size_bytes = 2**30
    digest = hashlib.sha256()
    for _ in range(size_bytes // MB):
        digest.update(bytes(MB))
    with running("api", database_url, tmp_path / "api.log", environment) as api:
        files = filing(Server(api.url, database_url, tmp_path), tmp_path)
        body = {"name": "zeros", "size_bytes": size_bytes, "sha256": digest.hexdigest()}
        made = files.person.made(f"/runs/{files.run}/artifacts", body)["id"]
        path = f"{PREFIX}/artifacts/{made}/content"
        idle_bytes = of_memory(api, "VmRSS")
        # The peak counts anew from here on.
        Path(f"/proc/{pid_of(api)}/clear_refs").write_text("5")
        chunks = (bytes(MB) for _ in range(size_bytes // MB))
        sent = files.person.client.put(f"{path}?offset=0", content=chunks, timeout=600)
        assert sent.status_code == 200, sent.text
        assert files.complete(made)["status"] == "ready"
        received = 0
        with files.person.client.stream("GET", path, timeout=httpx.Timeout(600)) as answer:
            for chunk in answer.iter_raw():
                received += len(chunk)
        assert received == size_bytes
        assert of_memory(api, "VmHWM") - idle_bytes < 100 * MB
        files.person.client.close()


def of_memory(program: Program, name: str) -> int:
    """What the kernel says of a program's memory, in bytes."""
    status = Path(f"/proc/{pid_of(program)}/status").read_text()
    (kib,) = [line.split()[1] for line in status.splitlines() if line.startswith(f"{name}:")]
    return int(kib) * 1024


def pid_of(program: Program) -> int:
    assert program.process is not None
    return program.process.pid


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("plots/", "plots"),
        ("..", "file"),
        ("Prüfbericht Δp 圧力.pdf", "Prüfbericht Δp 圧力.pdf"),
        ('a"; filename="b.exe', "a_; filename=_b.exe"),
        ("two\r\nlines\nX-Evil: 1", "two lines X-Evil_ 1"),
        ("\u202egnp.exe", "gnp.exe"),
        ("x" * 295 + ".onnx", "x" * 195 + ".onnx"),
        ("圧" * 296 + ".csv", "圧" * 65 + ".csv"),
    ],
)
def test_no_name_is_a_path_or_a_header(name: str, saved: str) -> None:
    header = disposition(folded(name), is_shown=False)
    assert "\n" not in header
    assert "\r" not in header
    assert header.isascii()
    assert unquote(header.rpartition("filename*=UTF-8''")[2]) == saved
    assert len(saved.encode()) <= 200


def test_a_hostile_name_stays_a_label(files: Filing) -> None:
    made = files.file(b"x", name='../../\u202eevil\n"name".txt')
    assert files.content(made["id"]).content == b"x"
    assert files.kept(made["id"]).is_file()
    assert files.person.read(f"/runs/{files.run}/artifacts", name=made["name"])["items"] == [made]
    body = {"name": "\u200b\n", "size_bytes": 1, "sha256": "0" * 64}
    assert files.person.post(f"/runs/{files.run}/artifacts", body).status_code == 422
    assert files.person.post(f"/runs/{files.run}/artifacts", body | {"name": "a\0b"}).status_code == 422
    for odd in ("text", "text/html\r\nX: y", "a/b/c", "text/<b>"):
        again = body | {"name": "n", "content_type": odd}
        assert files.person.post(f"/runs/{files.run}/artifacts", again).status_code == 422
