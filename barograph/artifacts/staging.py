"""Uploads on their way: a file for each on this machine's disk, which grows at its end."""

import fcntl
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol, Self
from uuid import UUID

from barograph.artifacts.stores import CHUNK_BYTES, KeptObject, StoreAway
from barograph.files.durable_files import make_folder, sync_path, write_durably
from barograph.settings import Settings


class Digest(Protocol):
    """A hash that is being made, as of hashlib."""

    def update(self, data: bytes | memoryview, /) -> None: ...

    def copy(self) -> Self: ...

    def digest(self) -> bytes: ...


class StagedFile:
    """An upload's file, which is ours alone while it is open. All that it does blocks.

    Attributes:
        is_ours: whether nobody else had it; it is closed already otherwise.
    """

    def __init__(self, path: Path, offset: int, digest: Digest | None) -> None:
        self._path, self._at, self._digest = path, offset, digest
        self._has_name_on_disk = offset > 0
        # A file, not a descriptor: one that nobody waits for any more is closed, and so left to others.
        self._file = open(path, "r+b", buffering=0, opener=_private)  # noqa: SIM115  # Path.open has no opener
        self.is_ours = self._lock()

    def write(self, piece: memoryview) -> None:
        """Hashes and writes what comes next; it is on the disk once it is synced.

        Raises:
            StoreAway: the disk is full, or refuses.
        """
        if self._digest is not None:
            self._digest.update(piece)
        with _told():
            while piece:
                written = os.pwrite(self._file.fileno(), piece, self._at)
                self._at, piece = self._at + written, piece[written:]

    def sync(self) -> None:
        """Brings to the disk what was written: what is said to be here is, whatever becomes of the machine.

        Raises:
            StoreAway: the disk refuses.
        """
        with _told():
            os.fdatasync(self._file.fileno())
            if not self._has_name_on_disk:
                sync_path(self._path.parent)
                self._has_name_on_disk = True

    def digest_so_far(self) -> Digest | None:
        """The digest of all that was written and of what lies before; None if that isn't known."""
        return None if self._digest is None else self._digest.copy()

    def close(self) -> None:
        """Leaves it to others."""
        self._file.close()

    def _lock(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.close()
            return False
        return True


class Staging:
    """The folder of uploads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def free_bytes(self) -> int:
        """The free bytes of its disk.

        Raises:
            StoreAway: the folder can't be made, or looked at.
        """
        with _told():
            make_folder(self.folder)
            return shutil.disk_usage(self.folder).free

    def take(self, artifact_id: UUID, offset: int, digest: Digest | None) -> StagedFile | None:
        """The file, to be written from there on; None while somebody else has it, in whatever process.

        Args:
            digest: of what lies before, where it is known; what is written goes on with it.

        Raises:
            StoreAway: the disk refuses.
        """
        with _told():
            make_folder(self.folder)
            staged = StagedFile(self._file(artifact_id), offset, digest)
        return staged if staged.is_ours else None

    def open(self, artifact_id: UUID) -> IO[bytes]:
        """The file as it is.

        Raises:
            FileNotFoundError: nothing of it is on this machine.
        """
        return self._file(artifact_id).open("rb")

    def make_empty(self, artifact_id: UUID) -> None:
        """Makes a file without a byte, of which no piece ever comes."""
        with _told():
            write_durably(self._file(artifact_id), 0, b"")

    def remove(self, artifact_id: UUID) -> None:
        """Removes what is there of it."""
        self._file(artifact_id).unlink(missing_ok=True)

    def uploads(self) -> Iterator[KeptObject]:
        """All that is here."""
        yield from objects_of(self.folder.glob("*"))

    def _file(self, artifact_id: UUID) -> Path:
        return self.folder / str(artifact_id)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT, 0o600)


@contextmanager
def _told() -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise StoreAway(f"the file can't be kept: {error.strerror or error}", retry_after_s=60) from error


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
    """The objects among the files that are named by an artifact."""
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
