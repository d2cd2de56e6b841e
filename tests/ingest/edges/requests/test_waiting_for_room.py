"""Requests where what waits for its commit takes all room: they get in, beside sockets that always wait."""

import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from barograph.times import now_us
from tests.ingest.database import stored
from tests.ingest.edges.sockets.test_abuse import gauge
from tests.ingest.gateway import binary_frame, open_gateway
from tests.ingest.posting import assert_problem, post, reading
from tests.programs import Program, running
from tests.seed import Project
from tests.waiting import wait_until

# Half of the room is for a project: for three such frames.
LITTLE = {"BAROGRAPH_INGEST_QUEUE_BYTES": str(2**20)}
READINGS = 8000
FRAMES = 4


@contextmanager
def no_commits(database_url: str, project: Project) -> Generator[None]:
    """Somebody changes the project's catalog, and takes his time."""
    with psycopg.connect(database_url) as connection:
        connection.execute("select pg_advisory_xact_lock(1, %s)", (project.id,))
        yield


def crowd(ingest: Program, project: Project, sockets: ExitStack) -> None:
    """Sockets wait for room."""
    for number in range(FRAMES):
        gateway = sockets.enter_context(open_gateway(ingest, project))
        gateway.bind(f"rig/{number}", ["s0"])
        gateway.send(binary_frame(1, [0] * READINGS, [now_us()] * READINGS, [1.0] * READINGS))
    wait_until(lambda: gauge(ingest, "barograph_ingest_queued_bytes") > 3 * 20 * READINGS)
    time.sleep(0.5)  # until the last frame is read, too


@pytest.mark.parametrize("wait_s", [None, 0.2])
def test_a_request_waits_in_turn_for_room_and_not_for_ever(
    database_url: str, project: Project, tmp_path: Path, wait_s: float | None
) -> None:
    hurry = None if wait_s is None else {"ingest.edges.requests.request_storing.ROOM_WAIT_S": wait_s}
    with (
        running("ingest", database_url, tmp_path / "ingest.log", LITTLE, hurry) as ingest,
        httpx.Client(base_url=ingest.url, headers={"Authorization": f"Bearer {project.token}"}) as client,
        ThreadPoolExecutor(1) as thread,
        ExitStack() as sockets,
    ):
        with no_commits(database_url, project):
            crowd(ingest, project, sockets)
            posting = thread.submit(post, client, reading(2.0))
            time.sleep(1)
            assert posting.done() == (wait_s is not None)
        answer = posting.result()
        if wait_s is None:
            assert answer.status_code == 200
            assert (2.0,) in stored(database_url, project, "raw")
        else:
            assert_problem(answer, 503, "unavailable")
            assert "Retry-After" in answer.headers
