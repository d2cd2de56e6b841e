"""Every front door's file is one that Caddy takes."""

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from barograph.local.refusal import SetUpRefused
from tests.conftest import SERVICES_DIR
from tests.programs import ROOT, free_port
from tests.waiting import wait_until
from tools.programs.caddy import ensure_caddy

FILES = sorted(ROOT.glob("deploy/**/Caddyfile"))


@pytest.fixture(scope="module")
def caddy() -> Path:
    try:
        return ensure_caddy(SERVICES_DIR)
    except SetUpRefused as refused:
        pytest.skip(f"no Caddy to check with: {refused}")


@pytest.fixture
def quiet_home(tmp_path: Path) -> dict[str, str]:
    """An environment in which Caddy writes nowhere else."""
    return {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": ""}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_caddy_takes_it(path: Path, caddy: Path, quiet_home: dict[str, str]) -> None:
    done = subprocess.run(
        [caddy, "validate", "--adapter", "caddyfile", "--config", path],
        env=quiet_home,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Caddyfile input is not formatted" not in done.stderr


def test_without_containers_it_passes_on_to_the_addresses_that_are_given(
    caddy: Path, quiet_home: dict[str, str]
) -> None:
    port = free_port()
    with answering("api") as api_url, answering("ingest") as ingest_url:
        environment = quiet_home | {
            "BAROGRAPH_SITE": f"http://127.0.0.1:{port}",
            "BAROGRAPH_API_URL": api_url,
            "BAROGRAPH_INGEST_URL": ingest_url,
        }
        command = [caddy, "run", "--adapter", "caddyfile", "--config", ROOT / "deploy" / "Caddyfile"]
        door = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                wait_until(lambda: answers(client))
                said = {
                    path: client.get(path).text for path in ("/", "/api/v1/live", "/ingest/v1/ws", "/write")
                }
                assert client.get("/metrics").status_code == 404
        finally:
            door.terminate()
            door.wait()
    assert said == {"/": "api", "/api/v1/live": "api", "/ingest/v1/ws": "ingest", "/write": "ingest"}


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/").status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def answering(text: str) -> Generator[str]:
    """A server that says only this; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the class's
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
