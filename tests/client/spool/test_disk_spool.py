"""A spool on disk against a model: a list of numbers, of which some have an ack."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from barograph_client.spool.disk import DiskSpool
from barograph_client.spool.failures import SpoolFailed, SpoolForked, SpoolFull, SpoolInUse
from barograph_client.spool.options import FsyncPolicy, SpoolOptions
from barograph_client.spool.segments import SegmentWriter, segment_paths
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.client.spool.frames import append, numbers

SMALL = 4096
N = 20


def options(folder: Path, **given: object) -> SpoolOptions:
    usual = {"segment_bytes": SMALL, "keep_acked_s": 0.0}
    return SpoolOptions(folder, **{**usual, **given})  # pyright: ignore[reportArgumentType] - passed through


def opened(folder: Path, **given: object) -> DiskSpool:
    return DiskSpool(options(folder, **given), "rig", ["a"])


class SpoolOnDisk(RuleBasedStateMachine):
    """Written, read, settled, killed and opened again in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = opened(self.folder)
        self.kept: list[float] = []
        self.settled = 0

    @rule(count=st.integers(0, 4), n=st.integers(1, 60))
    def append(self, count: int, n: int) -> None:
        new = [float(len(self.kept) + place) for place in range(count)]
        append(self.store, new, n)
        self.kept += new

    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        self.settled = data.draw(st.integers(self.settled, len(self.kept)))
        self.store.settle(self.settled)

    @rule()
    def open_again(self) -> None:
        self.store.close()
        self.store = opened(self.folder)

    @precondition(lambda self: len(self.kept) > self.settled)
    @rule(data=st.data())
    def tear(self, data: st.DataObject) -> None:
        """A crash within the last frame, which nobody was told is kept."""
        self.store.close()
        newest = segment_paths(self.folder)[-1]
        before = newest.stat().st_size
        store = opened(self.folder)
        append(store, [-1.0], 3)
        store.close()
        newest = segment_paths(self.folder)[-1]
        after = newest.stat().st_size
        start = before if before < after else 0
        os.truncate(newest, data.draw(st.integers(start, after - 1)))
        self.store = opened(self.folder)

    @invariant()
    def agrees(self) -> None:
        assert numbers(self.store) == self.kept[self.settled :]
        assert self.store.last_index == len(self.kept)
        assert self.store.settled_index == self.settled
        assert self.store.size_bytes == sum(path.stat().st_size for path in segment_paths(self.folder))

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)


TestSpoolOnDisk = SpoolOnDisk.TestCase
TestSpoolOnDisk.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)


def test_a_call_that_comes_after_the_end_hears_that_the_disk_has_its_frame(tmp_path: Path) -> None:
    store = opened(tmp_path, fsync="always")
    append(store, [0.0])
    store.close()
    with (tmp_path / "other").open("wb"):  # takes the number of the file that was closed
        store.sync()
    assert store.durable_index == 1


def test_a_call_that_comes_after_an_end_whose_disk_refused_hears_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(tmp_path, fsync="always")
    append(store, [0.0])

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "no", descriptor)

    monkeypatch.setattr(os, "fsync", fail)
    store.close()
    monkeypatch.undo()
    with (tmp_path / "other").open("wb"), pytest.raises(SpoolFailed):
        store.sync()
    assert store.durable_index == 0


@pytest.mark.parametrize("fsync", ["always", "interval", "never"])
def test_frames_outlive_the_process_and_may_be_sent(tmp_path: Path, fsync: FsyncPolicy) -> None:
    store = opened(tmp_path, fsync=fsync)
    append(store, range(10))
    assert store.durable_index == (0 if fsync == "always" else 10)
    store.sync()
    assert (store.durable_index, store.is_synced) == (10, True)
    store.close()
    again = opened(tmp_path, fsync=fsync)
    assert numbers(again) == list(range(10))
    again.close()


def test_segments_go_when_all_of_them_has_an_ack(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for number in range(100):
        append(store, [number], N)
    many = len(segment_paths(tmp_path))
    store.settle(50)
    assert 1 < len(segment_paths(tmp_path)) < many
    store.settle(100)
    assert len(segment_paths(tmp_path)) == 1
    store.close()


def test_frames_may_be_kept_after_their_ack_for_a_server_that_forgets(tmp_path: Path) -> None:
    now_s = [1000.0]
    kept = options(tmp_path, keep_acked_s=3600)
    store = DiskSpool(kept, "rig", ["a"], lambda: now_s[0])
    for number in range(100):
        append(store, [number], N)
    store.settle(100)
    assert store.first_index == 1
    store.unsettle(90)
    assert numbers(store) == list(range(90, 100))
    now_s[0] += 4000
    store.settle(99)
    assert store.first_index > 80
    store.close()


def append_each(store: DiskSpool, given: Iterable[float]) -> None:
    for number in given:
        append(store, [number], N)


def test_what_is_kept_gives_way_to_new_frames_and_is_no_reason_to_warn(tmp_path: Path) -> None:
    store = opened(tmp_path, max_bytes=8 * SMALL, keep_acked_s=3600)
    for number in range(200):
        append(store, [number], N)
        store.settle(number)
    assert 2 * store.size_bytes > store.max_bytes
    assert store.waiting_bytes <= 2 * SMALL
    assert 1 < store.first_index < 190
    store.unsettle(0)
    assert store.waiting_bytes == store.size_bytes
    assert numbers(store) == list(range(store.first_index - 1, 200))
    store.close()


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT])
def test_what_is_kept_gives_way_on_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    store = opened(tmp_path, keep_acked_s=3600)
    for number in range(100):
        append(store, [number], N)
    store.settle(90)
    limit = store.size_bytes + 100
    write = os.write

    def write_within(descriptor: int, data: bytes) -> int:
        if sum(path.stat().st_size for path in segment_paths(tmp_path)) + len(data) > limit:
            raise OSError(error, os.strerror(error))
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", write_within)
    with pytest.raises(SpoolFull, match="make room there"):
        append_each(store, range(100, 1000))
    assert store.first_index > 60
    assert numbers(store) == list(range(90, store.last_index))
    assert store.last_index > 150
    store.close()


def fill(store: DiskSpool, kept: list[float]) -> None:
    """Two frames a call, until one raises."""
    while True:
        new = [float(len(kept)), float(len(kept) + 1)]
        append(store, new, N)
        kept += new


@pytest.mark.parametrize("when_full", ["raise", "wait"])
def test_a_full_spool_keeps_the_oldest_and_takes_none_of_a_call(tmp_path: Path, when_full: str) -> None:
    store = opened(tmp_path, max_bytes=8 * SMALL, when_full=when_full)
    kept: list[float] = []
    with pytest.raises(SpoolFull, match=r"of at most 32,768 bytes: see `trouble`"):
        fill(store, kept)
    assert numbers(store) == kept
    assert not store.has_room(1000)
    store.settle(len(kept) // 2)
    append(store, [5.0], N)
    assert numbers(store)[-1] == 5
    store.close()


def test_the_oldest_frames_give_way_if_they_shall_and_are_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = opened(tmp_path, max_bytes=8 * SMALL, when_full="give-up-oldest")
    for number in range(200):
        append(store, [number], N)
    left = numbers(store)
    assert left == list(range(200 - len(left), 200))
    assert (store.given_up.frames, store.given_up.readings) == (200 - len(left), N * (200 - len(left)))
    assert store.size_bytes <= store.max_bytes
    store.close()
    again = opened(tmp_path, max_bytes=8 * SMALL)
    assert again.given_up == store.given_up, "also when the process is another one"
    again.close()
    assert "gave up the" in caplog.text
    assert "because there was no room" in caplog.text


def test_frames_that_wait_for_too_long_are_given_up_whatever_the_wall_clock_does(tmp_path: Path) -> None:
    now_s = [1000.0]
    store = DiskSpool(options(tmp_path, max_age_s=100), "rig", ["a"], lambda: now_s[0])
    append(store, range(3))
    now_s[0] += 99
    append(store, [3])
    assert store.given_up.frames == 0
    now_s[0] += 101
    append(store, [4])
    assert (numbers(store), store.given_up.frames) == ([4], 4)
    store.close()


def test_one_process_at_a_time_has_a_spool(tmp_path: Path) -> None:
    store = opened(tmp_path)
    with pytest.raises(SpoolInUse, match=f"open in process {os.getpid()}; stop that"):
        opened(tmp_path)
    store.close()
    opened(tmp_path).close()


def test_a_spool_belongs_to_a_producer(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with pytest.raises(SpoolFailed, match="that of 'rig', not of 'other'"):
        DiskSpool(options(tmp_path), "other", ["a"])


def test_notes_that_are_damaged_are_told_and_nothing_is_overwritten(tmp_path: Path) -> None:
    opened(tmp_path).close()
    (tmp_path / "spool.json").write_text("{")
    with pytest.raises(SpoolFailed, match=r"spool.json is no spool's, or damaged"):
        opened(tmp_path)
    assert (tmp_path / "spool.json").read_text() == "{"


def test_channels_keep_their_places_while_frames_use_them(tmp_path: Path) -> None:
    first = DiskSpool(options(tmp_path), "rig", ["a", "b"])
    append(first, [1])
    first.add_channels(["c"])
    first.close()
    second = DiskSpool(options(tmp_path), "rig", ["d", "b"])
    assert second.channels == ["a", "b", "c", "d"]
    second.close()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.EIO])
def test_a_disk_that_takes_half_a_call_keeps_nothing_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    store = opened(tmp_path)
    append(store, [1.0, 2.0])
    write = os.write
    calls: list[int] = []

    def half(descriptor: int, data: memoryview) -> int:
        calls.append(len(data))
        if len(calls) > 1:
            raise OSError(number, os.strerror(number))
        return write(descriptor, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(SpoolFailed if number == errno.EIO else SpoolFull, match=str(tmp_path)):
        append(store, [3.0, 4.0])
    monkeypatch.undo()
    assert numbers(store) == [1, 2]
    append(store, [5.0])
    store.close()
    again = opened(tmp_path)
    assert numbers(again) == [1, 2, 5]
    again.close()


def test_a_disk_that_can_t_say_whether_it_has_something_is_not_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(tmp_path, fsync="always")
    append(store, [1.0])

    def fail(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(SpoolFailed):
        store.sync()
    monkeypatch.undo()
    with pytest.raises(SpoolFailed, match="Input/output error"):
        append(store, [2.0])
    assert store.durable_index == 0
    store.close()


def test_a_damaged_segment_costs_what_is_behind_the_damage_and_that_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = opened(tmp_path)
    for number in range(60):
        append(store, [number], N)
    store.close()
    first, second, *_ = segment_paths(tmp_path)
    in_first = int(second.stem) - 1
    with first.open("r+b") as file:
        file.seek(first.stat().st_size - 10)
        file.write(b"damage")
    again = opened(tmp_path)
    assert numbers(again) == [*range(in_first - 1), *range(in_first, 60)]
    assert numbers(again) == [*range(in_first - 1), *range(in_first, 60)]
    assert again.given_up.frames == 1
    assert "are damaged and were given up" in caplog.text
    again.close()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of forking where there are threads
def test_a_child_of_a_fork_may_not_write_and_does_not_hold_the_lock(tmp_path: Path) -> None:
    store = opened(tmp_path)
    child = os.fork()
    if child == 0:
        try:
            append(store, [1.0])
        except SpoolForked:
            os._exit(3)
        os._exit(4)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    append(store, [2.0])
    assert numbers(store) == [2]
    store.close()


def test_a_file_that_holds_less_than_a_head_is_begun_again(tmp_path: Path) -> None:
    path = tmp_path / "00000000000000000001.frames"
    path.write_bytes(b"BGSP")
    store = opened(tmp_path)
    append(store, [1.0])
    assert numbers(store) == [1]
    store.close()
    assert SegmentWriter(path, path.stat().st_size).size_bytes == path.stat().st_size
