"""What keeps backups, and the way back, as tests call them."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime

from barograph.local.backups.keeping.keeping import BackupKeeper
from barograph.local.backups.restoring.recovery import choose_backup
from barograph.local.backups.restoring.restoring import RestoredInstallation, restore_installation
from tests.barograph.local.backups.installation import Installation
from tests.servers.postgres import Postgres


@contextmanager
def keeping(installation: Installation, postgres: Postgres) -> Generator[list[str]]:
    """What `backup keep` does, in a thread; what it says."""
    said: list[str] = []
    settings = installation.settings
    keeper = BackupKeeper(
        postgres.url, installation.place, settings, installation.executables, said.append, is_owned=True
    )
    stopping = threading.Event()
    thread = threading.Thread(target=keeper.run, args=(stopping,))
    thread.start()
    try:
        yield said
    finally:
        stopping.set()
        thread.join()


def restore(target: Installation, until: datetime | None, *, force: bool = False) -> RestoredInstallation:
    return restore_installation(
        target.place,
        choose_backup(target.place, until),
        until,
        target.settings,
        target.executables,
        target.account,
        force=force,
    )
