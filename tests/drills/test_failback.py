"""Failover by hand, and the way back: a former primary returns as the standby, and takes over once more.

The commands are those of docs/operations.md.
"""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.ingest.steady_gateway import SteadyGateway
from tests.programs import running
from tests.seed import seed_project
from tests.servers.postgres import Postgres, own_postgres
from tests.servers.standby import NAME, require_standby, synchronous_standby, wait_for_a_waiting_commit

FRAMES_BETWEEN = 100


@dataclass(frozen=True)
class FormerPrimary:
    """One that is dead, and holds what the standby never had.

    Attributes:
        folder: of its data.
        follows: how it reaches whoever took over, as a superuser.
    """

    folder: Path
    follows: str
    executables: Executables
    account: ServerAccount

    def rewind(self) -> None:
        """Takes back what the other never had."""
        self._run(
            "pg_rewind",
            f"--target-pgdata={self.folder}",
            f"--source-server={self.follows}",
            "--write-recovery-conf",
        )

    def copy_anew(self) -> None:
        shutil.rmtree(self.folder)
        self.folder.mkdir(mode=0o700)
        self.account.own(self.folder)
        self._run(
            "pg_basebackup",
            f"--pgdata={self.folder}",
            f"--dbname={self.follows}",
            "--write-recovery-conf",
            "--checkpoint=fast",
        )

    def _run(self, tool: str, *options: str) -> None:
        command = self.account.command(*self.executables.tool(tool), *options)
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
        assert done.returncode == 0, done.stderr


@pytest.mark.nightly
@pytest.mark.parametrize("come_back", [FormerPrimary.rewind, FormerPrimary.copy_anew])
def test_a_former_primary_returns_as_the_standby_and_takes_over_again(
    tmp_path: Path,
    executables: Executables,
    account: ServerAccount,
    come_back: Callable[[FormerPrimary], None],
) -> None:
    places = [tmp_path / "first", tmp_path / "second"]
    for folder in (tmp_path, *places):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    with (
        own_postgres(places[0], executables, account) as first,
        synchronous_standby(first, places[1], executables, account) as second,
        running("ingest", either(first, second), tmp_path / "ingest.log") as ingest,
    ):
        keep_log(first)
        project = seed_project(first.url)
        with SteadyGateway(ingest, project) as gateway:
            gateway.wait_for_acks(FRAMES_BETWEEN)
            second.stop()
            wait_for_a_waiting_commit(first.url, "barograph-store")
            first.kill()
            second.start()
            promote(second)
            gateway.wait_for_acks(FRAMES_BETWEEN)
            follows = f"{second.superuser_url}?application_name={NAME}"
            come_back(FormerPrimary(places[0] / "postgres", follows, executables, account))
            first.start()
            require_standby(second)
            gateway.wait_for_acks(FRAMES_BETWEEN)
            second.kill()
            promote(first)
            gateway.wait_for_acks(FRAMES_BETWEEN)
        gateway.check(first.url)


def keep_log(primary: Postgres) -> None:
    """So that a rewind finds where the two parted."""
    with psycopg.connect(primary.superuser_url, autocommit=True) as connection:
        connection.execute("alter system set wal_keep_size = '1GB'")
        connection.execute("select pg_reload_conf()")


def either(one: Postgres, other: Postgres) -> str:
    """Of whichever of them takes changes."""
    parts = urlsplit(one.url)
    credentials, _, place = parts.netloc.rpartition("@")
    places = f"{place},127.0.0.1:{urlsplit(other.url).port}"
    return parts._replace(netloc=f"{credentials}@{places}", query="target_session_attrs=read-write").geturl()


def promote(standby: Postgres) -> None:
    with psycopg.connect(standby.superuser_url, autocommit=True) as connection:
        assert connection.execute("select pg_promote()").fetchone() == (True,)
