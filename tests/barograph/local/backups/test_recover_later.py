"""A server as Compose has it: backed up by a password of the shell, and recovered by its own programs."""

import shutil
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from barograph.database.schema.migrations import migrate
from barograph.local.backups.keeping.source import BackupSource
from barograph.local.backups.records import list_backups
from barograph.local.backups.restoring.recovery import OWN_SETTINGS, Recovery, choose_backup
from barograph.local.backups.restoring.restoring import bring_missing_back, lay_out, restore_cluster
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.cluster import prepare_cluster
from barograph.local.servers.executables import Executables
from barograph.settings import Settings
from tests.barograph.local.backups.installation import make_installation, note, notes
from tests.barograph.local.backups.keeping import keeping, wait_for_wal
from tests.examples import in_its_turn
from tests.programs import ROOT
from tests.servers.postgres import Postgres
from tests.waiting import wait_until

HBA = ROOT / "deploy" / "postgres" / "pg_hba.conf"


@in_its_turn(0, 2)
def test_a_server_like_that_of_compose_is_backed_up_and_recovers_by_itself(
    tmp_path: Path, executables: Executables, account: ServerAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o711)
    there = make_installation(tmp_path / "there", executables, account)
    there.data_dir.mkdir(mode=0o711, parents=True)
    there.data_dir.parent.chmod(0o711)
    hba = there.data_dir / "pg_hba.conf"
    shutil.copy(HBA, hba)
    (there.data_dir / "imports").mkdir()
    (there.data_dir / "imports" / "file").write_text("of an import")
    (there.data_dir / "webhook-key").write_text("w" * 64)
    hba.chmod(0o644)
    cluster = prepare_cluster(there.data_dir / "postgres", executables, account, {"hba_file": str(hba)})
    postgres = Postgres(cluster.service, tmp_path / "postgres.log", cluster.maintenance_url)
    postgres.start()
    try:
        cluster.create_database()
        migrate(postgres.url)
        with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
            row = connection.execute("select count(*), count(error) from pg_hba_file_rules").fetchone()
            assert row == (5, 0)
            connection.execute("alter system set recovery_target_time = '2001-01-01'")
        given = conninfo_to_dict(postgres.url)
        monkeypatch.setenv("PGPASSWORD", str(given.pop("password")))
        note(postgres.url, "before the backup")
        with keeping(there, postgres, make_conninfo("", **given)) as said:
            wait_until(lambda: bool(list_backups(there.place)), what=f"a backup: {said}")
            note(postgres.url, "after it")
            wait_for_wal(there, postgres)
    finally:
        postgres.stop()
    record = choose_backup(there.place, None)
    restored = tmp_path / "restored"
    restored.mkdir(mode=0o700)
    wanted = Recovery(there.place, record, restored, None, executables, account)
    lay_out(wanted)
    with pytest.raises(SetUpRefused, match="not empty"):
        lay_out(wanted)
    now = tmp_path / "now"
    now.mkdir()
    (now / "webhook-key").write_text("of another time")
    bring_missing_back(there.place, record, Settings(data_dir=now))
    assert (now / "imports" / "file").read_text() == "of an import"
    assert (now / "webhook-key").read_text() == "of another time"
    assert "2001-01-01" not in (restored / OWN_SETTINGS).read_text()
    command = account.command(executables.postgres, "-D", restored)
    again = Postgres(
        replace(cluster.service, command=command), tmp_path / "again.log", cluster.maintenance_url
    )
    again.start()
    try:
        wait_until(lambda: has_recovered(again), what="recovered")
        assert notes(again.url) == ["before the backup", "after it"]
    finally:
        again.stop()


@in_its_turn(1, 2)
def test_a_restore_says_so_where_the_database_needs_what_is_not_here(
    tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    tmp_path.chmod(0o711)
    there = make_installation(tmp_path / "there", executables, account)
    there.data_dir.mkdir(mode=0o711, parents=True)
    there.data_dir.parent.chmod(0o711)
    with there.running() as postgres:
        with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
            # As a library of another version, which each session loads and which is not here.
            connection.execute("alter database postgres set session_preload_libraries = 'not-here'")
        record = there.back_up(postgres)
    wanted = Recovery(there.place, record, tmp_path / "restored", None, executables, account)
    with pytest.raises(SetUpRefused, match=r"not-here(.|\n)*--recover-later"):
        restore_cluster(wanted)


def has_recovered(postgres: Postgres) -> bool:
    with psycopg.connect(postgres.superuser_url) as connection:
        return connection.execute("select pg_is_in_recovery()").fetchone() == (False,)


def source(*, is_owned: bool) -> BackupSource:
    return BackupSource(
        "postgresql://barograph@db/barograph", "1", 1, "17.1", "barograph", "postgres", 2**24, is_owned
    )


def test_what_the_shell_says_counts_for_servers_elsewhere_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "secret")
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    elsewhere, ours = source(is_owned=False).environment, source(is_owned=True).environment
    assert (elsewhere["PGPASSWORD"], elsewhere["PGSSLMODE"]) == ("secret", "verify-full")
    assert elsewhere["LC_ALL"] == "C"
    assert not {"PGPASSWORD", "PGSSLMODE"} & ours.keys()
