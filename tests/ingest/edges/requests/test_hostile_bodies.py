"""Bodies made to do harm: each is answered, ingest lives on within its memory, and stores the next body."""

import concurrent.futures
import os
import signal
import time
from collections.abc import Generator
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import httpx
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.errors import Invalid
from barograph.parsing.limits import ParserLimits
from barograph.parsing.parser import Parser
from barograph.parsing.task import ParserTask
from barograph.times import now_us
from ingest.edges.requests.rest import PARSERS
from ingest.messages.body import Body
from tests.examples import few_examples, some_of
from tests.files import hostile
from tests.ingest.posting import READINGS, receipt
from tests.processes import children
from tests.programs import Program, running
from tests.seed import Project, seed_project

MAX_BYTES = 400 * 2**20
MAX_BUSY = 8
MEMORY_BYTES = 256 * 2**20
# It keeps a parser until its time or memory is up.
SLOW = "list_of_structs"


@pytest.fixture(scope="module")
def ingest(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Program]:
    """A process whose parsers have little time."""
    limits = {"BAROGRAPH_PARSER_CPU_S": "2", "BAROGRAPH_PARSER_MEMORY_BYTES": str(MEMORY_BYTES)}
    log = tmp_path_factory.mktemp("ingest") / "ingest.log"
    with running("ingest", database_url, log, limits) as program:
        yield program
        assert program.process is not None
        assert program.process.poll() is None


def peak_bytes(ingest: Program) -> int:
    """The most memory that the program itself has held at once."""
    assert ingest.process is not None
    status = Path(f"/proc/{ingest.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def good_body(media_type: str) -> bytes:
    table = pl.DataFrame({"sensor": ["s0", "s1"], "t_us": [now_us()] * 2, "value": [1.0, 2.0]})
    match media_type:
        case hostile.PARQUET:
            return hostile.written(pl.DataFrame.write_parquet, table)
        case hostile.ARROW:
            return hostile.written(pl.DataFrame.write_ipc_stream, table)
        case hostile.CSV:
            return table.write_csv().encode()
        case _:
            return f'{{"readings":{table.write_json()}}}'.encode()


def post_once(client: httpx.Client, media_type: str, body: bytes) -> httpx.Response:
    return client.post(READINGS, content=body, headers={"Content-Type": media_type}, timeout=60)


def post(client: httpx.Client, media_type: str, body: bytes) -> httpx.Response:
    """The answer to a body, as a client gets it that comes again after 503: it says that the machine was too
    busy with other things to read the body in time, and nothing about the body.
    """
    answer = post_once(client, media_type, body)
    for _ in range(MAX_BUSY):
        if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
            break
        time.sleep(float(answer.headers.get("Retry-After", "1")))
        answer = post_once(client, media_type, body)
    return answer


@pytest.mark.parametrize("name", some_of(hostile.BODIES, 10))
def test_a_hostile_body_is_answered_and_the_next_one_stored(
    ingest: Program, client: httpx.Client, name: str
) -> None:
    media_type, make = hostile.BODIES[name]
    answer = post(client, media_type, make())
    assert answer.status_code in {200, 413, 415, 422}, answer.text
    assert answer.json().keys() >= {"detail", "request_id"} or answer.json().keys() >= {"rejected_total"}
    assert post(client, media_type, good_body(media_type)).json() == receipt(2)
    assert peak_bytes(ingest) < MAX_BYTES
    assert httpx.get(f"{ingest.url}/ready").status_code == 200


def test_hostile_bodies_of_one_project_hold_up_no_other(
    ingest: Program, client: httpx.Client, database_url: str
) -> None:
    body = hostile.BODIES[SLOW].make()
    others = seed_project(database_url)
    with (
        concurrent.futures.ThreadPoolExecutor(4) as pushers,
        httpx.Client(base_url=ingest.url, headers=others.headers) as other,
    ):
        stuck = [pushers.submit(post_once, client, hostile.PARQUET, body) for _ in range(4)]
        for _ in range(5):
            assert post(other, hostile.PARQUET, good_body(hostile.PARQUET)).json() == receipt(2)
        assert {each.result().status_code for each in stuck} <= {422, 503}


def test_sigterm_ends_the_program_although_a_parser_is_stuck(
    database_url: str, tmp_path: Path, project: Project
) -> None:
    with (
        running("ingest", database_url, tmp_path / "ingest.log") as program,
        concurrent.futures.ThreadPoolExecutor(1) as pusher,
        httpx.Client(base_url=program.url, headers=project.headers) as client,
    ):
        assert post(client, hostile.PARQUET, good_body(hostile.PARQUET)).json() == receipt(2)
        assert program.process is not None
        (parser_pid,) = children(program.process.pid)
        os.kill(parser_pid, signal.SIGSTOP)
        stuck = pusher.submit(post_once, client, hostile.PARQUET, good_body(hostile.PARQUET))
        while "barograph_parsers_busy 1.0" not in httpx.get(f"{program.url}/metrics").text:
            assert not stuck.done()
        assert program.stop() == 0
        assert stuck.result().status_code == 503


@pytest.fixture(scope="module")
def parser() -> Generator[Parser]:
    with Parser(ParserLimits(2, 20, MEMORY_BYTES), "ingest.messages.parse") as parser:
        yield parser


Changes = list[tuple[float, int, bytes]]
changes_of_bytes = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.sampled_from([0, 1, 4, 8]),
        st.binary(max_size=9) | st.sampled_from([b"\xff" * 8, b"\xff\xff\xff\x7f", bytes(8)]),
    ),
    max_size=4,
)


def changed(body: bytes, changes: Changes, length: float) -> bytes:
    """The body cut off there, with some bytes replaced by others."""
    damaged = bytearray(body)
    for place, count, other in changes:
        at = int(place * len(damaged))
        damaged[at : at + count] = other
    return bytes(damaged[: int(length * len(damaged)) + 1])


def check_answered(parser: Parser, media_type: str, body: bytes) -> None:
    """Either readings, or what is wrong; and then a good body is read."""
    parse = PARSERS[media_type]
    with suppress(Invalid):
        assert isinstance(parser.ask(ParserTask(parse, (body,))), Body)
    good = parser.ask(ParserTask(parse, (good_body(media_type),)))
    assert good.columns.value.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("media_type", PARSERS)
@few_examples(20)
@given(changes=changes_of_bytes, length=st.just(1.0) | st.floats(0, 1))
def test_a_changed_body_is_answered(parser: Parser, media_type: str, changes: Changes, length: float) -> None:
    check_answered(parser, media_type, changed(good_body(media_type), changes, length))
