"""What a power cut leaves of a folder: what the disk was asked to keep, and no byte more.

A process that is to lose its power calls `note_synced` first. Once it is killed, `cut_power` takes from the
files what no sync has covered. That is the worst that a disk may do which keeps its word: files that were
never synced are empty, names in a folder that was not synced are gone.
"""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

_fsync, _fdatasync = os.fsync, os.fdatasync


def note_synced(record: Path) -> None:
    """From now on, what each sync of this process covers is written down, once it has come back."""
    descriptor = os.open(record, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def noted(sync: Callable[[int], None]) -> Callable[[int], None]:
        def sync_and_note(file: int) -> None:
            covered = _covered(file)
            sync(file)
            os.write(descriptor, (json.dumps(covered) + "\n").encode())

        return sync_and_note

    os.fsync, os.fdatasync = noted(_fsync), noted(_fdatasync)  # pyright: ignore[reportAttributeAccessIssue]


def _covered(file: int) -> dict[str, object]:
    status = os.fstat(file)
    if stat.S_ISDIR(status.st_mode):
        return {"names": {entry.name: entry.inode() for entry in os.scandir(file)}}
    return {"inode": status.st_ino, "size": status.st_size}


def cut_power(folder: Path, record: Path) -> int:
    """How many bytes are lost of the files in the folder. No process has them open."""
    names: dict[str, int] = {}
    sizes: dict[int, int] = {}
    for line in record.read_text().splitlines():
        covered = json.loads(line)
        if "names" in covered:
            names = covered["names"]
        else:
            sizes[covered["inode"]] = covered["size"]
    lost = 0
    for path in folder.iterdir():
        status = path.stat()
        kept = min(sizes.get(status.st_ino, 0), status.st_size)
        lost += status.st_size - kept
        os.truncate(path, kept)
        if path.name not in names:
            path.unlink()
    return lost
