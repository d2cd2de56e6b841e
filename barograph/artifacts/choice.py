"""Which store the settings name."""

from barograph.artifacts.folder_store import FolderStore
from barograph.artifacts.stores import ArtifactStore
from barograph.settings import Settings


def store_of(settings: Settings) -> ArtifactStore:
    """The one of all programs: a folder in the data directory."""
    return FolderStore(settings.data_dir.resolve() / "artifacts" / "kept")
