"""The client in TypeScript: by Node's test runner, against the real server, and in a browser."""

import functools
import http.server
import json
import re
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import sync_playwright

from barograph.times import now_us
from tests.conftest import SERVICES_DIR
from tests.ingest.database import raw
from tests.ingest.languages.feeding import WITHIN_S, last_line, wait_for_line
from tests.ingest.languages.full_server import binds_refused, full_server, wait_for_log
from tests.ingest.languages.node import compile_typescript, find_node, start_node
from tests.programs import ROOT, Program
from tests.seed import Project, add_token
from tests.servers.proxy import Proxy
from tools.programs.chromium import ensure_chromium

SOURCES = ROOT / "client" / "typescript"
FEEDER = Path(__file__).with_name("feeder.ts")
PAGE = """<!doctype html><title>rig</title><script type="module">
import { Stream } from "./index.js";
window.feed = async (url, token, tUs) => {
  const stream = new Stream({ url, token, producer: "rig/page", sensors: ["s0"] });
  await stream.send([0, 0, 0], [BigInt(tUs), BigInt(tUs) + 1n, new Date(Number(tUs) / 1000)], [1, 2, 3]);
  return [await stream.close(), stream.accepted];
};
</script>"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `npm run build` makes, its types checked."""
    dist = tmp_path_factory.mktemp("dist")
    compile_typescript(SOURCES, dist)
    (dist / "page.html").write_text(PAGE)
    return dist


def feed(
    url: str, project: Project, count: int, sensors: str = "s0", start_us: int = 0
) -> subprocess.Popen[str]:
    start = str(start_us or now_us() - count)
    return start_node(FEEDER, url, project.token, "rig/node", sensors, start, str(count))


def test_its_pure_modules_hold_the_protocols_vectors() -> None:
    tests = sorted(str(path) for path in (SOURCES / "tests").glob("*.test.ts"))
    done = subprocess.run([str(find_node()), "--test", *tests], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_each_reading_is_stored_once_whatever_is_cut_and_killed(
    database_url: str, own_ingest: Program, project: Project
) -> None:
    count = 3000
    with Proxy(own_ingest.url) as proxy:
        process = feed(proxy.url.replace("http", "ws") + "/ingest/v1/ws", project, count)
        for line in ("sent 500", "sent 1000", "sent 1500"):
            wait_for_line(process, line)
            proxy.cut()
        own_ingest.kill()
        wait_for_line(process, "sent 2000")
        own_ingest.start()
        # Acks whose counts were lost with a connection are not counted; what is stored is.
        assert re.fullmatch(r"closed true \d+ 0 \[\]", last_line(process))
    assert raw(database_url, project) == list(range(count))


def test_a_cable_that_is_pulled_is_noticed_by_the_silence(
    database_url: str, ingest: Program, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDER_SILENCE_MS", "1000")
    with Proxy(ingest.url) as proxy:
        process = feed(proxy.url.replace("http", "ws") + "/ingest/v1/ws", project, 2000)
        wait_for_line(process, "sent 500")
        proxy.is_plugged.clear()
        wait_for_line(process, "waiting silence")
        proxy.is_plugged.set()
        assert re.fullmatch(r"closed true \d+ 0 \[\]", last_line(process))
    assert raw(database_url, project) == list(range(2000))


@pytest.mark.nightly
def test_it_waits_for_a_server_that_is_not_there_yet(
    database_url: str, own_ingest: Program, project: Project
) -> None:
    own_ingest.kill()
    process = feed(own_ingest.socket_url, project, 200)
    wait_for_line(process, "sent 150")
    own_ingest.start()
    assert last_line(process) == "closed true 200 0 []"
    assert raw(database_url, project) == list(range(200))


def test_a_token_that_is_not_valid_ends_it_and_says_what_to_do(ingest: Program) -> None:
    process = start_node(FEEDER, ingest.socket_url, "bgi_wrong", "rig/node", "s0", str(now_us()), "100000")
    said = last_line(process)
    assert said.startswith("StreamEnded: token-refused")
    assert "barograph token create" in said
    assert process.returncode == 1


@pytest.mark.nightly
def test_it_goes_on_after_a_server_that_leaves_in_good_order_and_takes_no_more_than_it_has_room_for(
    database_url: str, own_ingest: Program, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEEDER_ROOM", "300")
    process = feed(own_ingest.socket_url, project, 2000)
    wait_for_line(process, "sent 500")
    own_ingest.stop()
    own_ingest.start()
    assert re.fullmatch(r"closed true \d+ 0 \[\]", last_line(process))
    assert raw(database_url, project) == list(range(2000))


def test_it_comes_again_to_a_server_that_is_full_and_loses_nothing(
    database_url: str, project: Project, tmp_path: Path
) -> None:
    with full_server(database_url, project, tmp_path) as full:
        process = feed(full.socket_url, project, 500)
        wait_for_line(process, "sent 450")
        full.wait_for_refusals(2)
        full.make_room()
        assert last_line(process) == "closed true 500 0 []"
    assert raw(database_url, project) == list(range(500))


@pytest.mark.nightly
def test_it_binds_again_after_it_was_sent_away_with_1013(
    database_url: str, own_ingest: Program, project: Project
) -> None:
    with Proxy(own_ingest.url.replace("http", "ws")) as proxy:
        process = feed(f"{proxy.url}/ingest/v1/ws", project, 1500)
        wait_for_line(process, "sent 500")
        with binds_refused(database_url):
            proxy.cut()
            wait_for_log(own_ingest, "bind failed", 2)
        assert re.fullmatch(r"closed true \d+ 0 \[\]", last_line(process))
    assert raw(database_url, project) == list(range(1500))


def test_a_bind_that_is_refused_ends_it_and_says_what_to_do(
    ingest: Program, project: Project, database_url: str
) -> None:
    with psycopg.connect(database_url) as connection:
        token, _ = add_token(connection, project.id, producers=["another/*"])
    process = start_node(FEEDER, ingest.socket_url, token, "rig/node", "s0", str(now_us()), "100000")
    said = last_line(process)
    assert said.startswith("StreamEnded: forbidden")
    assert "give the gateway a token" in said


def test_a_path_that_is_not_there_ends_it(ingest: Program, project: Project) -> None:
    process = feed(ingest.socket_url.replace("/v1/", "/v9/"), project, 100_000)
    assert last_line(process).startswith("StreamEnded: bad-address")


def test_rejected_readings_are_told_with_their_sensor(ingest: Program, project: Project) -> None:
    process = feed(ingest.socket_url, project, 3, "no-such-sensor")
    said, complaints = process.communicate(timeout=WITHIN_S)
    assert [line for line in said.splitlines() if line.startswith("rejected")] == [
        f"rejected no-such-sensor unknown-sensor {value}" for value in range(3)
    ]
    assert said.splitlines()[-1] == "closed true 0 3 []"
    assert "sensors are unknown" in complaints


@contextmanager
def serving_files(folder: Path) -> Generator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # as its base has it
            """Says nothing."""

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_page_in_a_browser_streams_too(
    compiled: Path, database_url: str, ingest: Program, project: Project
) -> None:
    program = ensure_chromium(SERVICES_DIR)
    with serving_files(compiled) as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program.executable, args=["--no-sandbox"], env={**program.environment}
        )
        page = browser.new_page()
        page.goto(f"{origin}/page.html")
        page.wait_for_function("window.feed !== undefined")
        given = json.dumps([ingest.socket_url, project.token, str(now_us() - 10**6)])
        assert page.evaluate(f"window.feed(...{given})") == [True, 3]
        browser.close()
    assert raw(database_url, project) == [1, 2, 3]
