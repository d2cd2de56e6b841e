"""Questions that a standby answers: never with less than the primary has acknowledged."""

import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from prometheus_client import REGISTRY

from api.questions.questions import Questions
from barograph.catalog.catalog import CatalogCache
from barograph.database.connections import Connection
from barograph.database.standby import REST_S, look_at_standby, url_to_read
from barograph.local.doctor import examine_standby
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from barograph.program.fair_turns import TurnTaker
from barograph.settings import Settings
from barograph.times import format_us, now_us
from tests.api.rollups import roll_up
from tests.api.server import Person, Server, serving
from tests.api.stored import Stored, store
from tests.backfill.archive.filing import held, make_archivist
from tests.servers.postgres import Postgres, own_postgres
from tests.servers.standby import following_standby

START = "2020-01-01T00:00:00Z"
START_US = 1_577_836_800_000_000
# A busy machine is no standby that is too far behind.
WAIT_S = 10.0
SOON_S = 0.2
ADA = TurnTaker(1, "ada")


@pytest.fixture(scope="module")
def postgres(
    tmp_path_factory: pytest.TempPathFactory, executables: Executables, account: ServerAccount
) -> Generator[Postgres]:
    with own_postgres(tmp_path_factory.mktemp("primary"), executables, account) as postgres:
        yield postgres


@pytest.fixture(scope="module")
def standby(
    postgres: Postgres,
    tmp_path_factory: pytest.TempPathFactory,
    executables: Executables,
    account: ServerAccount,
) -> Generator[Postgres]:
    folder = tmp_path_factory.mktemp("standby")
    with following_standby(postgres, folder, executables, account) as standby:
        yield standby


@pytest.fixture(scope="module")
def server(postgres: Postgres, standby: Postgres) -> Generator[Server]:
    with serving(postgres.url, standby_url=standby.url, standby_wait_s=WAIT_S) as server:
        yield server


@pytest.fixture(scope="module")
def person(server: Server) -> Generator[Person]:
    person = server.person("standby@example.org", is_admin=True)
    yield person
    person.client.close()


@pytest.fixture
def sensor(person: Person) -> str:
    project = person.made("/projects", {"name": "standby"})["id"]
    return person.made(f"/projects/{project}/sensors", {"key": "s"})["id"]


@pytest.fixture(autouse=True)
def _rested(standby: Postgres) -> None:
    """What an earlier test did to the standby is over."""
    if not standby.is_running():
        standby.start()
        time.sleep(REST_S)


def answers_by(server: str) -> float:
    return REGISTRY.get_sample_value("barograph_questions_total", {"by": server}) or 0.0


def count(person: Person, sensor: str) -> int:
    """Readings, as `GET /series` counts them."""
    asked = {"sensor": sensor, "from": START, "to": "2020-01-02T00:00:00Z"}
    (series,) = person.read("/series", **asked, bucket="1d", stat="count", layer="raw")["series"]
    return sum(series["count"])


@contextmanager
def paused(standby: Postgres) -> Generator[None]:
    """It receives the log and replays none of it."""
    with psycopg.connect(standby.superuser_url, autocommit=True) as connection:
        connection.execute("select pg_wal_replay_pause()")
        try:
            yield
        finally:
            connection.execute("select pg_wal_replay_resume()")


def test_whatever_was_acknowledged_before_a_question_is_in_its_answer(
    person: Person, postgres: Postgres, sensor: str
) -> None:
    before = answers_by("standby")
    for number in range(20):
        store(postgres.url, sensor, [Stored(START_US + number, 1.0)])
        assert count(person, sensor) == number + 1
    assert answers_by("standby") == before + 20


def test_one_that_replays_nothing_lets_the_primary_answer(
    postgres: Postgres, standby: Postgres, sensor: str
) -> None:
    with serving(postgres.url, standby_url=standby.url, standby_wait_s=SOON_S) as server, paused(standby):
        person = server.person("paused@example.org", is_admin=True)
        store(postgres.url, sensor, [Stored(START_US, 1.0)])
        before = answers_by("primary")
        assert count(person, sensor) == 1
        assert count(person, sensor) == 1
        assert answers_by("primary") == before + 2
        person.client.close()


def test_one_that_is_away_lets_the_primary_answer(
    person: Person, postgres: Postgres, standby: Postgres, sensor: str
) -> None:
    standby.kill()
    store(postgres.url, sensor, [Stored(START_US, 1.0)])
    assert count(person, sensor) == 1
    standby.start()
    time.sleep(REST_S)
    before = answers_by("standby")
    assert count(person, sensor) == 1
    assert answers_by("standby") == before + 1


@pytest.mark.anyio
async def test_a_question_that_the_standby_ends_goes_to_the_primary(
    postgres: Postgres, standby: Postgres
) -> None:
    asked_of_standby: list[bool] = []

    async def ask(connection: Connection) -> bool:
        cursor = await connection.execute("select pg_is_in_recovery() as is_standby")
        (row,) = await cursor.fetchall()
        asked_of_standby.append(row["is_standby"])
        if row["is_standby"]:
            await connection.execute("select pg_terminate_backend(pg_backend_pid())")
        return row["is_standby"]

    settings = Settings.model_validate({"standby_url": standby.url, "standby_wait_s": WAIT_S})
    questions = Questions(settings, postgres.url)
    await questions.open()
    try:
        assert await questions.answer(ADA, ask) is False
    finally:
        await questions.close()
    assert asked_of_standby == [True, False]


def test_exports_read_from_it_where_it_holds_all(postgres: Postgres, standby: Postgres) -> None:
    assert url_to_read(postgres.url, standby.url, WAIT_S) == standby.url
    assert url_to_read(postgres.url, None, WAIT_S) == postgres.url
    with paused(standby):
        with psycopg.connect(postgres.url) as connection:
            connection.execute("insert into project (name) values ('later')")
        assert url_to_read(postgres.url, standby.url, SOON_S) == postgres.url
    standby.kill()
    assert url_to_read(postgres.url, standby.url, WAIT_S) == postgres.url


@pytest.mark.nightly
def test_a_server_that_follows_nobody_is_never_asked(postgres: Postgres) -> None:
    assert url_to_read(postgres.url, postgres.url, SOON_S) == postgres.url
    assert look_at_standby(postgres.url, postgres.url)["follows"] is False


def test_archived_readings_come_from_the_primary_and_others_from_the_standby(
    person: Person, postgres: Postgres, standby: Postgres, sensor: str, tmp_path: Path
) -> None:
    hour_us = 3600 * 10**6
    recent_us = now_us() - hour_us
    store(postgres.url, sensor, [Stored(START_US + n, float(n)) for n in range(10)])
    store(postgres.url, sensor, [Stored(recent_us, 1.0)])
    roll_up(postgres.url, sensor)
    with closing(CatalogCache(postgres.url)) as cache:
        cache.open()
        make_archivist(postgres.url, tmp_path, cache).work()
    assert held(postgres.url) >= 10

    def raw_of(from_us_: int, to_us: int) -> list[float]:
        period = {"from": format_us(from_us_), "to": format_us(to_us)}
        return [each["raw"] for each in person.read(f"/sensors/{sensor}/readings", **period)["items"]]

    before = answers_by("primary"), answers_by("standby")
    assert raw_of(START_US, START_US + hour_us) == [float(n) for n in range(10)]
    assert (answers_by("primary"), answers_by("standby")) == (before[0] + 1, before[1])
    assert raw_of(recent_us, recent_us + hour_us) == [1.0]
    assert (answers_by("primary"), answers_by("standby")) == (before[0] + 1, before[1] + 1)
    # An export may begin anywhere, and is never asked twice.
    assert url_to_read(postgres.url, standby.url, WAIT_S) == postgres.url


def test_doctor_says_how_it_stands(postgres: Postgres, standby: Postgres) -> None:
    assert examine_standby(postgres.url, standby.url).advice == ""
    assert "does not follow" in examine_standby(postgres.url, postgres.url).detail
    standby.kill()
    assert "BAROGRAPH_STANDBY_URL" in examine_standby(postgres.url, standby.url).advice
