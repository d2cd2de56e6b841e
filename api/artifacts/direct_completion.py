"""The check of a file whose parts came to the bucket without us.

Nothing is believed of it: the bucket says which parts there are, and the whole is read once for its SHA-256,
as S3 knows only sums of the parts' own.

Why: decision 750.
"""

import hashlib
from uuid import UUID

from psycopg.rows import DictRow

from api.artifacts.keeping import ArtifactKeeping
from barograph.artifacts.direct_bucket import DirectBucket, MultipartGone, UnfinishedUpload
from barograph.artifacts.parts import missing_parts, parts_of
from barograph.errors import Conflict


def stored_directly_or_failure(keeping: ArtifactKeeping, artifact_id: UUID, stored: DictRow) -> str:
    """Has the bucket put the parts together; what is wrong with the file then. What is wrong is removed.

    Raises:
        Conflict: parts are missing.
        StoreAway: the bucket doesn't answer.
    """
    if keeping.direct is None:
        raise Conflict("files are no longer sent to the bucket; send this one to `content`")
    # An upload that is gone was put together already, as far as we know.
    _put_together(keeping.direct, artifact_id, stored)
    failure = _failure(keeping, artifact_id, stored)
    if failure:
        keeping.store.remove(artifact_id)
    return failure


def _put_together(direct: DirectBucket, artifact_id: UUID, stored: DictRow) -> None:
    size_bytes = stored["size_bytes"]
    try:
        received = direct.received(artifact_id, stored["multipart_id"])
        missing = list(missing_parts(size_bytes, received))
        if missing:
            raise Conflict(
                f"{len(missing)} parts are not in the bucket yet, the first of them {missing[0].number}"
            )
        named = {part.number: received[part.number] for part in parts_of(size_bytes)}
        direct.finish(artifact_id, stored["multipart_id"], named)
    except MultipartGone:
        return
    except UnfinishedUpload as error:
        raise Conflict(f"the bucket does not put the parts together: {error}") from error


def _failure(keeping: ArtifactKeeping, artifact_id: UUID, stored: DictRow) -> str:
    found = keeping.store.find(artifact_id)
    if found is None:
        raise Conflict("the bucket has given the upload up; ask for its parts again")
    if found.size_bytes != stored["size_bytes"]:
        return f"{found.size_bytes} bytes of it are here, where {stored['size_bytes']} were announced"
    digest = hashlib.sha256()
    for chunk in keeping.store.read(artifact_id, 0, found.size_bytes):
        digest.update(chunk)
    if digest.digest() != stored["sha256"]:
        return f"its SHA-256 is {digest.hexdigest()}, where {stored['sha256'].hex()} was announced"
    return ""
