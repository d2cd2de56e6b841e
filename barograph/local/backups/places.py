"""Where backups lie: a folder, or objects below a prefix of a bucket. Files bear paths as names."""

import importlib
import os
import shutil
from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from barograph.files.bucket_client import open_bucket
from barograph.files.durable_files import make_folder, sync_path
from barograph.local.refusal import SetUpRefused

BUCKET = "s3://"
PIECE_BYTES = 2**20
# Each read is a request otherwise, however little is asked for.
REQUEST_BYTES = 2**23
NOT_HERE: Path | None = None


@dataclass(frozen=True)
class PlacedFile:
    """A file that lies in a place."""

    name: str
    size_bytes: int


class BackupPlace(Protocol):
    """A store of whole files.

    Attributes:
        url: as it was named.
        folder: where it is one of this machine.
    """

    @property
    def url(self) -> str: ...

    @property
    def folder(self) -> Path | None: ...

    def files(self, below: str) -> list[PlacedFile]:
        """All below a folder, by name; none where there is no such folder."""
        ...

    def writing(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """A file to write; it is there once the block has ended well."""
        ...

    def reading(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """A file to read from its beginning."""
        ...

    def remove(self, names: Iterable[str]) -> None:
        """Remove files; those that are gone already don't matter."""
        ...


def open_place(url: str) -> BackupPlace:
    """A bucket, as `s3://bucket/prefix`, or a folder."""
    return BackupBucketPlace(url) if url.startswith(BUCKET) else FolderPlace(Path(url).absolute())


def read_text(place: BackupPlace, name: str) -> str | None:
    """Reads a small file; None where there is none."""
    if not any(file.name == name for file in place.files(name.rpartition("/")[0])):
        return None
    with place.reading(name) as file:
        return bytes(file.read()).decode()


def write_text(place: BackupPlace, name: str, text: str) -> None:
    with place.writing(name) as file:
        file.write(text.encode())


def copy_in(place: BackupPlace, source: Path, name: str) -> None:
    """Put a file of this machine there."""
    with source.open("rb") as file, place.writing(name) as copy:
        shutil.copyfileobj(file, copy, PIECE_BYTES)


def copy_out(place: BackupPlace, name: str, target: Path) -> None:
    """Put one from there into a file of this machine."""
    with place.reading(name) as file, target.open("wb") as copy:
        shutil.copyfileobj(file, copy, PIECE_BYTES)


class FolderPlace:
    """Files below a folder that nobody else may enter."""

    def __init__(self, folder: Path) -> None:
        self.url, self.folder = str(folder), folder

    def files(self, below: str) -> list[PlacedFile]:
        root = self.folder / below
        found = [path for path in root.rglob("*") if path.is_file() and not path.name.endswith(".part")]
        return sorted(
            (PlacedFile(str(path.relative_to(self.folder)), path.stat().st_size) for path in found),
            key=lambda file: file.name,
        )

    @contextmanager
    def writing(self, name: str) -> Generator[IO[bytes]]:
        path = self.folder / name
        make_folder(path.parent)
        draft = path.with_name(f"{path.name}.part")
        try:
            with open(draft, "wb", opener=_private) as file:  # Path.open has no opener
                yield file
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
            sync_path(path.parent)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    @contextmanager
    def reading(self, name: str) -> Generator[IO[bytes]]:
        with (self.folder / name).open("rb") as file:
            yield file

    def remove(self, names: Iterable[str]) -> None:
        for name in names:
            path = self.folder / name
            path.unlink(missing_ok=True)
            if path.parent.is_dir() and not any(path.parent.iterdir()):
                path.parent.rmdir()


class BackupBucketPlace:
    """Objects below a prefix, by pyarrow's client. Who may is said by the environment, as AWS has it.

    Left to itself it would compress what is called `.zst`, which is compressed already.
    """

    def __init__(self, url: str) -> None:
        self.url, self.folder = url, NOT_HERE
        # It has no types of its own.
        self._fs: Any = importlib.import_module("pyarrow.fs")
        with _told(url):
            self._system, prefix = open_bucket(url)
        self._prefix = prefix.rstrip("/")

    def files(self, below: str) -> list[PlacedFile]:
        with _told(self.url):
            selector = self._fs.FileSelector(self._key(below), recursive=True, allow_not_found=True)
            found = self._system.get_file_info(selector)
        return sorted(
            (
                PlacedFile(info.path.removeprefix(f"{self._prefix}/"), info.size)
                for info in found
                if info.type == self._fs.FileType.File
            ),
            key=lambda file: file.name,
        )

    @contextmanager
    def writing(self, name: str) -> Generator[Any]:
        with _told(self.url):
            sink = self._system.open_output_stream(self._key(name), compression=None)
            try:
                yield sink
            except BaseException:
                # To close it is to say that all of it has come, and there is no other way to be rid of it.
                sink.close()
                self._system.delete_file(self._key(name))
                raise
            sink.close()

    @contextmanager
    def reading(self, name: str) -> Generator[Any]:
        with (
            _told(self.url),
            self._system.open_input_stream(
                self._key(name), compression=None, buffer_size=REQUEST_BYTES
            ) as source,
        ):
            yield source

    def remove(self, names: Iterable[str]) -> None:
        there = {file.name for file in self.files("")}
        with _told(self.url):
            for name in there.intersection(names):
                self._system.delete_file(self._key(name))

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}".rstrip("/")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextmanager
def _told(url: str) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise SetUpRefused(f"The bucket of {url} does not answer as it should: {error}") from error
