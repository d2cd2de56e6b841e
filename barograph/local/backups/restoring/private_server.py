"""A PostgreSQL on a restored cluster that only we reach, by a socket of its own, without passwords.

Whatever the cluster's own files say of addresses, archives and standbys does not count.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Self

import psycopg
from psycopg.conninfo import make_conninfo

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.database.rows import fetch_row
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from barograph.local.servers.service import stop, tail
from barograph.local.shell import of_servers
from barograph.plain_words import plain_words

POLL_S = 0.1
PORT = 5432
STOP_WITHIN_S = 600.0
# Said once recovery has ended, as nobody may ask before.
READY = "database system is ready to accept connections"
_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "ssl": "off",
    "shared_preload_libraries": "timescaledb",
    "timescaledb.telemetry_level": "off",
    "timescaledb.max_background_workers": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "128MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "2GB",
    "max_locks_per_transaction": "256",
    "archive_mode": "off",
    "synchronous_standby_names": "",
    "primary_conninfo": "",
    "logging_collector": "off",
    "log_destination": "stderr",
    # Nobody may ask before recovery has ended, so no setting need be as large as the former server's.
    "hot_standby": "off",
}


class PrivateServer:
    """A server for the length of a `with` block.

    Args:
        folder: the cluster's.
        recovery: PostgreSQL's settings of the recovery that the cluster is to make.
    """

    def __init__(
        self,
        folder: Path,
        superuser: str,
        executables: Executables,
        account: ServerAccount,
        recovery: Mapping[str, str],
    ) -> None:
        self._folder, self._superuser, self._recovery = folder, superuser, recovery
        self._executables, self._account = executables, account
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        # Names of sockets must be short.
        self._place = Path(mkdtemp(prefix="barograph-"))
        self._account.own(self._place)
        self._write("hba", f"local all {self._superuser} trust\n")
        self._write("empty", "")
        self._log = self._place / "log"
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            stop(self._process, signal.SIGINT, STOP_WITHIN_S)
        shutil.rmtree(self._place, ignore_errors=True)

    def restart(self, recovery: Mapping[str, str]) -> None:
        """Restarts with another recovery, which goes on where the former has ended."""
        if self._process is not None:
            stop(self._process, signal.SIGINT, STOP_WITHIN_S)
        self._recovery = recovery
        self._log.write_text("")
        self._start()

    def url(self, database: str) -> str:
        return make_conninfo(
            "", host=str(self._place), port=PORT, user=self._superuser, dbname=database, password=""
        )

    def wait_until_recovered(self) -> None:
        """However long it takes: as long as it lives, it goes on.

        Raises:
            SetUpRefused: it ended; its last words say why.
        """
        while not self._has_recovered():
            if self._process is None or self._process.poll() is not None:
                raise SetUpRefused(f"The backup can't be recovered:\n{_reason(self._log)}")
            time.sleep(POLL_S)

    @property
    def log(self) -> str:
        """All that it has said."""
        return self._log.read_text(errors="replace")

    def _start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=of_servers(os.environ),
                start_new_session=True,
            )

    def _has_recovered(self) -> bool:
        is_ready = READY in self.log
        try:
            with open_connection(self.url("postgres"), Role.PROBE) as connection:
                restored = fetch_row(connection, query("backup.restored_to"), {})
        except psycopg.Error as error:
            if not is_ready:
                return False
            raise SetUpRefused(
                f"The restored database can't be asked: {plain_words(error)}\n"
                "If it had another TimescaleDB than this machine, `restore --into DIR --recover-later` "
                "leaves recovery to a server like its own."
            ) from error
        return not restored["is_in_recovery"]

    def _command(self) -> list[str]:
        said = {
            **_SETTINGS,
            "data_directory": str(self._folder),
            "config_file": str(self._place / "empty"),
            "hba_file": str(self._place / "hba"),
            "ident_file": str(self._place / "empty"),
            "unix_socket_directories": str(self._place),
            **self._recovery,
        }
        words = [word for name, value in said.items() for word in ("-c", f"{name}={value}")]
        return self._account.command(self._executables.postgres, *words, dies_by=signal.SIGINT)

    def _write(self, name: str, text: str) -> None:
        path = self._place / name
        path.write_text(text)
        self._account.own(path)


def _reason(log: Path) -> str:
    """The reason of its death, which stands before the lines that tell of its end."""
    text = tail(log, 60)
    fatal = [line for line in text.splitlines() if " FATAL:" in line or " PANIC:" in line]
    return "\n".join(fatal) if fatal else text
