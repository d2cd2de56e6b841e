"""HTTP as real clients speak it to ingest: upgrades, uploads that break off, goodbyes."""

import json
import shutil
import socket
import subprocess
import time

import httpx
import psycopg
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from barograph.times import now_us
from tests.ingest.database import raw
from tests.ingest.gateway import open_gateway
from tests.ingest.posting import PRODUCERS, READINGS, assert_problem
from tests.programs import Program
from tests.seed import Project, add_token

MIB = 2**20


def head(project: Project, *more: str, method: str = "POST", path: str = READINGS) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: here", f"Authorization: {project.headers['Authorization']}"]
    return "\r\n".join([*lines, "Content-Type: application/json", *more, "", ""]).encode()


def body(value: float) -> bytes:
    return json.dumps({"readings": [{"sensor": "s0", "t_us": now_us(), "value": value}]}).encode()


def wait_until_stored(database_url: str, project: Project, count: int) -> list[float]:
    """What is stored once there is so much, or after a minute."""
    end = time.monotonic() + 60
    while len(raw(database_url, project)) < count and time.monotonic() < end:
        time.sleep(0.05)
    return raw(database_url, project)


def test_a_request_that_would_rather_speak_http_2_is_stored(
    ingest: Program, project: Project, database_url: str
) -> None:
    readings = body(1.5)
    upgrade = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
    with socket.create_connection(("127.0.0.1", ingest.port), timeout=10) as line:
        line.sendall(head(project, *upgrade, f"Content-Length: {len(readings)}") + readings)
        assert line.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
    assert raw(database_url, project) == [1.5]


NODE = """
const http = require('node:http');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const post = (body) => new Promise((resolve, reject) => {
  const request = http.request(process.argv[1], {
    agent, method: 'POST', headers: { Authorization: process.argv[2], 'Content-Type': 'application/json' },
  }, (answer) => {
    answer.resume();
    answer.on('end', () => resolve([answer.statusCode, request.reusedSocket]));
  });
  request.on('error', reject);
  request.end(body);
});
(async () => {
  const first = await post(process.argv[3]);
  await new Promise((resolve) => setTimeout(resolve, 6000));
  console.log(JSON.stringify([first, await post(process.argv[4])]));
  agent.destroy();
})();
"""


@pytest.mark.nightly
def test_node_uses_its_connection_again_after_a_pause(
    ingest: Program, project: Project, database_url: str
) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not on the path")
    arguments = [ingest.url + READINGS, project.headers["Authorization"], body(1).decode(), body(2).decode()]
    done = subprocess.run([node, "-e", NODE, *arguments], capture_output=True, timeout=60, check=True)
    assert json.loads(done.stdout) == [[200, False], [200, True]]
    assert sorted(raw(database_url, project)) == [1.0, 2.0]


def test_a_plain_request_to_the_sockets_path_is_told_to_upgrade(client: httpx.Client) -> None:
    answer = client.get("/ingest/v1/ws")
    assert answer.status_code == 426
    assert answer.headers["upgrade"] == "websocket"
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_upload_that_breaks_off_is_no_error_of_ours(own_ingest: Program, project: Project) -> None:
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", own_ingest.port)) as line:
            line.sendall(head(project, "Content-Length: 100000") + b'{"readings":[')
            time.sleep(0.2)
    end = time.monotonic() + 60
    while own_ingest.log.read_text().count(f'"{READINGS}"') < 3:
        assert time.monotonic() < end
        time.sleep(0.05)
    log = own_ingest.log.read_text()
    assert "Traceback" not in log
    assert '"status": 500' not in log
    assert '"level": "error"' not in log


def test_what_came_before_a_goodbye_is_stored(ingest: Program, project: Project, database_url: str) -> None:
    for number in range(5):
        with open_gateway(ingest, project) as gateway:
            gateway.bind(f"rig/goodbye-{number}", ["s0"])
            for seq in range(1, 41):
                gateway.send_values(seq, [float(number * 100 + seq)])
        # closed without a look at any ack
    expected = sorted(float(number * 100 + seq) for number in range(5) for seq in range(1, 41))
    assert sorted(wait_until_stored(database_url, project, len(expected))) == expected


@pytest.mark.nightly
def test_what_came_before_a_goodbye_is_stored_however_long_commits_take(
    ingest: Program, project: Project, database_url: str
) -> None:
    with psycopg.connect(database_url) as blocker:
        with open_gateway(ingest, project) as gateway:
            gateway.bind("rig/patient", ["s0"])
            blocker.execute("select pg_advisory_xact_lock(1, %s)", (project.id,))
            # More than the window, so that some of it is unread when the goodbye comes.
            for seq in range(1, 101):
                gateway.send_values(seq, [float(seq)])
        time.sleep(0.5)
        assert raw(database_url, project) == []
    assert sorted(wait_until_stored(database_url, project, 100)) == [float(seq) for seq in range(1, 101)]


def test_the_log_keeps_no_token_that_somebody_put_into_an_address(
    own_ingest: Program, project: Project
) -> None:
    address = own_ingest.socket_url + "?token=bgi_a_secret"
    with connect(address, additional_headers=project.headers, proxy=None) as connection:
        connection.recv()
    with pytest.raises(InvalidStatus), connect(address, proxy=None):
        pass
    httpx.get(own_ingest.url + PRODUCERS, params={"name": "a", "token": "bgi_a_secret"})
    assert own_ingest.stop() == 0
    assert "bgi_a_secret" not in own_ingest.log.read_text()


def test_bodies_that_stall_take_room_from_their_own_token_alone(
    ingest: Program, project: Project, database_url: str, client: httpx.Client
) -> None:
    with psycopg.connect(database_url) as connection:
        token, _ = add_token(connection, project.id)
    stalled = [socket.create_connection(("127.0.0.1", ingest.port)) for _ in range(3)]
    try:
        for line in stalled:
            line.sendall(head(project, f"Content-Length: {4 * MIB}") + b" " * (4 * MIB - 10))
        time.sleep(0.5)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        assert client.post(READINGS, content=body(1), headers=headers).status_code == 200
    finally:
        for line in stalled:
            line.close()


def test_names_that_can_not_be_stored_are_no_error_of_ours(client: httpx.Client) -> None:
    json_type = {"Content-Type": "application/json"}
    sensor = b'{"readings":[{"sensor":"\\ud800","t_us":1,"value":1}]}'
    answer = client.post(READINGS, content=sensor, headers=json_type)
    assert (answer.status_code, answer.json()["rejected"][0]["code"]) == (422, "unknown-sensor")
    producer = b'{"readings":[],"producer":"\\ud800","seq":1}'
    assert_problem(client.post(READINGS, content=producer, headers=json_type), 422, "invalid")
    assert client.get(PRODUCERS, params={"name": "a\x00"}).status_code in {404, 422}


@pytest.mark.parametrize(
    "when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T24:00:00Z"]
)
def test_times_at_the_ends_of_the_calendar_are_no_error_of_ours(client: httpx.Client, when: str) -> None:
    answer = client.post(READINGS, json={"readings": [{"sensor": "s0", "time": when, "value": 1}]})
    assert answer.status_code == 422


def test_a_connection_without_a_token_hears_so_before_it_has_sent_its_body(ingest: Program) -> None:
    with socket.create_connection(("127.0.0.1", ingest.port), timeout=10) as line:
        line.sendall(f"POST {READINGS} HTTP/1.1\r\nHost: here\r\nContent-Length: 4000000\r\n\r\n".encode())
        assert line.recv(65536).startswith(b"HTTP/1.1 401 ")
