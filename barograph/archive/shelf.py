"""Stores files of the archive, in a folder or a bucket. A file appears whole, and never changes.

What is called here reads and writes files or sockets, so it belongs in threads.
"""

import hashlib
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prometheus_client import Counter

from barograph.errors import Unavailable
from barograph.files.arrow import fs
from barograph.files.bucket_client import open_bucket
from barograph.files.durable_files import make_folder, sync_path
from barograph.settings import Settings

CHUNK_BYTES = 2**20
FOLDER = "archive"


UNREADABLE = Counter(
    "barograph_archive_unreadable_total",
    "Times that a file of it was missing, damaged or out of reach; the API has it, too",
)


class ArchiveUnreadable(Unavailable):
    """Archived readings can't be read"""

    slug = "archive-unreadable"

    @classmethod
    def of(cls, name: str, reason: object) -> "ArchiveUnreadable":
        """Says which file is at fault."""
        UNREADABLE.inc()
        return cls(f"the file {name} of the archive can't be read: {reason}", retry_after_s=60)


class Shelf:
    """Files by name.

    Args:
        place: a folder, or `s3://bucket/prefix` as pyarrow understands it. The environment says who may, as
            for AWS's own programs.
    """

    def __init__(self, place: str) -> None:
        self.place = place
        self._is_bucket = place.startswith("s3://")
        self._known: tuple[Any, str] | None = None

    def keep(self, name: str, staged: Path) -> None:
        """Takes a file of this disk, which is gone from there afterwards; once it is durable, this ends."""
        system, path = self._find(name)
        with _told(name):
            if self._is_bucket:
                with staged.open("rb") as source, system.open_output_stream(path) as sink:
                    shutil.copyfileobj(source, sink, 8 * CHUNK_BYTES)
                staged.unlink()
                return
            target = Path(path)
            make_folder(target.parent)
            sync_path(staged)
            staged.replace(target)
            sync_path(target.parent)

    def open(self, name: str) -> Any:  # noqa: ANN401  # pyarrow's
        """The file, to be read and sought in.

        Raises:
            ArchiveUnreadable: it is not there, or the place does not answer.
        """
        system, path = self._find(name)
        with _told(name):
            return system.open_input_file(path)

    def sha256(self, name: str) -> str:
        """The SHA-256 of a file that is there.

        Raises:
            ArchiveUnreadable: it can't be read.
        """
        digest = hashlib.sha256()
        with _told(name), self.open(name) as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
        return digest.hexdigest()

    def remove(self, name: str) -> None:
        """Removes it, if it is there."""
        system, path = self._find(name)
        with _told(name):
            if system.get_file_info(path).type == fs.FileType.File:
                system.delete_file(path)

    def names(self) -> Iterator[tuple[str, float]]:
        """All that is there, and when each was written, in seconds since 1970."""
        system, root = self._opened()
        with _told(root):
            below = fs.FileSelector(root, allow_not_found=True, recursive=True)
            for found in system.get_file_info(below):
                if found.type == fs.FileType.File:
                    yield found.path.removeprefix(root).lstrip("/"), (found.mtime_ns or 0) / 10**9

    def _find(self, name: str) -> tuple[Any, str]:
        system, root = self._opened()
        return system, f"{root.rstrip('/')}/{name}"

    def _opened(self) -> tuple[Any, str]:
        """Made when it is first needed: it may ask the network for the bucket's region."""
        if (known := self._known) is None:
            with _told(self.place):
                self._known = known = (
                    open_bucket(self.place)
                    if self._is_bucket
                    else (fs.LocalFileSystem(), str(Path(self.place).resolve()))
                )
        return known


class Shelves:
    """The shelf of this process: what its settings name.

    A question finds out deep in its statements that it needs the archive, where no settings are at hand.
    """

    def __init__(self) -> None:
        self._shelf: Shelf | None = None

    def use(self, settings: Settings) -> Shelf:
        """Uses the shelf that the settings name, from now on in the whole process."""
        return self.use_this(
            Shelf(settings.archive_url or str(settings.data_dir.resolve() / FOLDER / "kept"))
        )

    def use_this(self, shelf: Shelf) -> Shelf:
        """Another one, for whoever has no settings."""
        self._shelf = shelf
        return shelf

    @property
    def current(self) -> Shelf:
        """The one in use."""
        return self._shelf or self.use(Settings())


SHELVES = Shelves()


def staging_folder(settings: Settings) -> Path:
    """Where files are written before they are kept: made when needed, on the shelf's disk if it is one."""
    return settings.data_dir.resolve() / FOLDER / "staged"


@contextmanager
def _told(name: str) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise ArchiveUnreadable.of(name, error) from error
