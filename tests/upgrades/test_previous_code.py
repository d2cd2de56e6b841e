"""The release before serves beside this one, on the schema of this one; gateways stream, and people ask."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from barograph.database.schema.migrations import migrate
from tests.api.server import SIGNING_KEY, Server
from tests.ingest.database import ask
from tests.ingest.flock import Flock, Recording, last_seqs
from tests.programs import ROLES, ROOT, Program, free_port, url_of
from tests.seed import Profile, Project, seed_project
from tests.servers.proxy import Proxy
from tests.upgrades.kept import KeptRelease, code_of, standing_releases
from tests.upgrades.questions import Questioners

PROGRAMS = ("ingest", "api", "backfill")
SETTLE_S = 120


@pytest.mark.nightly
@pytest.mark.timeout(900)
@pytest.mark.parametrize("release", standing_releases(), ids=lambda release: release.folder.name)
def test_the_release_serves_beside_this_one(
    release: KeptRelease, empty_database_url: str, redis_url: str, tmp_path: Path
) -> None:
    with code_of(release, tmp_path / "code") as code, ExitStack() as stack:
        subprocess.run(
            [sys.executable, "-m", "barograph", "migrate"],
            cwd=code,
            env=environment(empty_database_url, redis_url),
            check=True,
        )
        url = empty_database_url
        recording = Recording(seed_project(url, 8, [Profile("linear", {"slope": 2, "offset": 1})]))
        old = stack.enter_context(programs(code, url, redis_url, tmp_path / "old"))
        server = Server(old[1].url, url)
        token = member_token(server, recording.project)
        with Questioners(questions(server, token, recording.project), token) as people:
            leaving = people.ask(old[1].url)
            ports = old[0].socket_url, f"ws://127.0.0.1:{free_port()}/ingest/v1/ws"
            with Proxy(*ports, seed=1) as proxy, Flock(recording, proxy.url) as flock:
                run_for(3)
                migrate(url)
                run_for(3)
                port = int(ports[1].split(":")[2].split("/")[0])
                new = stack.enter_context(programs(ROOT, url, redis_url, tmp_path / "new", ingest_port=port))
                people.ask(new[1].url)
                for _ in range(20):  # from one to the other, and back
                    run_for(random.uniform(0.2, 1))  # noqa: S311  # no secret
                    proxy.cut()
                leaving.set()
                run_for(1)
                for program in old:
                    assert program.stop() == 0
                run_for(5)
        found = last_seqs(url, recording.project)
        assert flock.sent.items() <= found.items()
        recording.check(url, found)
        assert people.failures == []
        assert people.statuses[200] > 100
        assert set(people.statuses) == {200}
        wait_until_rolled_up(url)


def environment(database_url: str, redis_url: str) -> dict[str, str]:
    """Of a program whose code lies elsewhere: nothing of ours on its path."""
    return {
        "PATH": "/usr/bin:/bin",
        "BAROGRAPH_DATABASE_URL": database_url,
        "BAROGRAPH_REDIS_URL": redis_url,
        "BAROGRAPH_SIGNING_KEY": SIGNING_KEY,
    }


@contextmanager
def programs(
    code: Path, database_url: str, redis_url: str, logs: Path, ingest_port: int | None = None
) -> Generator[Sequence[Program]]:
    """Ingest, API and worker of some code, gone afterwards."""
    logs.mkdir()
    started: list[Program] = []
    try:
        for name in PROGRAMS:
            own = environment(url_of(ROLES[name], database_url), redis_url)
            port = ingest_port if name == "ingest" and ingest_port else free_port()
            program = Program(name, port, own, logs / f"{name}.log", code)
            started.append(program)
            program.start()
        yield started
    finally:
        for program in started:
            if program.process is not None:
                program.kill()


def member_token(server: Server, project: Project) -> str:
    """Of an analyst who may see the project."""
    server.register("analyst@example.org")
    server.add_member(str(project.public_id), "analyst@example.org", "editor")
    return server.log_in("analyst@example.org")["access_token"]


def questions(server: Server, token: str, project: Project) -> list[tuple[str, str]]:
    """What people ask: lists, items, series from roll-ups and from raw readings."""
    at = f"/api/v1/projects/{project.public_id}"
    with server.client(token) as client:
        sensors = [each["id"] for each in client.get(f"{at}/sensors").json()["items"]]
    series = "&".join(f"sensor={each}" for each in sensors[:3])
    return [
        ("GET", "/api/v1/projects"),
        ("GET", f"{at}/sensors?include=latest"),
        ("GET", f"{at}/runs"),
        ("GET", f"{at}/producers"),
        ("GET", f"{at}/events"),
        ("GET", f"/api/v1/series?{series}&from=-1h&to=now&max_points=500"),
        ("GET", f"/api/v1/series?{series}&from=-10m&to=now&bucket=1s&stat=count&stat=max"),
        ("GET", f"/api/v1/sensors/{sensors[0]}/readings?from=-1h&to=now&limit=100"),
    ]


def run_for(seconds: float) -> None:
    """Lets it all go on."""
    threading.Event().wait(seconds)


def wait_until_rolled_up(database_url: str) -> None:
    """The workers have done what was to be done."""
    end_s = time.monotonic() + SETTLE_S
    while ask(database_url, "select 1 from dirty_window limit 1"):
        assert time.monotonic() < end_s, "workers do not roll up"
        time.sleep(0.2)
