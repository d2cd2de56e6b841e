"""curl writes lines, as the documents show it: packed or not, in every precision."""

import gzip
import shutil
import subprocess

import pytest

from barograph.times import from_us, now_us
from tests.ingest.database import ask
from tests.ingest.line_posting import now_ns, readings, set_project
from tests.programs import Program
from tests.seed import Project

CURL = shutil.which("curl")
pytestmark = pytest.mark.skipif(CURL is None, reason="curl is not installed")
UNITS_US = {"us": 1, "u": 1, "ms": 1000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000}


def curl(url: str, token: str, body: bytes, *more: str) -> tuple[str, str]:
    """The answer's status and body."""
    words = ["--silent", "--write-out", "\n%{http_code}", "--header", f"Authorization: Token {token}"]
    command = [str(CURL), *words, *more, "--data-binary", "@-", url]
    done = subprocess.run(command, input=body, capture_output=True, check=True, timeout=60)
    text, _, status = done.stdout.decode().rpartition("\n")
    return status, text


def test_every_precision(ingest: Program, project: Project, database_url: str) -> None:
    set_project(database_url, project, register_sensors_up_to=50)
    now = now_us()
    for precision, unit_us in UNITS_US.items():
        body = f"m {precision}=1 {now // unit_us}\n".encode()
        assert curl(f"{ingest.url}/write?precision={precision}", project.token, body) == ("204", "")
    body = f"m n=1 {now * 1000}".encode()
    assert curl(f"{ingest.url}/api/v2/write?precision=ns", project.token, body) == ("204", "")
    times = dict(
        ask(
            database_url,
            "select key, time from any_reading join sensor on sensor.id = sensor_id where project_id = %s",
            project.id,
        )
    )
    expected = {f"m.{name}": from_us(now // unit * unit) for name, unit in UNITS_US.items()}
    assert times == {**expected, "m.n": from_us(now)}


def test_gzip(ingest: Program, project: Project, database_url: str) -> None:
    set_project(database_url, project, register_sensors_up_to=50)
    body = gzip.compress(f"m v=1 {now_ns()}\n".encode())
    assert curl(f"{ingest.url}/write", project.token, body, "--header", "Content-Encoding: gzip")[0] == "204"
    assert readings(database_url, project) == [("m.v", 1.0)]


def test_a_bad_line_is_told(ingest: Program, project: Project) -> None:
    status, text = curl(f"{ingest.url}/api/v2/write", project.token, b"m v=\n")
    assert (status, text) == (
        "400",
        '{"code":"invalid","message":"unable to parse \'m v=\': missing field value"}',
    )
