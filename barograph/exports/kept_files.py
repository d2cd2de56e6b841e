"""Where the files of exports lie: the worker makes them there, and the API sends them from there.

A file is named by its export and by what is in it. Whatever a worker does that wrongly believes
to be at work, the file that the row names is the one whose SHA-256 it holds.
"""

import os
from collections.abc import Generator
from pathlib import Path
from typing import IO
from uuid import UUID

from barograph.errors import Conflict
from barograph.settings import Settings

PIECE_BYTES = 2**20


def export_folder(settings: Settings) -> Path:
    """Where they all are."""
    return settings.data_dir.resolve() / "exports"


def export_file(folder: Path, export_id: UUID, sha256: str) -> Path:
    """Where one is once it is whole; the hash in hexadecimal."""
    return folder / f"{export_id}.{sha256}"


def part_file(folder: Path, export_id: UUID, attempt: int) -> Path:
    """Where one is while it is written."""
    return folder / f"{export_id}.{attempt}.part"


class KeptExport:
    """A file that is whole, for whoever sends it. What is called blocks."""

    def __init__(self, folder: Path, export_id: UUID, sha256: str) -> None:
        self._path = export_file(folder, export_id, sha256)

    def open(self, stop: int) -> IO[bytes]:  # noqa: ARG002  # it is whole
        """The file.

        Raises:
            Conflict: it is not here.
        """
        try:
            return self._path.open("rb", buffering=0)
        except FileNotFoundError as error:
            detail = "the file is not on this machine: programs that share exports share a data directory"
            raise Conflict(detail) from error

    def read(self, start: int, stop: int) -> Generator[bytes]:
        """Yields the bytes, in pieces of about a megabyte.

        Raises:
            Conflict: it is not here.
        """
        with self.open(stop) as file:
            while start < stop and (piece := os.pread(file.fileno(), min(PIECE_BYTES, stop - start), start)):
                start += len(piece)
                yield piece
