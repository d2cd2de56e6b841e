"""What a store of artifacts is: whole files by id, kept until they are removed.

What is called here reads and writes files or sockets, so it belongs in threads.
"""

from collections.abc import Generator, Iterator
from typing import IO, NamedTuple, Protocol
from uuid import UUID

from barograph.errors import BarographError

CHUNK_BYTES = 2**20


class ObjectMissing(BarographError):
    """A stored file is missing"""

    slug, status = "artifact-missing", 410


class StoreAway(BarographError):
    """Files can't be kept just now"""

    slug, status = "artifact-store-away", 503


class KeptObject(NamedTuple):
    """An artifact as the store holds it.

    Attributes:
        written_s: when it was written, seconds since 1970.
    """

    artifact_id: UUID
    size_bytes: int
    written_s: float


class ArtifactStore(Protocol):
    """A place for files. A file is there whole or not at all, and never changes.

    Every method raises StoreAway where the store does not answer, or has no room.
    """

    def keep(self, artifact_id: UUID, staged: IO[bytes]) -> None:
        """Stores a file of this disk, which may be gone from there afterwards; once more does no harm."""
        ...

    def find(self, artifact_id: UUID) -> KeptObject | None:
        """Finds the artifact, if the store holds it."""
        ...

    def read(self, artifact_id: UUID, start: int, stop: int) -> Generator[bytes]:
        """Yields the bytes from `start` to before `stop`, in pieces of about a megabyte.

        Raises:
            ObjectMissing: it is not there, or shorter.
        """
        ...

    def open(self, artifact_id: UUID, stop: int) -> IO[bytes] | None:
        """The file itself, where the store has it as one of this system; None where it has to be read.

        Raises:
            ObjectMissing: it is not there, or shorter than `stop`.
        """
        ...

    def remove(self, artifact_id: UUID) -> None:
        """Removes it, if it is there."""
        ...

    def objects(self) -> Iterator[KeptObject]:
        """All that is there."""
        ...
