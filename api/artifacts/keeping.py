"""What the requests of a process share to keep files: the store, the uploads under way, and their SHA-256."""

import hashlib
from collections import OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends, Request

from barograph.artifacts.choice import store_of
from barograph.artifacts.staging import Digest, staging_of
from barograph.errors import Unavailable
from barograph.settings import Settings

# What all uploads together hold in memory, about: each gathers a piece while the one before is stored.
MEMORY_BYTES = 64 * 2**20
MAX_PIECE_BYTES = 8 * 2**20
MIN_PIECE_BYTES = 2**18
MAX_UPLOADS = MEMORY_BYTES // (2 * MIN_PIECE_BYTES)
MAX_DIGESTS = 4096


class RunningDigest(NamedTuple):
    """The SHA-256 of a file's first bytes."""

    offset: int
    digest: Digest


class RunningDigests:
    """Of uploads that come to this process, so that most files need not be read again at their end."""

    def __init__(self) -> None:
        self._by_id: OrderedDict[UUID, RunningDigest] = OrderedDict()

    def upto(self, artifact_id: UUID, size_bytes: int) -> RunningDigest:
        """That of the longest beginning that is known and no longer than this. It may be changed."""
        known = self._by_id.get(artifact_id)
        if known is None or known.offset > size_bytes:
            return RunningDigest(0, hashlib.sha256())
        return RunningDigest(known.offset, known.digest.copy())

    def at(self, artifact_id: UUID, offset: int) -> Digest | None:
        """That of all before the offset, if it is known. It may be changed."""
        known = self.upto(artifact_id, offset)
        return known.digest if known.offset == offset else None

    def note(self, artifact_id: UUID, offset: int, digest: Digest) -> None:
        """Keeps one, and forgets those that have not grown for longest if there are too many."""
        self._by_id[artifact_id] = RunningDigest(offset, digest)
        self._by_id.move_to_end(artifact_id)
        if len(self._by_id) > MAX_DIGESTS:
            self._by_id.popitem(last=False)

    def forget(self, artifact_id: UUID) -> None:
        self._by_id.pop(artifact_id, None)


class ArtifactKeeping:
    """One per process."""

    def __init__(self, settings: Settings) -> None:
        self.store = store_of(settings)
        self.staging = staging_of(settings)
        self.digests = RunningDigests()
        self._uploads = 0

    @property
    def piece_bytes(self) -> int:
        """How much an upload gathers before it is stored."""
        fair_bytes = MEMORY_BYTES // (2 * max(self._uploads, 1))
        return min(max(fair_bytes, MIN_PIECE_BYTES), MAX_PIECE_BYTES)

    def remove(self, artifact_id: UUID) -> None:
        """Removes all that is here of an artifact that is gone. Blocks.

        Raises:
            StoreAway: the store doesn't answer.
        """
        self.digests.forget(artifact_id)
        self.staging.remove(artifact_id)
        self.store.remove(artifact_id)

    @contextmanager
    def counted(self) -> Generator[None]:
        """While an upload is received.

        Raises:
            Unavailable: there are too many.
        """
        if self._uploads >= MAX_UPLOADS:
            raise Unavailable(f"{MAX_UPLOADS} files are being sent already; try again soon")
        self._uploads += 1
        try:
            yield
        finally:
            self._uploads -= 1


def keeping_of(request: Request) -> ArtifactKeeping:
    """The process's."""
    return request.app.state.artifact_keeping


async def _keeping(request: Request) -> ArtifactKeeping:
    return keeping_of(request)


Keeping = Annotated[ArtifactKeeping, Depends(_keeping)]
