"""Uploads on their way: a file for each on this machine's disk, which grows at its end."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Protocol, Self
from uuid import UUID

from barograph.artifacts.stores import CHUNK_BYTES, KeptObject, StoreAway
from barograph.files.durable_files import make_folder, write_durably
from barograph.settings import Settings


class Digest(Protocol):
    """A hash that is being made, as of hashlib."""

    def update(self, data: bytes | memoryview, /) -> None: ...

    def copy(self) -> Self: ...

    def digest(self) -> bytes: ...


class Staging:
    """The folder of uploads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def free_bytes(self) -> int:
        """Of its disk.

        Raises:
            StoreAway: the folder can't be made, or looked at.
        """
        try:
            make_folder(self.folder)
            return shutil.disk_usage(self.folder).free
        except OSError as error:
            raise StoreAway(f"no file can be kept: {error.strerror or error}", retry_after_s=60) from error

    def write(self, artifact_id: UUID, offset: int, piece: bytes | memoryview) -> None:
        """Puts a piece in its place, durably: what is said to be here is, whatever becomes of the machine.

        Raises:
            StoreAway: the disk is full, or refuses.
        """
        try:
            write_durably(self._file(artifact_id), offset, piece)
        except OSError as error:
            raise StoreAway(f"the file can't be kept: {error.strerror or error}", retry_after_s=60) from error

    def open(self, artifact_id: UUID) -> IO[bytes]:
        """The file as it is.

        Raises:
            FileNotFoundError: nothing of it is on this machine.
        """
        return self._file(artifact_id).open("rb")

    def make_empty(self, artifact_id: UUID) -> None:
        """For a file without a byte, of which no piece ever comes."""
        self.write(artifact_id, 0, b"")

    def remove(self, artifact_id: UUID) -> None:
        """Removes what is there of it."""
        self._file(artifact_id).unlink(missing_ok=True)

    def uploads(self) -> Iterator[KeptObject]:
        """All that is here."""
        yield from objects_of(self.folder.glob("*"))

    def _file(self, artifact_id: UUID) -> Path:
        return self.folder / str(artifact_id)


def staging_of(settings: Settings) -> Staging:
    """The one of all programs that share a data directory."""
    return Staging(settings.data_dir.resolve() / "artifacts" / "uploads")


def hash_on(file: IO[bytes], offset: int, digest: Digest, size_bytes: int) -> None:
    """Takes what lies behind `offset` into a SHA-256, up to a size."""
    file.seek(offset)
    left_bytes = size_bytes - offset
    while left_bytes > 0 and (chunk := file.read(min(CHUNK_BYTES, left_bytes))):
        digest.update(chunk)
        left_bytes -= len(chunk)


def objects_of(paths: Iterator[Path]) -> Iterator[KeptObject]:
    """Those of the files that are named by an artifact."""
    for path in paths:
        artifact_id = _id_of(path.name)
        status = None if artifact_id is None else _unless_gone(path.stat)
        if artifact_id is not None and status is not None:
            yield KeptObject(artifact_id, status.st_size, status.st_mtime)


def _id_of(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


def _unless_gone(look: Callable[[], os.stat_result]) -> os.stat_result | None:
    try:
        return look()
    except FileNotFoundError:
        return None
