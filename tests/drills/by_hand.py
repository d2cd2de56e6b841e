"""Two servers that somebody looks after by hand, with the commands of docs/operations.md as they stand there.

Only addresses, passwords and folders are those of this machine.
"""

import re
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.drills.operations_page import blocks_of, execute
from tests.servers.postgres import Postgres, own_postgres
from tests.servers.standby import on_port_of, service_of_copy

COPY, REWIND = blocks_of("By hand", "sh")
KEEP_LOG, WAIT_FOR_SECOND, PROMOTE, WAIT_FOR_FIRST = blocks_of("By hand", "sql")


@dataclass(frozen=True)
class HandledServer:
    """One of the two.

    Attributes:
        folder: of its data.
    """

    postgres: Postgres
    folder: Path

    def execute(self, block: str) -> None:
        """Statements of the page, as the superuser."""
        execute(self.postgres.superuser_url, block)


@dataclass(frozen=True)
class HandledPair:
    """The first one is the primary in the beginning, and both run."""

    first: HandledServer
    second: HandledServer
    shell: "PageShell"

    @property
    def url(self) -> str:
        """Of whichever of them takes changes."""
        parts = urlsplit(self.first.postgres.url)
        credentials, _, place = parts.netloc.rpartition("@")
        places = f"{place},127.0.0.1:{urlsplit(self.second.postgres.url).port}"
        return parts._replace(
            netloc=f"{credentials}@{places}", query="target_session_attrs=read-write"
        ).geturl()

    def rewind_first(self) -> None:
        """It is dead, and takes back what the second one never had."""
        self.shell.run(REWIND, self.first.folder, self.second.postgres.superuser_url)

    def copy_first_anew(self) -> None:
        """It is dead, and is emptied and copied, under its own name."""
        shutil.rmtree(self.first.folder)
        self.shell.run(COPY.replace("=db2", "=db1"), self.first.folder, self.second.postgres.url)


@dataclass(frozen=True)
class PageShell:
    """Runs commands as whoever runs servers, with PostgreSQL's programs where they are."""

    executables: Executables
    account: ServerAccount

    def run(self, block: str, data: Path, source_url: str) -> None:
        """A command that fills or changes a folder of data from a server that runs."""
        if not data.exists():
            data.mkdir(mode=0o700)
            self.account.own(data)
        credentials_and_place = urlsplit(source_url).netloc
        told = re.sub(r"\w+:PASSWORD@10\.0\.0\.1[12]", credentials_and_place, block)
        command = told.replace("DATA", str(data))
        assert command.count(credentials_and_place) == command.count(str(data)) == 1, command
        for tool in ("pg_basebackup", "pg_rewind"):
            words = " ".join(map(str, self.executables.tool(tool)))
            command = re.sub(rf"^{tool} ", f"{words} ", command)
        done = subprocess.run(
            self.account.command("sh", "-c", command), check=False, capture_output=True, text=True, cwd="/"
        )
        assert done.returncode == 0, done.stderr


@contextmanager
def handled_pair(folder: Path, executables: Executables, account: ServerAccount) -> Generator[HandledPair]:
    """A primary and its standby, for which acks wait."""
    places = [folder / "first", folder / "second"]
    for each in (folder, *places):
        each.mkdir(exist_ok=True)
        each.chmod(0o755)
    account.own(places[1])
    shell = PageShell(executables, account)
    with own_postgres(places[0], executables, account) as postgres:
        first = HandledServer(postgres, places[0] / "postgres")
        first.execute(KEEP_LOG)
        data = places[1] / "postgres"
        shell.run(COPY, data, postgres.url)
        service = service_of_copy(postgres, data, executables, account)
        copy = Postgres(service, folder / "second.log", on_port_of(service.url, postgres.superuser_url))
        second = HandledServer(copy, data)
        copy.start()
        try:
            first.execute(WAIT_FOR_SECOND)
            yield HandledPair(first, second, shell)
        finally:
            if copy.is_running():
                copy.kill()
