"""The first request after the database was restarted is answered, and soon: of the API, and of ingest."""

import logging
import time
from collections.abc import Callable, Generator
from pathlib import Path

import httpx
import pytest

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from barograph.times import now_us
from tests.api.server import Person, serving
from tests.programs import running
from tests.seed import seed_project
from tests.servers.postgres import Postgres, own_postgres

RESTARTS = 6
ANSWERED_WITHIN_S = 0.3
HOUR = {"from": "-1h", "to": "now"}
log = logging.getLogger(__name__)


@pytest.fixture
def postgres(tmp_path: Path, executables: Executables, account: ServerAccount) -> Generator[Postgres]:
    tmp_path.chmod(0o755)
    with own_postgres(tmp_path, executables, account) as postgres:
        yield postgres


@pytest.mark.nightly
def test_the_first_request_after_a_restart_of_the_database_is_answered_at_once(postgres: Postgres) -> None:
    with serving(postgres.url) as server:
        person = server.person("first@example.org", is_admin=True)
        project = person.made("/projects", {"name": "restarts"})["id"]
        sensor = person.made(f"/projects/{project}/sensors", {"key": "p1"})["id"]
        for path, asked in (
            ("/projects", {}),
            (f"/projects/{project}/sensors", {"include": "latest"}),
            (f"/sensors/{sensor}/readings", HOUR),
            ("/series", {"sensor": sensor, "bucket": "1m", **HOUR}),
        ):
            check_first_answers(postgres, lambda path=path, asked=asked: ask(person, path, asked))
        person.client.close()


@pytest.mark.nightly
def test_the_first_readings_after_a_restart_of_the_database_are_stored_at_once(
    postgres: Postgres, tmp_path: Path
) -> None:
    project = seed_project(postgres.url)
    with (
        running("ingest", postgres.url, tmp_path / "ingest.log") as ingest,
        httpx.Client(base_url=ingest.url, headers=project.headers, timeout=30) as client,
    ):

        def send() -> None:
            body = {"readings": [{"sensor": "s0", "t_us": now_us(), "value": 1}]}
            answer = client.post("/ingest/v1/readings", json=body)
            assert (answer.status_code, answer.json()["accepted"]) == (200, 1)

        check_first_answers(postgres, send)


def ask(person: Person, path: str, asked: dict[str, str]) -> None:
    answer = person.get(path, asked)
    assert answer.status_code == 200, answer.text


def check_first_answers(postgres: Postgres, ask: Callable[[], None]) -> None:
    took_s: list[float] = []
    for number in range(RESTARTS):
        ask()
        if number % 2:
            postgres.stop()
        else:
            postgres.kill()
        postgres.start()
        begun_s = time.monotonic()
        ask()
        took_s.append(time.monotonic() - begun_s)
    log.warning("first answers took %s ms", [round(1000 * s) for s in took_s])
    # The best one: a pause between attempts to connect would be in each, a busy machine is not.
    assert min(took_s) < ANSWERED_WITHIN_S
