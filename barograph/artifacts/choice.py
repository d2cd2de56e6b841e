"""Chooses the store of artifacts by the settings, and whether clients may reach it directly."""

import os

from barograph.artifacts.direct_bucket import DirectBucket
from barograph.artifacts.folder_store import FolderStore
from barograph.artifacts.s3_signing import UrlSigner, bucket_key, bucket_place
from barograph.artifacts.s3_store import S3Store
from barograph.artifacts.stores import ArtifactStore
from barograph.settings import Settings


def store_of(settings: Settings) -> ArtifactStore:
    """The one of all programs: a bucket, or a folder in the data directory."""
    if settings.artifact_url is not None:
        return S3Store(settings.artifact_url)
    return FolderStore(settings.data_dir.resolve() / "artifacts" / "kept")


def direct_bucket_of(settings: Settings) -> DirectBucket | None:
    """The bucket, where there is one, and what signs for it is known: a region and a key."""
    url = settings.artifact_url
    if url is None or settings.artifact_direct == "none":
        return None
    key, place = bucket_key(url, os.environ), bucket_place(url)
    public = bucket_place(url, settings.artifact_public_endpoint)
    if key is None or place is None or public is None:
        return None
    return DirectBucket(place, public, UrlSigner(key, place.region))
