"""A bucket as a store of artifacts, by the S3 client of pyarrow.

Only files that are whole and right are sent there, in parts that S3 puts together. Where that breaks off, no
row calls the file ready, and the next attempt writes it anew.

Why: decision 671.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import IO, Any
from uuid import UUID

from barograph.artifacts.stores import CHUNK_BYTES, KeptObject, ObjectMissing, StoreAway
from barograph.files.arrow import fs
from barograph.files.bucket_client import open_bucket

PART_BYTES = 8 * 2**20


class S3Store:
    """Objects below a prefix of a bucket, named by their artifacts.

    Args:
        url: `s3://bucket/prefix`, with `?region=…&endpoint_override=…&scheme=…` as pyarrow understands them.
            Who may is said by the environment, as AWS has it.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._known: tuple[Any, str] | None = None

    def keep(self, artifact_id: UUID, staged: IO[bytes]) -> None:
        """Sends the file, in parts."""
        staged.seek(0)
        with _told(), self._system.open_output_stream(self._key(artifact_id)) as sink:
            while chunk := staged.read(PART_BYTES):
                sink.write(chunk)

    def find(self, artifact_id: UUID) -> KeptObject | None:
        """Finds the artifact's object, if there is one."""
        with _told():
            (found,) = self._system.get_file_info([self._key(artifact_id)])
        return _object_of(found) if found.type == fs.FileType.File else None

    def read(self, artifact_id: UUID, start: int, stop: int) -> Generator[bytes]:
        """Yields the artifact's bytes."""
        with _told():
            try:
                file = self._system.open_input_file(self._key(artifact_id))
            except FileNotFoundError as error:
                raise ObjectMissing(
                    f"the file of artifact {artifact_id} is missing from its store"
                ) from error
            with file:
                while start < stop:
                    chunk = file.read_at(min(PART_BYTES, stop - start), start)
                    if not chunk:
                        raise ObjectMissing(
                            f"the file of artifact {artifact_id} ends {stop - start:,} bytes early"
                        )
                    start += len(chunk)
                    yield from _pieces(chunk)

    def open(self, artifact_id: UUID, stop: int) -> None:  # as every store
        """None: the object has to be read."""

    def remove(self, artifact_id: UUID) -> None:
        """Removes it."""
        with _told():
            if self.find(artifact_id) is not None:
                self._system.delete_file(self._key(artifact_id))

    def objects(self) -> Iterator[KeptObject]:
        """All that is there."""
        with _told():
            below = fs.FileSelector(self._prefix, allow_not_found=True)
            for found in self._system.get_file_info(below):
                if found.type == fs.FileType.File and (kept := _object_of(found)) is not None:
                    yield kept

    @property
    def _system(self) -> Any:  # noqa: ANN401  # pyarrow's
        return self._opened()[0]

    @property
    def _prefix(self) -> str:
        return self._opened()[1]

    def _opened(self) -> tuple[Any, str]:
        """Made when it is first needed: it may ask the network for the bucket's region, or for a key."""
        if (known := self._known) is not None:
            return known
        with _told():
            self._known = known = open_bucket(self._url)
            return known

    def _key(self, artifact_id: UUID) -> str:
        return f"{self._prefix.rstrip('/')}/{artifact_id}"


def _object_of(found: Any) -> KeptObject | None:  # noqa: ANN401  # pyarrow's
    try:
        artifact_id = UUID(found.base_name)
    except ValueError:
        return None
    return KeptObject(artifact_id, found.size, (found.mtime_ns or 0) / 10**9)


def _pieces(chunk: bytes) -> Iterator[bytes]:
    for at in range(0, len(chunk), CHUNK_BYTES):
        yield chunk[at : at + CHUNK_BYTES]


@contextmanager
def _told() -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise StoreAway(f"the bucket does not answer as it should: {error}", retry_after_s=30) from error
