"""An upload's file is one writer's at a time, in whatever process, and what was synced outlives the power."""

import hashlib
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest

from barograph.artifacts.staging import StagedFile, Staging
from barograph.artifacts.stores import StoreAway
from tests.power_cut import cut_power

FILE = UUID(int=7)
TAKES = """
import sys, time
from pathlib import Path
from uuid import UUID
from barograph.artifacts.staging import Staging

staged = Staging(Path(sys.argv[1])).take(UUID(int=7), 0, None)
print(staged is not None, flush=True)
time.sleep(60)
"""
WRITES = f"""
import os, sys
from pathlib import Path
from uuid import UUID
from barograph.artifacts.staging import Staging
from tests.power_cut import note_synced

note_synced(Path(sys.argv[1]))
staged = Staging(Path(sys.argv[2])).take(UUID(int=7), 0, None)
staged.write(memoryview(b"what was told"))
staged.sync()
staged.write(memoryview(b" and what was not"))
os.kill(os.getpid(), {int(signal.SIGKILL)})
"""


@contextmanager
def another_process_with_it(folder: Path) -> Generator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", TAKES, str(folder)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"True\n"
        try:
            yield process
        finally:
            process.kill()


def taken(folder: Path, offset: int = 0) -> StagedFile:
    staged = Staging(folder).take(FILE, offset, hashlib.sha256())
    assert staged is not None
    return staged


def test_a_file_is_one_writers_at_a_time(tmp_path: Path) -> None:
    first = taken(tmp_path)
    assert Staging(tmp_path).take(FILE, 0, None) is None
    first.close()
    taken(tmp_path).close()


def test_a_process_that_is_killed_leaves_it_to_others(tmp_path: Path) -> None:
    with another_process_with_it(tmp_path) as process:
        assert Staging(tmp_path).take(FILE, 0, None) is None
        process.kill()
        process.wait()
        taken(tmp_path).close()


def test_what_is_written_goes_on_at_its_place_and_is_hashed(tmp_path: Path) -> None:
    staged = taken(tmp_path)
    for piece in (b"one ", b"two ", b"three"):
        staged.write(memoryview(piece))
    told = staged.digest_so_far()
    staged.close()
    assert told is not None
    assert told.digest() == hashlib.sha256(b"one two three").digest()
    # As after a cut: what was not told is written over.
    staged = taken(tmp_path, offset=4)
    staged.write(memoryview(b"TWO"))
    staged.close()
    assert (tmp_path / str(FILE)).read_bytes() == b"one TWO three"


def test_what_was_synced_is_there_after_a_power_cut(tmp_path: Path) -> None:
    record, folder = tmp_path / "record", tmp_path / "uploads"
    subprocess.run([sys.executable, "-c", WRITES, str(record), str(folder)], check=False, timeout=60)
    assert cut_power(folder, record) == len(" and what was not")
    assert (folder / str(FILE)).read_bytes() == b"what was told"


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / str(FILE)).mkdir()
    with pytest.raises(StoreAway):
        taken(tmp_path)
