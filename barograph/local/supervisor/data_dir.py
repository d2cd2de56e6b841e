"""The folder of one installation: the servers' data, logs, keys, and who runs it.

postgres/  redis/        the servers' data, with postgres.json and redis.json (port, password)
logs/                    one log for each process
imports/  exports/        and artifacts/, archive/: files that programs write
connection.json          what clients need, and pids
processes.json           the processes started here, so that the next start can end forgotten ones
signing-key, lock        the keys of access tokens; the running supervisor's pid
"""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from barograph.files.file_lock import AlreadyLocked, locked
from barograph.local.command import command_line
from barograph.local.project_owner import become_owner
from barograph.local.refusal import SetUpRefused

MIN_FREE_BYTES = 1 << 30
PROGRAM_FOLDERS = ("imports", "exports", "artifacts", "archive")
CONTENTS = (
    *("postgres", "postgres.json", "postgres-superuser", "redis", "redis.json", "logs", "lock"),
    *("connection.json", "processes.json", "signing-key", "signing-key.lock", "audit-key", "audit-head"),
    *("webhook-key", *PROGRAM_FOLDERS),
)


@dataclass(frozen=True)
class DataDir:
    """Paths below `root`, which is absolute."""

    root: Path

    @property
    def connection(self) -> Path:
        return self.root / "connection.json"

    @property
    def processes(self) -> Path:
        return self.root / "processes.json"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def become_keeper(self, project: Path) -> None:
        """Goes on, if root, as the folder's owner; if that is new or root's own, as the project's.

        What is in the folder is theirs then. While somebody runs on it, nothing is changed.
        """
        if os.geteuid() != 0 or self.supervisor_pid() is not None:
            return
        self.root.mkdir(parents=True, exist_ok=True)
        if self.root.stat().st_uid != 0:
            become_owner(self.root, self._contents)
        elif self._lock.exists() or not any(self.root.iterdir()):
            become_owner(project, self._contents, self.root)

    @property
    def program_folders(self) -> list[Path]:
        """The folders that programs write files into."""
        return [self.root / name for name in PROGRAM_FOLDERS]

    @property
    def _contents(self) -> list[Path]:
        return [self.root / name for name in CONTENTS]

    def prepare(self) -> None:
        """Make the folder and see that there is room in it."""
        self.root.mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(mode=0o700, exist_ok=True)
        free_bytes = shutil.disk_usage(self.root).free
        if free_bytes < MIN_FREE_BYTES:
            raise SetUpRefused(
                f"The disk is nearly full: {self.root} has {free_bytes >> 20} MB free, and Barograph "
                f"starts with {MIN_FREE_BYTES >> 20} MB or more. Free some, or use another folder (--data)."
            )

    @contextmanager
    def held(self) -> Generator[None]:
        """Be the one supervisor of this folder for the length of a `with` block."""
        try:
            # `status` and `down` take the lock for a moment to see whether they can.
            with locked(self._lock, within_s=1.0) as lock:
                lock.truncate(0)
                lock.write(str(os.getpid()))
                lock.flush()
                yield
        except AlreadyLocked:
            raise SetUpRefused(
                f"Barograph runs on {self.root} already (process {self._lock.read_text()}). "
                f"To stop it: {command_line('down', '--data', self.root)}"
            ) from None

    def supervisor_pid(self) -> int | None:
        """The supervisor's pid. It holds the lock while it lives, so this is never another's pid."""
        if not self._lock.exists():
            return None
        try:
            with locked(self._lock, within_s=0):
                return None
        except PermissionError:
            raise SetUpRefused(
                f"{self._lock} belongs to another user; use this data directory as that user, or as root."
            ) from None
        except AlreadyLocked:
            return int(self._lock.read_text() or 0) or None

    @property
    def _lock(self) -> Path:
        return self.root / "lock"
