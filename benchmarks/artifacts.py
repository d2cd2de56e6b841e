"""How close does sending and fetching a file come to Caddy, with the same file, disk and client?

Fetching: one client, then four at once, read a file by `GET /artifacts/{id}/content`, with its token; Caddy's
file server sends the same bytes, from the page cache as we do.

Sending: one client, then four at once, send a file of their own by `PUT …/content` and end it by `:complete`:
what comes is hashed, synced to the disk piece by piece, told to the database, and kept. Caddy takes no files.
Beside it stand a bare loop, which reads the body into one buffer, hashes it, writes it to the same disk and
syncs it once; and the same loop behind Caddy's reverse proxy, as somebody would build it with Caddy. That
loop knows no database, no rights and no cuts, so it is what the hardware gives away.

Caddy is not ours to install: it is found on the PATH or at BAROGRAPH_CADDY (Debian's package `caddy`,
unpacked by `dpkg-deb -x`, will do). Without it, the loop alone stands beside.

Wanted: at least 0.7 of Caddy.

Run: `python -m benchmarks.artifacts [--quick]`.

Everybody does it once before the clock runs. A process that has just started opens connections first, and
the disk of a virtual machine is slow where it was never written to: pieces of 8 MB, each synced, went to new
files with 162 MB/s, and with 470 to 900 to the same blocks once more. The bare loop's files, which go at
once, get the same blocks each time.

Last result (28 November 2026, `--quick`, two cores that did nothing else), MB/s and shares:

| clients | fetched | of Caddy | sent | of the bare loop | of the loop behind Caddy |
| ------- | ------- | -------- | ---- | ---------------- | ------------------------ |
| 1       | 1,424   | 1.20     | 433  | 0.92             | 1.15                     |
| 4       | 2,516   | 0.98     | 690  | 1.18             | 1.70                     |

Before decision 1050, by two buffers for each upload, one client sent 1.04 to 1.17 of the bare loop and 1.99
to 2.41 of the loop behind Caddy, four 0.42 to 0.57 and 0.62 to 0.74.

The baselines are fair: they answer once all is hashed and on the disk, which Caddy waits for. They sync once,
where we sync and tell the database as it comes, so that a cut loses little.
"""

import argparse
import hashlib
import http.client
import json
import multiprocessing
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.table import print_table
from tests.api.artifacts.filing import Filing, filing
from tests.api.server import PREFIX, SIGNING_KEY, Server
from tests.programs import free_port, running

MB = 2**20
CLIENTS = (1, 4)
BUFFER_BYTES = MB
WITHIN_S = 30
PROXY = """\
{{
    admin off
    auto_https off
}}
http://127.0.0.1:{port} {{
    reverse_proxy 127.0.0.1:{to}
}}
"""
Move = Callable[[], None]
"""Sends a file, or fetches it."""


class Peer(NamedTuple):
    """Somebody who takes or sends files.

    Attributes:
        make: what a client then does, prepared before the clock runs.
    """

    name: str
    make: Callable[[], Move]


def main() -> None:
    """Measures all in turn, and prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a quarter of the file, one round")
    is_quick = parser.parse_args().quick
    size_bytes, rounds = (256 * MB, 1) if is_quick else (1024 * MB, 3)
    caddy = os.environ.get("BAROGRAPH_CADDY") or shutil.which("caddy")
    with tempfile.TemporaryDirectory(prefix="barograph-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        file = folder / "files" / "file"
        file.parent.mkdir()
        file.write_bytes(Random(7).randbytes(size_bytes // 16) * 16)  # noqa: S311  # repeatable, not secret
        files = stack.enter_context(serving_api(folder))
        fetching, sending = [api_fetching(files, file)], [api_sending(files, file)]
        loop = stack.enter_context(bare_loop(folder))
        sending.append(Peer("bare loop", partial(plain_sending, loop, file)))
        if caddy:
            server = stack.enter_context(caddy_files(caddy, folder, file.parent))
            fetching.append(Peer("Caddy", lambda: partial(fetch, server, "/file", "", size_bytes)))
            proxy = stack.enter_context(caddy_proxy(caddy, folder, loop))
            sending.append(Peer("loop behind Caddy", partial(plain_sending, proxy, file)))
        for title, peers in (("Fetching", fetching), ("Sending", sending)):
            for peer in peers:
                moving_rate(peer, max(CLIENTS), size_bytes)
            rows = [row_of(peers, clients, size_bytes, rounds) for clients in CLIENTS]
            header = ("clients", *(peer.name for peer in peers), *(f"of {peer.name}" for peer in peers[1:]))
            print_table(f"{title} {size_bytes // MB:,} MB, MB/s", header, rows)
    if not caddy:
        print("\nCaddy was not found: no baseline of it.")


def row_of(peers: Sequence[Peer], clients: int, size_bytes: int, rounds: int) -> tuple[str, ...]:
    """Medians; each ratio is that of neighbours in time."""
    rates = [[moving_rate(peer, clients, size_bytes) for peer in peers] for _ in range(rounds)]
    by_peer = [statistics.median(each) for each in zip(*rates, strict=True)]
    ratios = [statistics.median(each[0] / each[number] for each in rates) for number in range(1, len(peers))]
    return (str(clients), *(f"{rate:,.0f}" for rate in by_peer), *(f"{ratio:.2f}" for ratio in ratios))


def moving_rate(peer: Peer, clients: int, size_bytes: int) -> float:
    """Megabytes a second of all clients together."""
    moves = [peer.make() for _ in range(clients)]
    with ThreadPoolExecutor(clients) as pool:
        begun_s = time.perf_counter()
        for done in [pool.submit(move) for move in moves]:
            done.result()
        return clients * size_bytes / MB / (time.perf_counter() - begun_s)


# The API.


@contextmanager
def serving_api(folder: Path) -> Generator[Filing]:
    """An API as it really runs, with a run to hold files."""
    environment = {"BAROGRAPH_SIGNING_KEY": SIGNING_KEY, "BAROGRAPH_DATA_DIR": str(folder)}
    with (
        serving_cluster() as server_url,
        fresh_database(server_url) as url,
        running("api", url, folder / "api.log", environment) as api,
    ):
        files = filing(Server(api.url, url, folder), folder)
        yield files
        files.person.client.close()


def api_fetching(files: Filing, file: Path) -> Peer:
    """Fetches a file that is there, by the API."""
    made = announce(files, file)
    send_to_api(files, file, made)
    port, size_bytes = port_of(files.server.url), file.stat().st_size
    path, token = f"{PREFIX}/artifacts/{made}/content", files.person.client.headers["authorization"]
    return Peer("API", lambda: partial(fetch, port, path, token, size_bytes))


def api_sending(files: Filing, file: Path) -> Peer:
    """Sends another file each time, by the API. Those that were sent before make room."""
    sent: list[str] = []

    def make() -> Move:
        for old in sent:
            files.kept(old).unlink(missing_ok=True)
        sent.append(announce(files, file))
        return partial(send_to_api, files, file, sent[-1])

    return Peer("API", make)


def announce(files: Filing, file: Path) -> str:
    """The id of a new artifact."""
    with file.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    body = {"name": "file", "size_bytes": file.stat().st_size, "sha256": sha256}
    return files.person.made(f"/runs/{files.run}/artifacts", body)["id"]


def send_to_api(files: Filing, file: Path, artifact_id: str) -> None:
    """Sends the file, and has it checked."""
    port, token = port_of(files.server.url), files.person.client.headers["authorization"]
    there = f"{PREFIX}/artifacts/{artifact_id}"
    send(port, f"{there}/content?offset=0", token, file)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", f"{there}:complete", headers={"Authorization": token})
    ended = json.loads(connection.getresponse().read())
    connection.close()
    assert ended["status"] == "ready", ended


def port_of(url: str) -> int:
    """The port in a URL."""
    return int(url.rpartition(":")[2])


# What both are asked by.


def fetch(port: int, path: str, token: str, size_bytes: int) -> None:
    """Reads a file, and keeps nothing of it."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head_of("GET", port, path, token, 0))
        buffer, body_bytes = bytearray(BUFFER_BYTES), 0
        head, rest = head_and_rest(connection)
        assert b" 200 " in head.split(b"\r\n", 1)[0], head
        body_bytes = len(rest)
        while body_bytes < size_bytes:
            received = connection.recv_into(buffer)
            assert received, "it broke off"
            body_bytes += received


def send(port: int, path: str, token: str, file: Path) -> None:
    """Sends a file as fast as it is taken."""
    with socket.create_connection(("127.0.0.1", port)) as connection, file.open("rb") as content:
        connection.sendall(head_of("PUT", port, path, token, file.stat().st_size))
        with suppress(BrokenPipeError):  # who refuses says why
            connection.sendfile(content)
        head, _ = head_and_rest(connection)
        assert b" 200 " in head.split(b"\r\n", 1)[0], head


def head_of(method: str, port: int, path: str, token: str, body_bytes: int) -> bytes:
    """The head of a request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
    if token:
        lines.append(f"Authorization: {token}")
    if method == "PUT":
        lines += ["Content-Type: application/octet-stream", f"Content-Length: {body_bytes}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def head_and_rest(connection: socket.socket) -> tuple[bytes, bytes]:
    """The head of a message, and what of its body came with it."""
    got = b""
    while b"\r\n\r\n" not in got:
        more = connection.recv(65536)
        assert more, "it broke off"
        got += more
    head, _, rest = got.partition(b"\r\n\r\n")
    return head, rest


# What stands beside it.


@contextmanager
def bare_loop(folder: Path) -> Generator[int]:
    """A server that writes and hashes bodies, a thread each; its port."""
    port = free_port()
    process = multiprocessing.get_context("spawn").Process(target=serve_bare, args=(port, folder))
    process.start()
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.join(WITHIN_S)


def serve_bare(port: int, folder: Path) -> None:
    """Takes a body from each connection."""
    with socket.create_server(("127.0.0.1", port)) as listener, ThreadPoolExecutor(16) as pool:
        while True:
            pool.submit(take_bare, listener.accept()[0], folder)


def take_bare(connection: socket.socket, folder: Path) -> None:
    """Hashes a body and writes it to the disk, where it is synced before the answer."""
    with connection, tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        head, rest = head_and_rest(connection)
        (length,) = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        left_bytes = int(length.partition(b":")[2]) - len(rest)
        digest, buffer = hashlib.sha256(rest), bytearray(BUFFER_BYTES)
        file.write(rest)
        view = memoryview(buffer)
        while left_bytes and (received := connection.recv_into(buffer)):
            digest.update(view[:received])
            file.write(view[:received])
            left_bytes -= received
        os.fdatasync(file.fileno())
        said = digest.hexdigest().encode()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))


def plain_sending(port: int, file: Path) -> Move:
    """To the loop, or to Caddy before it."""
    return partial(send, port, "/file", "", file)


@contextmanager
def caddy_files(caddy: str, folder: Path, served: Path) -> Generator[int]:
    """Caddy's file server; its port."""
    port = free_port()
    words = ["file-server", "--listen", f"127.0.0.1:{port}", "--root", str(served)]
    with running_caddy(caddy, folder, words, port):
        yield port


@contextmanager
def caddy_proxy(caddy: str, folder: Path, to: int) -> Generator[int]:
    """Caddy's reverse proxy; its port."""
    port = free_port()
    settings = folder / "Caddyfile"
    settings.write_text(PROXY.format(port=port, to=to))
    words = ["run", "--adapter", "caddyfile", "--config", str(settings)]
    with running_caddy(caddy, folder, words, port):
        yield port


@contextmanager
def running_caddy(caddy: str, folder: Path, words: Sequence[str], port: int) -> Generator[None]:
    """Caddy with such a command."""
    homes = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
    process = subprocess.Popen(
        [caddy, *words], env={**os.environ, **homes}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        yield
    finally:
        process.terminate()
        process.wait(WITHIN_S)


def wait_for(port: int) -> None:
    """Until something listens there.

    Raises:
        TimeoutError: nothing does.
    """
    end_s = time.monotonic() + WITHIN_S
    while time.monotonic() < end_s:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens at port {port}")


if __name__ == "__main__":
    main()
