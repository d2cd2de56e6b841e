"""Backups of two machines under Patroni, by the commands of docs/backup.md: they go on after a failover."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from barograph.local.backups.keeping.source import STREAM_SLOT
from barograph.times import parse_time
from tests.drills.failover_drill import FailoverDrill
from tests.drills.patroni_pair import PatroniMachine, wait_for
from tests.programs import ROOT
from tests.waiting import wait_until

FRAMES = 100
# Several of Patroni's rounds, in each of which it looks for slots that are nobody's.
PAUSE_S = 16.0
# patroni.yml's `ttl`, and a little.
FORGOTTEN_S = 22.0


@dataclass(frozen=True)
class PairBackups:
    """Kept in a place, of the server that a URL reaches."""

    place: Path
    data_dir: Path
    database_url: str

    @contextmanager
    def kept(self) -> Generator[None]:
        """Somebody keeps them."""
        with self.data_dir.with_name("keeper.log").open("ab") as log:
            process = subprocess.Popen(
                self._command("backup", "keep", "--to", str(self.place)),
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
            try:
                yield
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(60)

    def all(self) -> list[dict[str, Any]]:
        """As `backup list` has them."""
        return json.loads(self.run("backup", "list", "--from", str(self.place), "--json"))

    def lines_of_wal(self) -> set[str]:
        """By timeline, and by what was missed."""
        return {path.name for path in (self.place / "wal").iterdir()}

    def run(self, *words: str) -> str:
        """What a command answers, which must succeed."""
        done = subprocess.run(
            self._command(*words),
            cwd=ROOT,
            env=self._environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "barograph", *words]

    @property
    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'client'}",
            "BAROGRAPH_DATABASE_URL": self.database_url,
            "BAROGRAPH_DATA_DIR": str(self.data_dir),
        }


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_backups_go_on_after_a_failover(drill: FailoverDrill) -> None:
    with drill.used() as used:
        backups = PairBackups(drill.folder / "backups", drill.folder / "keeper", used.pair.url)
        primary = used.pair.wait_until_in_step()
        with backups.kept():
            wait_until(lambda: len(backups.all()) == 1, what="the first backup")
        time.sleep(PAUSE_S)
        with backups.kept():
            used.gateway.wait_for_acks(FRAMES)
            primary.lose_power()
            other = used.pair.other(primary)
            wait_for(lambda: other.is_primary() or None, used.pair.told)
            wait_until(lambda: len(backups.all()) == 2, what="a backup of the new timeline")
            used.gateway.wait_for_acks(FRAMES)
        assert backups.lines_of_wal() == {"00000001-0001", "00000002-0001"}
        backups.run("backup", "verify", "--from", str(backups.place))
        primary.start()
        assert used.pair.wait_until_in_step() is other
        assert "Sync Standby" in other.patronictl("list")


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_a_former_primary_keeps_no_wal_for_backups(drill: FailoverDrill) -> None:
    with drill.used() as used:
        backups = PairBackups(drill.folder / "backups", drill.folder / "keeper", used.pair.url)
        former = used.pair.wait_until_in_step()
        other = used.pair.other(former)
        with backups.kept():
            wait_until(lambda: len(backups.all()) == 1, what="the first backup")
            former.patronictl(
                "switchover", "barograph", "--candidate", used.pair.other(former).name, "--force"
            )
            assert used.pair.wait_until_in_step() is used.pair.other(former)
            wait_until(lambda: len(backups.all()) == 2, what="a backup of the new timeline")
            wait_for(lambda: STREAM_SLOT not in slots(former) or None, used.pair.told)
            used.gateway.wait_for_acks(FRAMES)
        assert STREAM_SLOT in slots(other)


def slots(machine: PatroniMachine) -> list[str]:
    with psycopg.connect(machine.superuser_url) as connection:
        return [name for (name,) in connection.execute("select slot_name from pg_replication_slots")]


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_both_machines_go_back_to_an_instant(drill: FailoverDrill) -> None:
    with drill.pair() as pair:
        backups = PairBackups(drill.folder / "backups", drill.folder / "keeper", pair.url)
        first, second = pair.machines
        with psycopg.connect(pair.url, autocommit=True) as connection:
            connection.execute("create table noted (text text)")
            with backups.kept():
                wait_until(lambda: len(backups.all()) == 1, what="the first backup")
                connection.execute("insert into noted values ('before')")
                time.sleep(0.1)
                instant = datetime.now(UTC)
                connection.execute("drop table noted")
                wait_until(lambda: parse_time(backups.all()[0]["restorable_until"]) > instant)
        for machine in pair.machines:
            machine.lose_power()
        time.sleep(FORGOTTEN_S)
        first.patronictl("remove", "barograph", answers="barograph\nYes I am aware\n")
        for machine in pair.machines:
            machine.data.rename(machine.data.with_name("data.before"))
        backups.run(
            *("restore", "--from", str(backups.place), "--to-time", instant.isoformat()),
            *("--into", str(first.data)),
        )
        first.start()
        wait_for(lambda: first.is_primary() or None, pair.told)
        second.start()
        assert pair.wait_until_in_step() is first
        with psycopg.connect(pair.url) as connection:
            assert connection.execute("select text from noted").fetchall() == [("before",)]
