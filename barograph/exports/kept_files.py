"""Where the files of exports are kept, between the worker that makes them and the API that sends them.

A file is named by its export and by what is in it. Whatever a worker does that wrongly believes
to be at work, the file that the row names is the one whose SHA-256 it holds.
"""

from pathlib import Path
from uuid import UUID

from barograph.settings import Settings


def export_folder(settings: Settings) -> Path:
    """Where they all are."""
    return settings.data_dir.resolve() / "exports"


def export_file(folder: Path, export_id: UUID, sha256: str) -> Path:
    """Where one is once it is whole; the hash in hexadecimal."""
    return folder / f"{export_id}.{sha256}"


def part_file(folder: Path, export_id: UUID, attempt: int) -> Path:
    """Where one is while it is written."""
    return folder / f"{export_id}.{attempt}.part"
