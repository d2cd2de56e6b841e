"""A PostgreSQL on a disk that may lose power, be full, or be read-only: `failing_disk.c` is between them."""

import ctypes
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from barograph.database.schema.migrations import migrate
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.cluster import Cluster, prepare_cluster
from barograph.local.servers.executables import Executables
from tests.servers.c_library import compiled
from tests.servers.postgres import Postgres

SOURCE = Path(__file__).with_suffix(".c")


class FailingDisk:
    """The disk of one cluster."""

    def __init__(self, folder: Path, kept: Path, account: ServerAccount) -> None:
        self._folder, self._kept, self._account = folder, kept, account
        kept.mkdir()
        account.own(kept)
        library = compiled(SOURCE, kept.parent)
        self.environment = {
            "LD_PRELOAD": str(library),
            "KEPT_DISK": str(kept),
            "FAILING_DISK": f"{folder.resolve()}/",
        }
        self._calls = ctypes.CDLL(str(library))
        self._calls.lose_unsynced.restype = ctypes.c_longlong

    def keep_all(self) -> None:
        """What there is by now has been synced."""
        for path in self._files():
            with path.open("rb") as file:
                assert self._calls.keep(os.fsencode(self._kept), file.fileno()) == 0
        self._account.own_all(self._kept)

    def lose_unsynced(self) -> int:
        """Power fails, the server being dead already; how many bytes were gone or as they had been."""
        lost = 0
        for path in self._files():
            with path.open("r+b") as file:
                changed = int(self._calls.lose_unsynced(os.fsencode(self._kept), file.fileno()))
                assert changed >= 0
                lost += changed
        return lost

    @contextmanager
    def state(self, name: str) -> Generator[None]:
        """While it is `full`, or `read-only`."""
        told = self._kept / name
        told.touch()
        try:
            yield
        finally:
            told.unlink()

    def _files(self) -> list[Path]:
        return [path for path in self._folder.rglob("*") if path.is_file() and not path.is_symlink()]


def cluster_on_failing_disk(
    folder: Path, executables: Executables, account: ServerAccount
) -> tuple[Cluster, FailingDisk]:
    """One that does not run yet."""
    cluster = prepare_cluster(folder / "postgres", executables, account)
    disk = FailingDisk(folder / "postgres", folder / "kept", account)
    disk.keep_all()
    environment = {**(cluster.service.environment or {}), **disk.environment}
    return replace(cluster, service=replace(cluster.service, environment=environment)), disk


@contextmanager
def postgres_on_failing_disk(
    folder: Path, executables: Executables, account: ServerAccount
) -> Generator[tuple[Postgres, FailingDisk]]:
    """A server that runs with a migrated database; gone afterwards."""
    folder.chmod(0o755)
    cluster, disk = cluster_on_failing_disk(folder, executables, account)
    postgres = Postgres(cluster.service, folder / "postgres.log", cluster.maintenance_url)
    postgres.start()
    try:
        cluster.create_database()
        migrate(postgres.url)
        yield postgres, disk
    finally:
        if postgres.is_running():
            postgres.kill()
