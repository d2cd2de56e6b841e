"""Backups in a bucket: what a server of S3 is sent, and what comes back from it."""

import time
from collections.abc import Generator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from barograph.local.backups.keeping.base_backup import take_backup
from barograph.local.backups.keeping.pruning import prune
from barograph.local.backups.keeping.wal_stream import LOCAL_WAL
from barograph.local.backups.places import copy_out, open_place
from barograph.local.backups.records import list_backups
from barograph.local.backups.restoring.verification import verify_backup
from barograph.local.backups.wal_files import WAL
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.barograph.local.backups.installation import Installation, make_installation, note, notes
from tests.barograph.local.backups.keeping import keeping, restore
from tests.servers.bucket import KEYS, BucketServer, bucket_server
from tests.waiting import wait_until


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[BucketServer]:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with bucket_server(tmp_path) as server:
        yield server


@pytest.mark.nightly
def test_a_new_machine_gets_all_back_from_a_bucket(
    tmp_path: Path, executables: Executables, account: ServerAccount, bucket: BucketServer
) -> None:
    tmp_path.chmod(0o711)
    of = make_installation(tmp_path, executables, account, bucket.make("backups"))
    (of.data_dir / "artifacts/kept/ab").mkdir(parents=True)
    (of.data_dir / "artifacts/kept/ab/file").write_text("of a run")
    (of.data_dir / "audit-key").write_text("k" * 64)
    with of.running() as postgres:
        note(postgres.url, "in the backup")
        with keeping(of, postgres):
            wait_until(lambda: list_backups(of.place) != [])
            note(postgres.url, "before")
            time.sleep(0.1)
            between = datetime.now(UTC)
            time.sleep(0.1)
            note(postgres.url, "after")
            # What a killed process leaves of a file that it was sending.
            (line,) = (of.data_dir / LOCAL_WAL / WAL).iterdir()
            (line / ".draft").write_bytes(b"half")
            time.sleep(2)
        # When it is stopped it sends what it has, without waiting for the half minute.
        wal = [file.name for file in of.place.files(WAL)]
        assert any(name.endswith(".partial") for name in wal)
        assert not any(name.endswith(".draft") for name in wal)
        (record,) = list_backups(of.place)
        assert record.keys == "left out"
        target = Installation(tmp_path / "new", of.place, executables, account)
        done = restore(target, between)
        assert (done.files, list(done.keys)) == (1, [])
        assert (target.data_dir / "artifacts/kept/ab/file").read_text() == "of a run"
        found = verify_backup(of.place, record, tmp_path / "scratch", executables, account, None)
        assert found.faults == []
        second = take_backup(of.source(postgres), of.place, of.settings, executables)
        assert prune(of.place, 1, postgres.url) == [record.id]
        assert [each.id for each in list_backups(of.place)] == [second.id]
    with target.running() as postgres:
        assert notes(postgres.url) == ["in the backup", "before"]


def test_files_are_in_the_bucket_as_they_are_here(tmp_path: Path, bucket: BucketServer) -> None:
    """Whoever copies the bucket into a folder has the same backups there."""
    place = open_place(bucket.make("same"))
    for name in ("base/a/base.tar.zst", "wal/00000001.gz"):
        with place.writing(name) as file:
            file.write(b"content")
    sizes = {file.name: file.size_bytes for file in place.files("")}
    assert sizes == {"base/a/base.tar.zst": 7, "wal/00000001.gz": 7}
    copy_out(place, "base/a/base.tar.zst", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"content"


def test_a_large_file_takes_few_requests(bucket: BucketServer) -> None:
    place = open_place(bucket.make("large"))
    with place.writing("large") as file:
        file.write(bytes(2**20))
    with place.reading("large") as file:
        while file.read(10_240):
            pass
    assert bucket.log.count("GET /large/barograph/large") <= 2


def test_what_is_broken_off_is_not_in_the_bucket(bucket: BucketServer) -> None:
    place = open_place(bucket.make("broken"))
    with suppress(ValueError), place.writing("base/a/archive") as file:
        file.write(b"half")
        raise ValueError("what it was read from has a fault")
    assert place.files("") == []


@pytest.mark.nightly
def test_a_keeper_goes_on_when_the_bucket_answers_again(
    tmp_path: Path,
    executables: Executables,
    account: ServerAccount,
    bucket: BucketServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # It looks again after a minute, which is not what is tested.
    monkeypatch.setattr("barograph.local.backups.keeping.keeping.LOOK_EVERY_S", 1.0)
    tmp_path.chmod(0o711)
    place = bucket.make("away")
    of = make_installation(tmp_path, executables, account, place)
    with of.running() as postgres:
        bucket.stop()
        with keeping(of, postgres) as said:
            wait_until(lambda: said != [])
            bucket.start()
            assert bucket.make("away") == place
            wait_until(lambda: of.place.files("wal") != [])
    assert "does not answer as it should" in said[0]
