"""A client that was told everything asks nobody about it. A server in place of AWS's own counts who asks."""

import os
import subprocess
import sys
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from barograph.files.bucket_client import is_told_all
from tests.programs import ROOT
from tests.servers.bucket import KEYS

ROOMS = ("api", "backfill", "barograph", "ingest")
OPENS = "import sys; from barograph.files.bucket_client import open_bucket; open_bucket(sys.argv[1])"
TOLD = "s3://files/a?region=eu-central-1&scheme=http&endpoint_override=127.0.0.1:9"


class _AboutItself(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)

    do_PUT = do_GET  # noqa: N815  # http.server's

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's
        """Nothing."""


@pytest.fixture
def asked() -> Generator[tuple[str, list[str]]]:
    """Where the machine describes itself, and what it was asked for."""
    paths: list[str] = []
    handler = type("AboutItself", (_AboutItself,), {"asked": paths})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", paths
        server.shutdown()


def open_elsewhere(url: str, metadata_url: str, **environment: str) -> None:
    """In a process of its own: who asks whom is settled once in each."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    told = {**known, **environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata_url}
    subprocess.run([sys.executable, "-c", OPENS, url], env=told, check=True, timeout=60)


def test_whoever_is_told_everything_asks_nobody(asked: tuple[str, list[str]]) -> None:
    metadata_url, paths = asked
    open_elsewhere(TOLD, metadata_url, **KEYS)
    assert paths == []


def test_without_a_key_the_machine_is_asked(asked: tuple[str, list[str]]) -> None:
    metadata_url, paths = asked
    open_elsewhere(TOLD, metadata_url)
    assert paths


def test_whoever_opens_a_bucket_opens_it_here() -> None:
    """Else its first use waits for an address at which nobody answers."""
    sources = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    assert [path.name for path in sources if "from_uri(" in path.read_text()] == ["bucket_client.py"]


@pytest.mark.parametrize(
    ("url", "environment", "is_told"),
    [
        ("s3://files?region=eu-central-1", KEYS, True),
        ("s3://files?endpoint_override=10.0.0.1:9000", KEYS, True),
        ("s3://key:secret@files?region=eu-central-1", {}, True),
        ("s3://files", KEYS, False),
        ("s3://files?region=eu-central-1", {}, False),
        ("s3://files?region=eu-central-1", {"AWS_ACCESS_KEY_ID": "k"}, False),
    ],
)
def test_what_has_to_be_told(url: str, environment: dict[str, str], is_told: bool) -> None:
    assert is_told_all(url, environment) is is_told
