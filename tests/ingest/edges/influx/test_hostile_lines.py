"""Bodies of line protocol made to do harm: each is answered, none with a 5xx, and the next one is stored."""

import random
from collections.abc import Generator, Iterator

import httpx
import pytest

from tests.examples import in_time, tonight
from tests.ingest.line_posting import now_ns, readings, set_project, write
from tests.ingest.messages.line_protocol.hostile_lines import HOSTILE_LINES
from tests.ingest.messages.line_protocol.test_against_reference import SCRAPS
from tests.programs import Program, running
from tests.seed import Project

PRECISIONS = ("", "ns", "us", "ms", "s", "m", "h", "x")


@pytest.fixture(scope="module")
def ingest(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Program]:
    log = tmp_path_factory.mktemp("ingest") / "ingest.log"
    with running("ingest", database_url, log) as program:
        yield program
        assert program.process is not None
        assert program.process.poll() is None


def hostile(cases: int, seed: int) -> Iterator[tuple[str, dict[str, str], bytes]]:
    """Requests: path, headers, body."""
    chance = random.Random(seed)  # noqa: S311
    for _ in range(cases):
        kind = chance.random()
        if kind < 0.6:
            body = "".join(chance.choices(SCRAPS, k=chance.randrange(80))).encode()
        else:
            body = chance.randbytes(chance.randrange(200))
        precision = chance.choice(PRECISIONS)
        coding = chance.choice(["", "", "", "gzip", "zstd", "identity", "br, gzip"])
        headers = {"Content-Encoding": coding} if coding else {}
        yield f"{chance.choice(['/write', '/api/v2/write'])}?precision={precision}", headers, body


def assert_answered(client: httpx.Client, cases: int, seed: int) -> None:
    """Checks that each request has an answer that is no 5xx, in the shape of its version."""
    for path, headers, body in in_time(hostile(cases, seed)):
        answer = client.post(path, content=body, headers=headers)
        assert answer.status_code in {204, 400, 413, 415}, (path, headers, body, answer.text)
        if answer.status_code != 204:
            assert answer.json().keys() == ({"error"} if path.startswith("/write") else {"code", "message"})


def test_no_body_is_answered_with_a_5xx(client: httpx.Client, project: Project, database_url: str) -> None:
    set_project(database_url, project, register_sensors_up_to=50)
    assert_answered(client, 300, 1)
    assert write(client, f"after v=1 {now_ns()}").status_code in {204, 400}


@pytest.mark.nightly
def test_none_of_many_bodies_is(client: httpx.Client, project: Project, database_url: str) -> None:
    set_project(database_url, project, register_sensors_up_to=50)
    assert_answered(client, 100_000, tonight())


@pytest.mark.parametrize("name", HOSTILE_LINES)
def test_what_takes_time_is_answered(
    client: httpx.Client, project: Project, database_url: str, name: str
) -> None:
    # None takes a tenth of the 10 s of the processor that a parser may take.
    answer = client.post("/write", content=HOSTILE_LINES[name], timeout=120)
    assert answer.status_code in {204, 400, 413}
    set_project(database_url, project, sensor_key_template="{field}")
    assert write(client, f"m s0=1 {now_ns()}").status_code == 204
    assert readings(database_url, project) == [("s0", 1.0)]
