"""What was written durably is there after a power cut, and only that."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.power_cut import cut_power

PIECE_BYTES, PIECES = 1000, 5
WRITES = f"""
import os, sys
from pathlib import Path
from barograph.files.durable_files import write_durably
from tests.power_cut import note_synced

note_synced(Path(sys.argv[1]))
path = Path(sys.argv[2])
for number in range({PIECES}):
    write_durably(path, number * {PIECE_BYTES}, bytes([number]) * {PIECE_BYTES})
    print((number + 1) * {PIECE_BYTES}, flush=True)
with path.open("ab") as file:
    file.write(b"nobody was told of this")
os.kill(os.getpid(), {int(signal.SIGKILL)})
"""

SECRET = f"""
import os, sys
from pathlib import Path
from barograph.files.private_file import write_private
from tests.power_cut import note_synced

note_synced(Path(sys.argv[1]))
write_private(Path(sys.argv[2]), "a key")
os.kill(os.getpid(), {int(signal.SIGKILL)})
"""


def test_a_key_is_there_after_a_power_cut(tmp_path: Path) -> None:
    record, path = tmp_path / "record", tmp_path / "data" / "webhook-key"
    path.parent.mkdir()
    subprocess.run([sys.executable, "-c", SECRET, str(record), str(path)], check=False, timeout=60)
    assert cut_power(path.parent, record) == 0
    assert path.read_text() == "a key"


def test_what_was_told_is_there_after_a_power_cut(tmp_path: Path) -> None:
    record, path = tmp_path / "record", tmp_path / "data" / "uploads" / "file"
    command = [sys.executable, "-c", WRITES, str(record), str(path)]
    told = subprocess.run(command, capture_output=True, check=False, timeout=60).stdout.split()
    assert int(told[-1]) == PIECES * PIECE_BYTES
    assert cut_power(path.parent, record) == len("nobody was told of this")
    assert path.read_bytes() == b"".join(bytes([number]) * PIECE_BYTES for number in range(PIECES))
