"""WAL as it is written, by PostgreSQL's `pg_receivewal`, with a slot so that nothing is missed.

A line is a folder of consecutive WAL. Another begins with each timeline, and where the server had to throw
WAL away that was not fetched.
"""

import contextlib
import math
import shutil
import signal
import subprocess
import time
from pathlib import Path

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.local.backups.keeping.source import STREAM_SLOT, BackupSource
from barograph.local.backups.places import BackupPlace, copy_in
from barograph.local.backups.wal_files import WAL
from barograph.local.servers.executables import Executables
from barograph.local.servers.service import stop, tail

LOCAL_WAL = "backup-wal"
FEEDBACK_S = 5
RETRY_S = 5.0
PARTIAL_EVERY_S = 30.0
# It looks at the newest to know where to go on.
KEPT_SEGMENTS = 2


class WalStream:
    """The stream of one server into one place.

    Args:
        folder: for WAL on its way to a bucket, and for the log.

    Attributes:
        passed_on_s: the place has all WAL that had come here by then, of the monotonic clock.
    """

    def __init__(
        self, source: BackupSource, place: BackupPlace, folder: Path, executables: Executables
    ) -> None:
        self._source, self._place, self._executables = source, place, executables
        self._local = (place.folder or folder / LOCAL_WAL) / WAL
        self._log = folder / "logs" / "pg_receivewal.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._retry_at_s = 0.0
        self._partial_at_s = 0.0
        self.passed_on_s = 0.0 if place.folder is None else math.inf
        self._line = ""

    def tend(self) -> str | None:
        """Start it if it does not run, and pass on what has come. What happened, if anything did.

        Raises:
            SetUpRefused: the bucket does not answer.
            psycopg.Error: the server does not.
        """
        self._pass_on()
        if self._process is not None and self._process.poll() is None:
            return None
        ended = self._process
        self._process = None
        if ended is not None:
            self._retry_at_s = time.monotonic() + RETRY_S
            return f"pg_receivewal ended with code {ended.returncode}: {tail(self._log, 1)}"
        if time.monotonic() >= self._retry_at_s:
            self._start()
        return None

    def stop(self) -> None:
        """Let it write out what it has."""
        if self._process is not None:
            stop(self._process, signal.SIGINT)
            self._process = None
        with contextlib.suppress(Exception):
            self._partial_at_s = 0.0
            self._pass_on()

    def _start(self) -> None:
        self._retry_at_s = time.monotonic() + RETRY_S
        self._line = self._settle_line()
        folder = self._local / self._line
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        words = [
            *self._executables.tool("pg_receivewal"),
            f"--dbname={self._source.address}",
            f"--directory={folder}",
            f"--slot={STREAM_SLOT}",
            f"--status-interval={FEEDBACK_S}",
            "--no-loop",
            "--no-password",
        ]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                list(map(str, words)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={**self._source.environment, "LC_ALL": "C"},
            )

    def _settle_line(self) -> str:
        """The one to go on with. Without its slot the server has kept nothing for it."""
        prefix = f"{self._source.timeline:08X}-"
        lines = sorted({path.name for path in self._local.glob(f"{prefix}*")} | self._placed_lines(prefix))
        with open_connection(self._source.url, Role.BACKUP) as connection:
            row = connection.execute(query("backup.stream_slot"), {"slot": STREAM_SLOT}).fetchone()
            if row is not None and row["wal_status"] in {"reserved", "extended"} and lines:
                return lines[-1]
            connection.execute(query("backup.drop_slot"), {"slot": STREAM_SLOT})
            connection.execute(query("backup.make_slot"), {"slot": STREAM_SLOT})
        return f"{prefix}{len(lines) + 1:04}"

    def _placed_lines(self, prefix: str) -> set[str]:
        lines = {file.name.split("/")[1] for file in self._place.files(WAL)}
        return {line for line in lines if line.startswith(prefix)}

    def _pass_on(self) -> None:
        """Passes files on to a bucket: whole files once, the one that grows every half minute."""
        if self._place.folder is not None or not self._line:
            return
        began_s = time.monotonic()
        folder = self._local / self._line
        sent = folder / ".sent"
        sent.mkdir(exist_ok=True)
        whole = sorted(path for path in folder.iterdir() if path.is_file() and "." not in path.name)
        for path in whole:
            if not (sent / path.name).exists():
                copy_in(self._place, path, f"{WAL}/{self._line}/{path.name}")
                (sent / path.name).touch()
        for path in whole[:-KEPT_SEGMENTS]:
            path.unlink()
            (sent / path.name).unlink()
        if time.monotonic() >= self._partial_at_s:
            self._partial_at_s = time.monotonic() + PARTIAL_EVERY_S
            for path in folder.glob("*.partial"):
                self._send_partial(path)
            self.passed_on_s = began_s

    def _send_partial(self, path: Path) -> None:
        # A copy, for it may be renamed while it is sent.
        draft = path.with_name(".draft")
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(path, draft)
            copy_in(self._place, draft, f"{WAL}/{self._line}/{path.name}")
        draft.unlink(missing_ok=True)
