"""Up to when what was committed is with the backups, as whoever keeps them tells the database."""

from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.barograph.local.backups.installation import make_installation, note
from tests.barograph.local.backups.keeping import keeping
from tests.examples import in_its_turn
from tests.servers.bucket import KEYS, bucket_server
from tests.waiting import wait_until

KEEPING = "barograph.local.backups.keeping"


def reached(url: str) -> datetime | None:
    with psycopg.connect(url) as connection:
        row = connection.execute("select reached_at from backup_reach").fetchone()
        return row[0] if row else None


def committed(url: str) -> datetime:
    """A moment after something was committed, by the server's clock."""
    note(url, "committed")
    with psycopg.connect(url) as connection:
        (row,) = connection.execute("select clock_timestamp()").fetchall()
        return row[0]


def has_come(url: str, moment: datetime) -> bool:
    return (reached(url) or datetime.min.replace(tzinfo=moment.tzinfo)) > moment


@in_its_turn(0, 2)
def test_what_is_committed_has_come_once_the_bucket_has_it(
    tmp_path: Path, executables: Executables, account: ServerAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the bucket is away the stream goes on, to this machine alone."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(f"{KEEPING}.wal_reach.NOTE_EVERY_S", 0.2)
    monkeypatch.setattr(f"{KEEPING}.wal_stream.FEEDBACK_S", 1)
    monkeypatch.setattr(f"{KEEPING}.wal_stream.PARTIAL_EVERY_S", 0.5)
    tmp_path.chmod(0o711)
    with bucket_server(tmp_path) as bucket:
        of = make_installation(tmp_path, executables, account, bucket.make("reach"))
        with of.running() as postgres:
            assert reached(postgres.url) is None
            with keeping(of, postgres) as said:
                first = committed(postgres.url)
                wait_until(lambda: has_come(postgres.url, first))
                bucket.stop()
                second = committed(postgres.url)
                wait_until(lambda: said[-1:] != [] and "does not answer" in said[-1])
                assert not has_come(postgres.url, second)
                bucket.start()
                bucket.make("reach")
                wait_until(lambda: has_come(postgres.url, second))
            last = committed(postgres.url)
            assert not has_come(postgres.url, last)
