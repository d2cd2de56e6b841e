"""An installation of a test's own: a data directory with a real cluster, and a place for its backups."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from barograph.database.schema.migrations import migrate
from barograph.local.backups.keeping.base_backup import take_backup
from barograph.local.backups.keeping.source import BackupSource, look_at_source
from barograph.local.backups.places import BackupPlace, open_place
from barograph.local.backups.records import BackupRecord
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.cluster import prepare_cluster
from barograph.local.servers.executables import Executables
from barograph.settings import Settings
from tests.servers.postgres import Postgres


@dataclass
class Installation:
    """What is there of one.

    Attributes:
        place: where its backups go.
    """

    data_dir: Path
    place: BackupPlace
    executables: Executables
    account: ServerAccount

    @property
    def settings(self) -> Settings:
        return Settings(data_dir=self.data_dir, backup_to=self.place.url)

    @contextmanager
    def running(self) -> Generator[Postgres]:
        """Its server, made at first and brought up to date."""
        self.data_dir.mkdir(exist_ok=True)
        cluster = prepare_cluster(self.data_dir / "postgres", self.executables, self.account)
        postgres = Postgres(cluster.service, self.data_dir / "postgres.log", cluster.maintenance_url)
        postgres.start()
        try:
            cluster.create_database()
            migrate(postgres.url)
            yield postgres
        finally:
            if postgres.is_running():
                postgres.stop()

    def source(self, postgres: Postgres) -> BackupSource:
        return look_at_source(postgres.url, is_owned=True)

    def back_up(self, postgres: Postgres) -> BackupRecord:
        return take_backup(self.source(postgres), self.place, self.settings, self.executables)


def make_installation(
    folder: Path, executables: Executables, account: ServerAccount, place: str | None = None
) -> Installation:
    return Installation(folder / "data", open_place(place or str(folder / "backups")), executables, account)


def note(url: str, text: str) -> None:
    """One row, committed."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "create table if not exists noted (at timestamptz default clock_timestamp(), text text)"
        )
        connection.execute("insert into noted (text) values (%s)", [text])


def notes(url: str) -> list[str]:
    with psycopg.connect(url, autocommit=True) as connection:
        return [row[0] for row in connection.execute("select text from noted order by at")]
