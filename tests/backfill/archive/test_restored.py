"""A restored database and files of the archive that are newer or older than it."""

from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import sleep

import pytest

from backfill.jobs.row_claims import create_work_pool
from barograph.archive.shelf import ArchiveUnreadable
from barograph.catalog.catalog import CatalogCache
from barograph.database.schema.program_roles import ProgramRole
from barograph.local.backups.kept_files import keep_files
from barograph.local.doctor import examine_archive
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from barograph.times import DAY_US, SECOND_US
from tests.backfill.archive.filing import TODAY_US, everything, held, make_archivist, rows
from tests.backfill.rollups.expected import Store, work_everything_off
from tests.barograph.local.backups.installation import Installation, make_installation
from tests.barograph.local.backups.keeping import keeping, restore, wait_for_wal
from tests.examples import in_its_turn
from tests.programs import url_of
from tests.seed import Profile, Project, seed_project
from tests.servers.postgres import Postgres

OLD_US = TODAY_US - 4 * DAY_US


def fill(database_url: str) -> Project:
    project = seed_project(database_url, 2, [Profile("linear", {"slope": 2, "offset": 1})])
    with closing(Store(database_url, project)) as store:
        store.commit([(slot, OLD_US + n * SECOND_US, n * 0.25) for slot in (0, 1) for n in range(200)])
    with create_work_pool(url_of(ProgramRole.WORKER, database_url), 2) as pool:
        work_everything_off(pool)
    return project


def file_all(database_url: str, data_dir: Path) -> None:
    with closing(CatalogCache(database_url)) as cache:
        cache.open()
        make_archivist(database_url, data_dir / "archive", cache).work()


@contextmanager
def restored(
    installation: Installation, folder: Path, until: datetime | None
) -> Generator[tuple[Installation, Postgres]]:
    """Another machine, which has nothing but the place."""
    folder.mkdir(mode=0o711)
    (folder / "data").mkdir()
    target = Installation(folder / "data", installation.place, installation.executables, installation.account)
    restore(target, until)
    with target.running() as postgres:
        yield target, postgres


@in_its_turn(0, 2)
@pytest.mark.timeout(300)
def test_what_was_filed_after_a_backup_comes_back_at_any_instant(
    tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    tmp_path.chmod(0o711)
    installation = make_installation(tmp_path, executables, account)
    with installation.running() as postgres:
        project = fill(postgres.url)
        before = rows(postgres.url, project)
        installation.back_up(postgres)
        with keeping(installation, postgres):
            sleep(0.1)
            between = datetime.now(UTC)
            sleep(0.1)
            file_all(postgres.url, installation.data_dir)
            assert (held(postgres.url), rows(postgres.url, project)) == (400, [])
            wait_for_wal(installation, postgres)
        keep_files(installation.place, installation.settings)
    with restored(installation, tmp_path / "earlier", between) as (target, postgres):
        # The file is newer than the database, and nobody's.
        assert (held(postgres.url), rows(postgres.url, project)) == (0, before)
        file_all(postgres.url, target.data_dir)
        assert everything(postgres.url, project) == before
    with restored(installation, tmp_path / "later", None) as (target, postgres):
        make_archivist(postgres.url, target.data_dir / "archive", CatalogCache(postgres.url))
        assert (held(postgres.url), everything(postgres.url, project)) == (400, before)
        (lost,) = (target.data_dir / "archive" / "kept").rglob("*.parquet")
        lost.unlink()
        with pytest.raises(ArchiveUnreadable, match=lost.name):
            everything(postgres.url, project)
        found = examine_archive(postgres.url, target.settings, target.data_dir)
        assert (lost.name in found.detail, "backup" in found.advice) == (True, True)
