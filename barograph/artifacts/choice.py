"""Which store the settings name."""

from barograph.artifacts.folder_store import FolderStore
from barograph.artifacts.s3_store import S3Store
from barograph.artifacts.stores import ArtifactStore
from barograph.settings import Settings


def store_of(settings: Settings) -> ArtifactStore:
    """The one of all programs: a bucket, or a folder in the data directory."""
    if settings.artifact_url is not None:
        return S3Store(settings.artifact_url)
    return FolderStore(settings.data_dir.resolve() / "artifacts" / "kept")
