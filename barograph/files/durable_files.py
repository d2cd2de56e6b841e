"""Files that survive a power cut: their bytes and their names are synced to the disk."""

import os
from pathlib import Path


def write_durably(path: Path, offset: int, piece: bytes | memoryview) -> None:
    """Puts a piece in its place in a private file, which is made with its first piece.

    Raises:
        OSError: the disk is full, or refuses.
    """
    make_folder(path.parent)
    descriptor, left = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600), memoryview(piece)
    try:
        at = offset
        while left:
            written = os.pwrite(descriptor, left, at)
            at, left = at + written, left[written:]
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
    if not offset:
        sync_path(path.parent)


def make_folder(folder: Path) -> None:
    """Makes a folder that only we may enter, and those above it."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_path(folder.parent)


def sync_path(path: Path) -> None:
    """Brings to the disk what a file holds, or which files a folder holds."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
