"""What the requests of a process share to keep files: the store, the uploads under way, and their SHA-256."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import Depends, Request

from barograph.artifacts.choice import direct_bucket_of, store_of
from barograph.artifacts.staging import Digest, staging_of
from barograph.errors import Unavailable
from barograph.settings import Settings

MAX_UPLOADS = 128
MAX_DIGESTS = 4096


class RunningDigest(NamedTuple):
    """The SHA-256 of a file's first bytes."""

    offset: int
    digest: Digest


class RunningDigests:
    """Digests of uploads to this process, so that most files need not be read again at the end."""

    def __init__(self) -> None:
        self._by_id: OrderedDict[UUID, RunningDigest] = OrderedDict()

    def upto(self, artifact_id: UUID, size_bytes: int) -> RunningDigest:
        """The digest of the longest beginning that is known and no longer than this. It may be changed."""
        known = self._by_id.get(artifact_id)
        if known is None or known.offset > size_bytes:
            return RunningDigest(0, hashlib.sha256())
        return RunningDigest(known.offset, known.digest.copy())

    def at(self, artifact_id: UUID, offset: int) -> Digest | None:
        """The digest of all before the offset, if it is known. It may be changed."""
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


class SharedChecks:
    """Checks of files in a bucket. They take long: whoever asks again waits for the one under way."""

    def __init__(self) -> None:
        self._by_id: dict[UUID, asyncio.Task[str]] = {}

    def join(self, artifact_id: UUID, check: Callable[[], str]) -> asyncio.Task[str]:
        """The check of this file, which blocks a thread. What it found is kept until it is forgotten."""
        task = self._by_id.get(artifact_id)
        if task is None or (task.done() and _has_failed(task)):
            self._by_id[artifact_id] = task = asyncio.create_task(asyncio.to_thread(check))
            task.add_done_callback(_has_failed)
        return task

    def forget(self, artifact_id: UUID) -> None:
        self._by_id.pop(artifact_id, None)


def _has_failed(task: asyncio.Task[str]) -> bool:
    """Also takes note of the error, which is told only if somebody waits still."""
    return task.cancelled() or task.exception() is not None


class ArtifactKeeping:
    """The state that requests about artifacts share; one per process.

    Attributes:
        direct: what lets clients send to the bucket, and fetch from it, by themselves; None: nobody does.
        sends_directly: whether downloads may come from there too.
    """

    def __init__(self, settings: Settings) -> None:
        self.store = store_of(settings)
        self.staging = staging_of(settings)
        self.direct = direct_bucket_of(settings)
        self.sends_directly = settings.artifact_direct == "all"
        self.digests = RunningDigests()
        self.checks = SharedChecks()
        self._uploads = 0

    def remove(self, artifact_id: UUID, multipart_id: str | None) -> None:
        """Removes all that is here of an artifact that is gone. Blocks.

        Raises:
            StoreAway: the store doesn't answer.
        """
        self.digests.forget(artifact_id)
        self.checks.forget(artifact_id)
        self.staging.remove(artifact_id)
        self.give_up(artifact_id, multipart_id)
        self.store.remove(artifact_id)

    def give_up(self, artifact_id: UUID, multipart_id: str | None) -> None:
        """Throws away the parts that went to the bucket. Blocks.

        Raises:
            StoreAway: the bucket doesn't answer.
        """
        if multipart_id is not None and self.direct is not None:
            self.direct.give_up(artifact_id, multipart_id)

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
