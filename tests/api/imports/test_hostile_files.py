"""Files made to do harm: each is answered, the next one is read, and meanwhile no connection is held."""

import os
import signal
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest

from conversion.importers.files import FORMATS
from tests.api.imports.test_imports import CSV, uploaded
from tests.api.server import PREFIX, Person, Server, serving
from tests.conftest import database_name, temporary_database
from tests.conversion.importers.test_files import FILES
from tests.examples import some_of
from tests.files import hostile
from tests.processes import children, command_line, send_signal

MEMORY_BYTES = 256 * 2**20
BODIES = [name for name, body in hostile.BODIES.items() if body.media_type != hostile.ARROW]
RULES = {
    "entities": (
        "xtce",
        b'<!DOCTYPE a [<!ENTITY a0 "aaaaaaaaaa">'
        + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
        + b"]><SpaceSystem>&a9;</SpaceSystem>",
    ),
    "nested systems": ("xtce", b"<SpaceSystem>" * 400_000),
    "nested blocks": ("a2l", b"/begin A " * 500_000),
    "open comment": ("a2l", b"/*" * 2_000_000),
    "nested braces": ("epics", b"breaktable(a){" * 300_000),
    "many sections": ("ni", b"[DAQmxScale a]\n" * 300_000),
    "zeros": ("mdf", b"MDF     4.10    " + bytes(2**22)),
    "ones": ("tdms", b"TDSm" + b"\xff" * 2**22),
}


@pytest.fixture(scope="module")
def small_server(
    server_url: str, template_name: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Server]:
    """Parsers of little time and memory, and few connections."""
    with (
        temporary_database(server_url, database_name(), template_name) as database_url,
        serving(
            database_url,
            data_dir=tmp_path_factory.mktemp("data"),
            parsers=2,
            parser_cpu_s=3,
            parser_memory_bytes=MEMORY_BYTES,
            database_pool_size=2,
        ) as server,
    ):
        yield server


@pytest.fixture(scope="module")
def caller(small_server: Server) -> Generator[Person]:
    person = small_server.person("hostile@example.org")
    yield person
    person.client.close()


@pytest.fixture(scope="module")
def project(caller: Person) -> str:
    return caller.made("/projects", {"name": "hostile"})["id"]


def previewed(caller: Person, imported: str) -> int:
    return caller.post(f"/imports/{imported}:preview").status_code


@pytest.mark.parametrize("name", some_of(BODIES, 8))
def test_a_hostile_file_is_answered_and_the_next_one_shown(caller: Person, project: str, name: str) -> None:
    answer = caller.post(f"/imports/{uploaded(caller, project, hostile.BODIES[name].make())}:preview")
    assert answer.status_code in {200, 422}, answer.text
    assert previewed(caller, uploaded(caller, project, CSV)) == 200


def test_dictionaries_that_unpack_into_gigabytes_are_refused(caller: Person, project: str) -> None:
    texts = pl.Series([f"{number}" + "x" * 2**20 for number in range(100)])
    table = pl.DataFrame({f"c{number}": texts.cast(pl.Categorical) for number in range(10)})
    body = hostile.written(lambda rows, to: rows.write_ipc(to, compression="zstd"), table)
    answer = caller.post(f"/imports/{uploaded(caller, project, body)}:preview")
    assert answer.status_code == 422
    assert "dictionaries" in answer.json()["detail"]


@pytest.mark.parametrize("name", some_of(RULES, 3))
def test_hostile_rules_are_answered_and_the_next_ones_read(caller: Person, name: str) -> None:
    file_format, body = RULES[name]
    path = f"{PREFIX}/conversion-profiles:import"
    answer = caller.client.post(path, params={"format": file_format}, content=body, timeout=60)
    assert answer.status_code in {200, 422}, answer.text
    good = caller.client.post(path, params={"format": file_format}, content=FILES[file_format](3), timeout=60)
    assert len(good.json()["items"]) == 3


def test_every_format_of_rules_has_a_hostile_file() -> None:
    assert {file_format for file_format, _ in RULES.values()} == set(FORMATS)


def test_parsers_that_are_stuck_hold_no_connection_and_no_lock(
    small_server: Server, caller: Person, project: str
) -> None:
    imported = uploaded(caller, project, CSV)
    assert previewed(caller, imported) == 200
    stopped = parsers()
    send_signal(stopped, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(4) as callers, small_server.client() as client:
            stuck = [callers.submit(previewed, caller, imported) for _ in range(4)]
            while "barograph_parsers_busy 1.0" not in client.get("/metrics").text:
                assert not any(each.done() for each in stuck)
            for _ in range(5):
                assert caller.get(f"/projects/{project}").status_code == 200
            assert caller.post(f"/imports/{imported}:cancel").status_code == 200
            assert not all(each.done() for each in stuck)
            send_signal(stopped, signal.SIGKILL)
            assert {each.result() for each in stuck} <= {200, 409, 422}
    finally:
        send_signal(stopped & parsers(), signal.SIGKILL)


def parsers() -> set[int]:
    """The parsers that this process has started."""
    return {pid for pid in children(os.getpid()) if b"barograph.parsing.child" in command_line(pid)}
