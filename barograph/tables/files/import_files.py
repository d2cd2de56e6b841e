"""Where the files of imports are kept, between the API that receives them and the worker that reads them."""

from pathlib import Path
from uuid import UUID

from barograph.settings import Settings


def folder(settings: Settings) -> Path:
    """Where they all are."""
    return settings.data_dir.resolve() / "imports"


def file_of(folder: Path, import_id: UUID) -> Path:
    """Where one is, or will be."""
    return folder / str(import_id)
