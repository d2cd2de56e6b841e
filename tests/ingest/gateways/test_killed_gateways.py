"""What `send` has returned for is stored exactly once, whatever is killed, cut, full or revoked meanwhile."""

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.ingest.database import ask, raw
from tests.ingest.gateways.killed_gateway import FULL
from tests.programs import Program, start_with_options
from tests.seed import Project, add_token
from tests.servers.proxy import Proxy

LIFE = 1_000_000
YEAR_S = 365 * 86_400


class KilledGateway:
    """A gateway's lives, one after the other, on one spool."""

    def __init__(self, folder: Path, url: str, project: Project, fsync: str, seed: int) -> None:
        self.token_file = folder / "token"
        self.lives = 0
        self._folder, self._url, self._project, self._fsync = folder, url, project, fsync
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.lives += 1
        options = {
            "url": self._url,
            "token_file": str(self.token_file),
            "spool": str(self._folder / "spool"),
            "report": str(self._folder / "report"),
            "keys": list(self._project.keys),
            "first": self.lives * LIFE,
            "fsync": self._fsync,
            "clock_ahead_s": self._random.choice([0, 0, -YEAR_S, 3600, YEAR_S]),
        }
        self._process = start_with_options(
            "tests.ingest.gateways.killed_gateway", options, self._folder / "gateway.log"
        )

    def end(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(120)

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait_for_sends(self, more: int) -> None:
        """Until so many more calls have returned."""
        wanted = len(self._lines()) + more
        give_up_at = time.monotonic() + 60
        while len(self._lines()) < wanted:
            assert time.monotonic() < give_up_at, (self._folder / "gateway.log").read_text()[-2000:]
            time.sleep(0.01)

    def reported(self) -> set[float]:
        """The readings of all calls that returned."""
        return {
            float(first + place)
            for first, count in (map(int, line.split()) for line in self._lines())
            for place in range(count)
        }

    def _lines(self) -> list[str]:
        report = self._folder / "report"
        text = report.read_text() if report.exists() else ""
        return text[: text.rfind("\n") + 1].splitlines()


def check(database_url: str, project: Project, gateway: KilledGateway) -> None:
    """Each reading that was taken is there once. Of a call that never returned there may be some as well."""
    stored, reported = raw(database_url, project), gateway.reported()
    twice = [value for value, count in Counter(stored).items() if count > 1]
    assert not twice, f"{len(twice)} readings are stored twice: {twice[:5]}"
    missing = reported - set(stored)
    assert not missing, f"{len(missing)} of {len(reported)} readings are missing: {sorted(missing)[:5]}"
    unreported = set(stored) - reported
    assert len(unreported) <= 5 * gateway.lives, "at most a call for each life"


def renew_token(database_url: str, project: Project, gateway: KilledGateway) -> None:
    """Revoke all tokens, and give the gateway another one."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "update ingest_token set revoked_at = now() where project_id = %s and revoked_at is null",
            (project.id,),
        )
        token, _ = add_token(connection, project.id, producers=["rig/*"])
    new = gateway.token_file.with_suffix(".new")
    new.write_text(token)
    new.replace(gateway.token_file)


@contextmanager
def troubled(
    database_url: str, project: Project, ingest: Program, folder: Path, fsync: str, seed: int
) -> Generator[tuple[KilledGateway, Proxy]]:
    """A gateway behind a proxy; in the end it has sent everything, and that is checked."""
    with Proxy(f"ws://{urlsplit(ingest.url).netloc}/ingest/v1/ws", seed=seed) as proxy:
        gateway = KilledGateway(folder, proxy.url, project, fsync, seed)
        renew_token(database_url, project, gateway)
        gateway.start()
        yield gateway, proxy
        proxy.is_open, proxy.rate_bytes_s = True, None
        proxy.cut()
        gateway.wait_for_sends(5)
        assert gateway.end(signal.SIGTERM) == 0, (folder / "gateway.log").read_text()[-3000:]
        check(database_url, project, gateway)


def make_trouble(
    what: str, database_url: str, project: Project, ingest: Program, gateway: KilledGateway, proxy: Proxy
) -> None:
    match what:
        case "kill the gateway":
            assert gateway.end(signal.SIGKILL) == -signal.SIGKILL
            gateway.start()
        case "kill the server":
            ingest.kill()
            gateway.wait_for_sends(5)
            ingest.start()
        case "cut":
            proxy.cut()
        case "pull the cable":
            proxy.is_open = False
            proxy.cut()
            gateway.wait_for_sends(20)
            proxy.is_open = True
        case "jump the clock":
            gateway.signal(signal.SIGUSR1)
            gateway.wait_for_sends(20)
        case "fill the disk":
            gateway.signal(signal.SIGUSR2)
            gateway.wait_for_sends(20)
        case "swallow":
            proxy.rate_bytes_s = 1
            gateway.wait_for_sends(20)
            proxy.rate_bytes_s = None
            proxy.cut()
        case _:
            renew_token(database_url, project, gateway)


TROUBLES = [
    "kill the gateway",
    "kill the server",
    "cut",
    "pull the cable",
    "swallow",
    "renew the token",
    "jump the clock",
    "fill the disk",
]


def test_each_send_that_returned_is_stored_once(
    database_url: str, own_ingest: Program, project: Project, tmp_path: Path
) -> None:
    with troubled(database_url, project, own_ingest, tmp_path, "interval", 1) as (gateway, proxy):
        for what in [
            "pull the cable",
            "kill the gateway",
            "renew the token",
            "jump the clock",
            "fill the disk",
            "kill the gateway",
        ]:
            gateway.wait_for_sends(20)
            make_trouble(what, database_url, project, own_ingest, gateway, proxy)
    assert ask(database_url, "select from producer_gap") == []
    assert FULL in (tmp_path / "gateway.log").read_text()


@pytest.mark.nightly
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("fsync", ["always", "interval", "never"])
def test_each_send_that_returned_is_stored_once_for_minutes(
    database_url: str, own_ingest: Program, project: Project, tmp_path: Path, fsync: str
) -> None:
    rng = random.Random(fsync)  # noqa: S311 - repeatable, not secret
    with troubled(database_url, project, own_ingest, tmp_path, fsync, 2) as (gateway, proxy):
        for _ in range(60):
            gateway.wait_for_sends(rng.randint(1, 100))
            what = rng.choice(TROUBLES)
            make_trouble(what, database_url, project, own_ingest, gateway, proxy)
    assert ask(database_url, "select from producer_gap") == []
