"""Backups of a running cluster, and what comes back from them. One cluster lives through all of it."""

import json
import resource
import shutil
import time
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from barograph.local.backups.keeping.base_backup import take_backup
from barograph.local.backups.keeping.pruning import prune
from barograph.local.backups.keeping.source import claimed, look_at_source
from barograph.local.backups.kept_keys import keep_keys, read_keys
from barograph.local.backups.kept_times import check_reach
from barograph.local.backups.places import FolderPlace, open_place
from barograph.local.backups.records import ARCHIVE, BackupRecord, list_backups, list_unfinished
from barograph.local.backups.restoring.recovery import choose_backup
from barograph.local.backups.restoring.verification import RestoredCounts, verify_backup
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from barograph.settings import Settings
from tests.barograph.local.backups.installation import Installation, make_installation, note, notes
from tests.barograph.local.backups.keeping import keeping, restore, wait_for_wal
from tests.servers.postgres import Postgres
from tests.waiting import wait_until


@dataclass
class BackedUp:
    """An installation with a backup, WAL after it, and a server that runs.

    Attributes:
        between: an instant between the second note and the third, which only WAL has.
    """

    installation: Installation
    postgres: Postgres
    record: BackupRecord
    between: datetime


@pytest.fixture(scope="module")
def backed_up(
    tmp_path_factory: pytest.TempPathFactory, executables: Executables, account: ServerAccount
) -> Generator[BackedUp]:
    folder = tmp_path_factory.mktemp("backed-up")
    folder.chmod(0o711)
    installation = make_installation(folder, executables, account)
    (installation.data_dir / "artifacts" / "kept" / "ab").mkdir(parents=True)
    (installation.data_dir / "artifacts" / "kept" / "ab" / "file").write_text("of a run")
    (installation.data_dir / "audit-key").write_text("k" * 64)
    with installation.running() as postgres:
        note(postgres.url, "in the backup")
        with keeping(installation, postgres):
            wait_until(lambda: list_backups(installation.place) != [])
            (record,) = list_backups(installation.place)
            note(postgres.url, "before")
            time.sleep(0.1)
            between = datetime.now(UTC)
            time.sleep(0.1)
            note(postgres.url, "after")
            wait_for_wal(installation, postgres)
        yield BackedUp(installation, postgres, record, between)


def verify(installation: Installation, record: BackupRecord, scratch: Path) -> RestoredCounts:
    return verify_backup(
        installation.place, record, scratch, installation.executables, installation.account, None
    )


def elsewhere(backed_up: BackedUp, folder: Path) -> Installation:
    """Another machine, which has nothing but the place."""
    folder.chmod(0o711)
    data_dir = folder / "data"
    data_dir.mkdir()
    of = backed_up.installation
    return Installation(data_dir, of.place, of.executables, of.account)


def test_a_new_machine_gets_all_up_to_an_instant_and_later_all_of_it(
    backed_up: BackedUp, tmp_path: Path
) -> None:
    target = elsewhere(backed_up, tmp_path)
    done = restore(target, backed_up.between)
    assert done.restored_to <= backed_up.between
    assert (done.files, done.keys, list(done.aside)) == (1, ["audit-key"], [])
    assert (target.data_dir / "artifacts/kept/ab/file").read_text() == "of a run"
    assert (target.data_dir / "audit-key").read_text() == "k" * 64
    with target.running() as postgres:
        assert notes(postgres.url) == ["in the backup", "before"]
        assert ask_timeline(postgres) == 2
        note(postgres.url, "another future")
    with pytest.raises(SetUpRefused, match="holds a database already"):
        restore(target, None)
    done = restore(target, None, force=True)
    assert [path.name.partition(".")[0] for path in done.aside] == ["postgres"]
    with target.running() as postgres:
        assert notes(postgres.url) == ["in the backup", "before", "after"]


@pytest.mark.nightly
def test_a_backup_of_a_server_elsewhere_runs_here_without_its_addresses(
    tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    tmp_path.chmod(0o711)
    there = make_installation(tmp_path / "there", executables, account)
    there.data_dir.parent.mkdir(mode=0o711)
    with there.running() as postgres:
        note(postgres.url, "elsewhere")
        with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
            connection.execute("alter system set listen_addresses = '192.0.2.1'")
        source = look_at_source(postgres.url, is_owned=False)
        take_backup(source, there.place, there.settings, executables)
    here = Installation(tmp_path / "here", there.place, executables, account)
    here.data_dir.mkdir()
    restore(here, None)
    with here.running() as postgres:
        assert notes(postgres.url) == ["elsewhere"]


def ask_timeline(postgres: Postgres) -> int:
    with psycopg.connect(postgres.url) as connection:
        row = connection.execute("select substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)").fetchone()
    return int(row[0], 16) if row else 0


def test_a_verification_restores_it_and_is_noted(backed_up: BackedUp, tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    found = verify(backed_up.installation, backed_up.record, tmp_path / "scratch")
    assert (found.faults, (tmp_path / "scratch").exists()) == ([], False)
    (record,) = list_backups(backed_up.installation.place)
    assert record.verified_at is not None
    assert record.is_good


def test_a_damaged_archive_is_found_out_and_not_chosen(backed_up: BackedUp, tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    copy = tmp_path / "copy"
    of = backed_up.installation
    shutil.copytree(str(of.place.folder), copy)
    damaged = Installation(of.data_dir, open_place(str(copy)), of.executables, of.account)
    archive = copy / backed_up.record.name / ARCHIVE
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)
    with pytest.raises(SetUpRefused, match="is damaged"):
        verify(damaged, backed_up.record, tmp_path / "scratch")
    assert not (tmp_path / "scratch").exists()
    with pytest.raises(SetUpRefused, match="has no good backup"):
        choose_backup(damaged.place, None)
    assert choose_backup(damaged.place, None, backed_up.record.id).faults


def test_one_that_is_broken_off_leaves_nothing_that_looks_whole(backed_up: BackedUp) -> None:
    place, postgres = backed_up.installation.place, backed_up.postgres
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # As a disk that is full: what is written beyond it fails.
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            backed_up.installation.back_up(postgres)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [record.id for record in list_backups(place)] == [backed_up.record.id]
    assert list_unfinished(place) == []
    # One whose process was killed.
    assert place.folder is not None
    left = place.folder / "base" / "20200101T000000Z-dead"
    left.mkdir()
    (left / ARCHIVE).write_bytes(b"half")
    assert [record.id for record in list_backups(place)] == [backed_up.record.id]
    second = backed_up.installation.back_up(postgres)
    assert not left.exists()
    assert prune(place, 1, postgres.url) == [backed_up.record.id]
    assert [record.id for record in list_backups(place)] == [second.id]
    with psycopg.connect(postgres.url) as connection:
        rows = connection.execute("select id, faults from backup_record").fetchall()
    assert rows == [(second.id, [])]


def test_a_second_one_at_once_is_refused(backed_up: BackedUp) -> None:
    source = backed_up.installation.source(backed_up.postgres)
    with claimed(source), pytest.raises(SetUpRefused, match="Another backup of this database"):
        backed_up.installation.back_up(backed_up.postgres)


def test_a_place_holds_one_installation(backed_up: BackedUp, tmp_path: Path) -> None:
    (tmp_path / "installation.json").write_text(json.dumps({"system_id": "1"}))
    source = backed_up.installation.source(backed_up.postgres)
    of = backed_up.installation
    with pytest.raises(SetUpRefused, match="another database"):
        take_backup(source, FolderPlace(tmp_path), of.settings, of.executables)


def test_an_instant_without_wal_is_refused(backed_up: BackedUp) -> None:
    place = backed_up.installation.place
    record = list_backups(place)[-1]
    with pytest.raises(SetUpRefused, match="still to come"):
        check_reach(place, record, datetime(2999, 1, 1, tzinfo=UTC))
    with pytest.raises(SetUpRefused, match="can be restored from"):
        choose_backup(place, datetime(2000, 1, 1, tzinfo=UTC))


def test_keys_are_sealed_where_there_is_a_key_and_not_sent_to_a_bucket(tmp_path: Path) -> None:
    (tmp_path / "audit-key").write_text("secret")
    place = FolderPlace(tmp_path / "place")
    plain = Settings(data_dir=tmp_path)
    sealing = Settings(data_dir=tmp_path, backup_key=SecretStr("x" * 32))
    assert keep_keys(place, "base/a", plain) == "plain"
    assert keep_keys(place, "base/b", sealing) == "sealed"
    assert b"secret" not in (tmp_path / "place/base/b/keys.sealed").read_bytes()
    for backup in ("base/a", "base/b"):
        assert read_keys(place, backup, sealing) == {"audit-key": "secret"}
    with pytest.raises(SetUpRefused, match="set BAROGRAPH_BACKUP_KEY"):
        read_keys(place, "base/b", plain)
    with pytest.raises(SetUpRefused, match="another BAROGRAPH_BACKUP_KEY"):
        read_keys(place, "base/b", Settings(data_dir=tmp_path, backup_key=SecretStr("y" * 32)))
    place.folder = None  # pyright: ignore[reportAttributeAccessIssue]  # as a bucket has none
    assert keep_keys(place, "base/c", plain) == "left out"
