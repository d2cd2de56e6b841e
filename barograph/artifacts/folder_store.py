"""A folder as a store of artifacts: a file is renamed into its place once it is on the disk."""

import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import UUID

from barograph.artifacts.staging import objects_of
from barograph.artifacts.stores import CHUNK_BYTES, KeptObject, ObjectMissing, StoreAway
from barograph.files.durable_files import make_folder, sync_path


class FolderStore:
    """Files in `kept/`, in a folder for each first two letters of their ids."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, artifact_id: UUID, staged: IO[bytes]) -> None:
        """Moves the file, or copies it if it lies on another disk."""
        path = self._file(artifact_id)
        with _told():
            make_folder(path.parent)
            os.fsync(staged.fileno())
            _move(Path(staged.name), path)
            sync_path(path.parent)

    def find(self, artifact_id: UUID) -> KeptObject | None:
        """Finds the artifact's file, if there is one."""
        with _told():
            try:
                status = self._file(artifact_id).stat()
            except FileNotFoundError:
                return None
        return KeptObject(artifact_id, status.st_size, status.st_mtime)

    def read(self, artifact_id: UUID, start: int, stop: int) -> Generator[bytes]:
        """Yields the artifact's bytes."""
        with self.open(artifact_id, stop) as file, _told():
            yield from _chunks(file.fileno(), artifact_id, start, stop)

    def open(self, artifact_id: UUID, stop: int) -> IO[bytes]:
        """The file."""
        with _told():
            try:
                file = self._file(artifact_id).open("rb", buffering=0)
            except FileNotFoundError as error:
                raise ObjectMissing(
                    f"the file of artifact {artifact_id} is missing from its store"
                ) from error
            if (size_bytes := os.fstat(file.fileno()).st_size) < stop:
                file.close()
                raise ObjectMissing(
                    f"the file of artifact {artifact_id} ends {stop - size_bytes:,} bytes early"
                )
            return file

    def remove(self, artifact_id: UUID) -> None:
        """Removes it."""
        with _told():
            self._file(artifact_id).unlink(missing_ok=True)

    def objects(self) -> Iterator[KeptObject]:
        """All that is there."""
        return objects_of(self._folder.glob("??/*"))

    def _file(self, artifact_id: UUID) -> Path:
        return self._folder / str(artifact_id)[:2] / str(artifact_id)


def _chunks(descriptor: int, artifact_id: UUID, start: int, stop: int) -> Generator[bytes]:
    while start < stop:
        chunk = os.pread(descriptor, min(CHUNK_BYTES, stop - start), start)
        if not chunk:
            raise ObjectMissing(f"the file of artifact {artifact_id} ends {stop - start:,} bytes early")
        start += len(chunk)
        yield chunk


def _move(staged: Path, path: Path) -> None:
    try:
        staged.rename(path)
    except FileNotFoundError:
        # Another request that ends the same upload was faster.
        if not path.exists():
            raise
    except OSError:
        beside = path.with_suffix(".part")
        with staged.open("rb") as source, beside.open("wb") as copy:
            shutil.copyfileobj(source, copy, CHUNK_BYTES)
            copy.flush()
            os.fsync(copy.fileno())
        beside.rename(path)


@contextmanager
def _told() -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise StoreAway(f"the store refuses: {error.strerror or error}", retry_after_s=60) from error
