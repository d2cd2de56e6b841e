"""Questions over millions of raw readings: the API stays small, and goes on answering others."""

import threading
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest

from barograph.times import DAY_US, format_us, now_us
from tests.api.server import Person, Server
from tests.conftest import database_name, temporary_database
from tests.examples import is_nightly
from tests.programs import Program, running

READINGS = 2_000_000 if is_nightly() else 500_000
START_US = (now_us() // DAY_US - 2) * DAY_US
# Two million values are 16 MB; all that is read at once of them was 800 MB.
MAX_BYTES = 250 * 2**20
MAX_BYTES_KEPT = 100 * 2**20


@pytest.fixture(scope="module")
def database_url(server_url: str, template_name: str) -> Generator[str]:
    with temporary_database(server_url, database_name(), template_name) as url:
        yield url


@pytest.fixture(scope="module")
def program(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Program]:
    with running("api", database_url, tmp_path_factory.mktemp("api") / "api.log") as program:
        yield program


@pytest.fixture(scope="module")
def person(program: Program, database_url: str) -> Generator[Person]:
    person = Server(program.url, database_url).person("analyst@example.org")
    person.client.timeout = 60
    yield person
    person.client.close()


def memory(program: Program, name: str) -> int:
    """Bytes of the process: VmRSS, what it holds; VmHWM, the most that it has held."""
    assert program.process is not None
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) * 1024


@pytest.fixture(scope="module")
def sensor(person: Person, database_url: str) -> str:
    """With readings, none of which is rolled up; 20,000 a minute, in no order of size."""
    project = person.made("/projects", {"name": "much"})["id"]
    sensor = person.made(f"/projects/{project}/sensors", {"key": "s"})["id"]
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "insert into reading (time, raw, physical, sensor_id)"
            " select %s::timestamptz + n * interval '3 milliseconds', n * 7919::int8 %% 1000003, n, sensor.id"
            " from sensor, generate_series(0, %s - 1) as n where public_id = %s",
            (format_us(START_US), READINGS, sensor),
        )
        connection.execute(
            "insert into dirty_window (minute, sensor_ids)"
            " select minute, array[sensor.id] from sensor, generate_series("
            " %s::timestamptz, %s::timestamptz + interval '101 minutes', interval '1 minute') as minute"
            " where public_id = %s",
            (format_us(START_US), format_us(START_US), sensor),
        )
    return sensor


@pytest.mark.nightly
def test_a_question_over_millions_of_readings_takes_little_memory_and_gives_it_back(
    program: Program, person: Person, sensor: str
) -> None:
    person.read("/series", sensor=sensor, max_points=10)
    before = memory(program, "VmRSS")
    bounds = {"from": format_us(START_US), "to": format_us(START_US + DAY_US)}
    stats = ["count", "mean", "stddev", "min", "max", "last", "p50"]
    (series,) = person.read("/series", sensor=sensor, bucket="1d", layer="raw", stat=stats, **bounds)[
        "series"
    ]
    assert series["count"] == [READINGS]
    samples = person.read("/series", sensor=sensor, downsample="minmax", max_points=500, **bounds)
    assert max(samples["series"][0]["value"]) == READINGS - 1
    assert memory(program, "VmHWM") - before < MAX_BYTES
    assert memory(program, "VmRSS") - before < MAX_BYTES_KEPT


def test_others_are_answered_meanwhile(
    program: Program, person: Person, database_url: str, sensor: str
) -> None:
    bounds = {"from": format_us(START_US), "to": format_us(START_US + DAY_US)}
    answers: list[int] = []

    def ask() -> None:
        answers.append(person.get("/series", {"sensor": sensor, "bucket": "1h"} | bounds).status_code)

    question = threading.Thread(target=ask)
    question.start()
    other = Server(program.url, database_url).person("other@example.org")
    answered = 0
    while question.is_alive():
        other.read("/projects")
        answered += 1
    other.client.close()
    assert answers == [200]
    assert answered >= 3
