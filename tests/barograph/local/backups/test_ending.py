"""Backups are given up on purpose."""

from pathlib import Path

import psycopg
import pytest

from barograph.__main__ import main
from barograph.local.backups.keeping.ending import end_backups
from barograph.local.refusal import SetUpRefused
from barograph.local.safety import examine_backups
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.barograph.local.backups.installation import make_installation
from tests.barograph.local.backups.keeping import keeping
from tests.examples import in_its_turn
from tests.ingest.database import ask
from tests.waiting import wait_until

KNOWN = (
    "select (select count(*) from backup_record), (select count(*) from backup_reach),"
    " (select count(*) from pg_replication_slots)"
)


@in_its_turn(1, 2)
def test_nobody_misses_backups_that_were_given_up(
    tmp_path: Path,
    executables: Executables,
    account: ServerAccount,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("barograph.local.backups.keeping.wal_reach.NOTE_EVERY_S", 0.2)
    tmp_path.chmod(0o711)
    of = make_installation(tmp_path, executables, account)
    with of.running() as postgres:
        with keeping(of, postgres):
            wait_until(lambda: ask(postgres.url, KNOWN) == [(1, 1, 1)])
            with pytest.raises(SetUpRefused, match="still kept"):
                end_backups(postgres.url)
        with psycopg.connect(postgres.url) as connection:
            connection.execute("update backup_reach set reached_at = now() - interval '1 hour'")
        assert "BarographBackupStopped" in examine_backups(postgres.url, None).advice
        monkeypatch.setenv("BAROGRAPH_DATABASE_URL", postgres.url)
        assert main(["backup", "end"]) == 0
        assert "The 1 that it knew of stay" in capsys.readouterr().out
        assert ask(postgres.url, KNOWN) == [(0, 0, 0)]
        assert examine_backups(postgres.url, None).advice == ""
        assert end_backups(postgres.url) == 0
        # And once more, whole.
        with keeping(of, postgres):
            wait_until(lambda: ask(postgres.url, KNOWN) == [(1, 1, 1)])
