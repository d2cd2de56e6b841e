"""Telegraf's requests, as its outputs put them on the wire: byte for byte through a plain connection.

influxdb     POST /write?db=…, basic authentication, gzip, the batch in one body, lines end with a newline
influxdb_v2  POST /api/v2/write?bucket=…&org=…, Authorization: Token, gzip, chunked
http         POST to a URL of one's own, plain or gzip
"""

import base64
import gzip
import http.client
from collections.abc import Iterator, Mapping

import pytest

from tests.ingest.line_posting import now_ns, readings, set_project
from tests.programs import Program
from tests.seed import Project

AGENT = {"User-Agent": "Telegraf/1.32.3 Go/1.23.3", "Content-Type": "text/plain; charset=utf-8"}
GZIP = {"Content-Encoding": "gzip", "Accept-Encoding": "gzip"}


def metrics(at_ns: int) -> bytes:
    """A batch as it is written: tags sorted, whole numbers with i, a newline at each line's end."""
    return (
        f"cpu,cpu=cpu0,host=gw-1 usage_idle=97.97979797979798,usage_user=1.0101010101010102 {at_ns}\n"
        f"disk,device=sda1,host=gw-1,path=/mnt/my\\ disk free=219353706496i,inodes_used=1i {at_ns}\n"
        f"modbus,host=gw-1,name=rig\\,\\ left,slave_id=1 pressure=1013.25,valve=true {at_ns}\n"
    ).encode()


STORED = [
    ("cpu,cpu=cpu0,host=gw-1.usage_idle", 97.97979797979798),
    ("cpu,cpu=cpu0,host=gw-1.usage_user", 1.0101010101010102),
    ("disk,device=sda1,host=gw-1,path=/mnt/my disk.free", 219353706496.0),
    ("disk,device=sda1,host=gw-1,path=/mnt/my disk.inodes_used", 1.0),
    ("modbus,host=gw-1,name=rig, left,slave_id=1.pressure", 1013.25),
    ("modbus,host=gw-1,name=rig, left,slave_id=1.valve", 1.0),
]


@pytest.fixture
def open_project(database_url: str, project: Project) -> Project:
    set_project(database_url, project, register_sensors_up_to=50)
    return project


def send(
    ingest: Program, path: str, headers: Mapping[str, str], body: bytes | Iterator[bytes]
) -> tuple[int, Mapping[str, str], bytes]:
    """The answer's status, headers and body."""
    connection = http.client.HTTPConnection("127.0.0.1", ingest.port, timeout=20)
    try:
        is_chunked = not isinstance(body, bytes)
        connection.request("POST", path, body, {**AGENT, **headers}, encode_chunked=is_chunked)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def in_chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 50):
        yield body[start : start + 50]


def test_outputs_influxdb(ingest: Program, open_project: Project, database_url: str) -> None:
    credentials = base64.b64encode(f"telegraf:{open_project.token}".encode()).decode()
    headers = {**GZIP, "Authorization": f"Basic {credentials}"}
    body = gzip.compress(metrics(now_ns()))
    for _ in range(2):  # the answer was lost, and the batch comes again
        assert send(ingest, "/write?consistency=any&db=telegraf", headers, body)[0] == 204
    assert readings(database_url, open_project) == STORED


def test_outputs_influxdb_begins_with_its_database(ingest: Program, open_project: Project) -> None:
    credentials = base64.b64encode(f"telegraf:{open_project.token}".encode()).decode()
    headers = {
        "Authorization": f"Basic {credentials}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    status, told, answer = send(ingest, "/query", headers, b"q=CREATE+DATABASE+%22telegraf%22")
    assert (status, told["content-type"], answer) == (
        200,
        "application/json",
        b'{"results":[{"statement_id":0}]}',
    )
    assert told["x-influxdb-version"]


def test_outputs_influxdb_with_a_database_by_tag(
    ingest: Program, open_project: Project, database_url: str
) -> None:
    """`database_tag` and `exclude_database_tag`: a body for each database, its tag left out of the lines."""
    headers = {"Authorization": f"Token {open_project.token}", **GZIP}
    for database in ("left", "right"):
        body = gzip.compress(f"m,host=gw-1 v=1 {now_ns()}\n".encode())
        assert send(ingest, f"/write?db={database}&rp=week&precision=ns", headers, body)[0] == 204
    assert readings(database_url, open_project) == [("m,host=gw-1.v", 1.0)] * 2


def test_outputs_influxdb_v2(ingest: Program, open_project: Project, database_url: str) -> None:
    headers = {**GZIP, "Authorization": f"Token {open_project.token}", "Transfer-Encoding": "chunked"}
    body = gzip.compress(metrics(now_ns()))
    path = "/api/v2/write?bucket=telegraf&org=any"
    for _ in range(2):
        assert send(ingest, path, headers, in_chunks(body))[0] == 204
    assert readings(database_url, open_project) == STORED


def test_outputs_http(ingest: Program, open_project: Project, database_url: str) -> None:
    headers = {"Authorization": f"Token {open_project.token}"}
    assert send(ingest, "/write?precision=ns", headers, metrics(now_ns()))[0] == 204
    assert readings(database_url, open_project) == STORED


def test_a_batch_with_a_string_is_given_up_and_the_rest_is_stored(
    ingest: Program, open_project: Project, database_url: str
) -> None:
    at = now_ns()
    body = metrics(at) + f'system,host=gw-1 uptime_format="3 days, 1:02" {at}\n'.encode()
    headers = {"Authorization": f"Token {open_project.token}"}
    status, told, answer = send(ingest, "/write?db=telegraf", headers, body)
    # By the words it gives the batch up; by the type of the answer it looks for them.
    assert (status, told["content-type"]) == (400, "application/json")
    assert b'{"error":"partial write: ' in answer
    assert readings(database_url, open_project) == STORED


def test_a_batch_too_large_is_told_so_that_it_is_halved(ingest: Program, open_project: Project) -> None:
    headers = {"Authorization": f"Token {open_project.token}"}
    status, _, answer = send(ingest, "/api/v2/write?bucket=b", headers, b"x" * (4 * 2**20 + 1))
    assert status == 413
    assert b'"code":"request too large"' in answer
