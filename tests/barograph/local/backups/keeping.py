"""What keeps backups, and the way back, as tests call them."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime

import psycopg

from barograph.local.backups.keeping.keeping import BackupKeeper
from barograph.local.backups.restoring.recovery import Recovery, choose_backup
from barograph.local.backups.restoring.restoring import CLUSTER, RestoredInstallation, restore_installation
from tests.barograph.local.backups.installation import Installation
from tests.servers.postgres import Postgres
from tests.waiting import wait_until


@contextmanager
def keeping(
    installation: Installation, postgres: Postgres, elsewhere_url: str | None = None
) -> Generator[list[str]]:
    """What `backup keep` does, in a thread; what it says. A server elsewhere is named by its URL."""
    said: list[str] = []
    settings = installation.settings
    keeper = BackupKeeper(
        elsewhere_url or postgres.url,
        installation.place,
        settings,
        installation.executables,
        said.append,
        is_owned=elsewhere_url is None,
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
    wanted = Recovery(
        target.place,
        choose_backup(target.place, until),
        target.data_dir / CLUSTER,
        until,
        target.executables,
        target.account,
    )
    return restore_installation(wanted, target.settings, force=force)


def wait_for_wal(installation: Installation, postgres: Postgres) -> None:
    """Until the place has all that is committed now."""
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        row = connection.execute("select pg_walfile_name(pg_switch_wal())").fetchone()
    assert row is not None
    wait_until(lambda: any(file.name.endswith(row[0]) for file in installation.place.files("wal")))
