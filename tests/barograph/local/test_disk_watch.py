"""Who runs Barograph hears of a disk that fills, once, and of room again."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from barograph.local.supervisor import disk_watch
from barograph.local.supervisor.disk_watch import DiskWatch

GB = 2**30


class Disk:
    """One of 100 GB, whose room a test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free_gb = 50
        monkeypatch.setattr(shutil, "disk_usage", self._usage)
        monkeypatch.setattr(disk_watch, "LOOK_EVERY_S", 0.0)

    def _usage(self, _: Path) -> object:
        return SimpleNamespace(total=100 * GB, free=self.free_gb * GB)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_a_disk_that_fills_is_told_once_and_room_once_it_is_there(disk: Disk) -> None:
    said: list[str] = []
    watch = DiskWatch(Path("/data"), said.append)
    told: list[int] = []
    for disk.free_gb in (50, 10, 9, 5, 9, 11, 12, 50, 9):
        watch.look()
        told.append(len(said))
    assert told == [0, 0, 1, 1, 1, 1, 2, 2, 3]
    assert said[0].startswith("Only 9% of the disk of /data is free (9.0 GB).")
    assert said[1] == "The disk of /data has room again: 12.0 GB"


def test_it_looks_once_a_minute(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk_watch, "LOOK_EVERY_S", 60.0)
    said: list[str] = []
    watch = DiskWatch(Path("/data"), said.append)
    watch.look()
    disk.free_gb = 1
    watch.look()
    assert said == []


def test_a_disk_that_is_away_stops_nobody(tmp_path: Path) -> None:
    said: list[str] = []
    DiskWatch(tmp_path / "gone", said.append).look()
    assert said == []
