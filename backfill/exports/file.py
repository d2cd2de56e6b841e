"""A file that is in its place only once it is whole, and on the disk."""

import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from barograph.files.durable_files import sync_path


class ExportFile:
    """Written under another name than the one that it gets.

    Args:
        part: where it is written; what others have left there goes.

    Attributes:
        size_bytes: what was written.
        rows_done: as whoever writes notes it.
    """

    def __init__(self, part: Path) -> None:
        self._part = part
        self._hash = hashlib.sha256()
        self._file: IO[bytes] | None = None
        self.size_bytes = 0
        self.rows_done = 0

    def __enter__(self) -> Self:
        self._part.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._part.open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._close()
        finally:
            self._part.unlink(missing_ok=True)

    @property
    def digest(self) -> bytes:
        """The SHA-256 of what was written."""
        return self._hash.digest()

    def write(self, content: bytes) -> None:
        """Adds to the file."""
        assert self._file is not None  # noqa: S101  # entered
        self._file.write(content)
        self._hash.update(content)
        self.size_bytes += len(content)

    def keep(self, path: Path) -> None:
        """Puts it in its place, once it is on the disk."""
        assert self._file is not None  # noqa: S101  # entered
        self._file.flush()
        os.fsync(self._file.fileno())
        self._close()
        self._part.replace(path)
        sync_path(path.parent)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
