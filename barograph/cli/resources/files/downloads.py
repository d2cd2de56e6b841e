"""Files that come over the API or from its bucket: whole, and what they should be, or not at all."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO

from barograph.cli.api_client import ApiClient
from barograph.cli.progress import ProgressBar, bar
from barograph.cli.resources.files.bucket import bucket_pieces
from barograph.cli.verb import CommandRefused

TRIES = 5


class RemoteFile(NamedTuple):
    """A file that the server has.

    Attributes:
        id: of what it belongs to.
        path: of its content.
        command: what goes on with it after a break.
        may_be_in_bucket: whether the server is asked for an address of its bucket.
    """

    id: str
    path: str
    size_bytes: int
    sha256: str
    command: str
    may_be_in_bucket: bool = False


def download(api: ApiClient, remote: RemoteFile, out: Path, screen: TextIO) -> None:
    """Fetches the file, or what is missing of it after a break; it is in its place once its SHA-256 is right.

    Raises:
        CommandRefused: it came damaged, or broke off again and again.
    """
    part = out.with_name(f"{out.name}.{remote.id[:8]}.part")
    progress = ProgressBar(screen)
    for _ in range(TRIES):
        _fetch(api, remote, part, progress)
        if part.stat().st_size >= remote.size_bytes:
            break
    progress.end()
    with part.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    if sha256 != remote.sha256:
        if part.stat().st_size < remote.size_bytes:
            raise CommandRefused(f"The download broke off; `{remote.command}` goes on with it.")
        part.unlink()
        raise CommandRefused("The file came damaged: its SHA-256 is another. Try again.")
    part.replace(out)


def _fetch(api: ApiClient, remote: RemoteFile, part: Path, progress: ProgressBar) -> None:
    """Goes on behind what is there."""
    part.touch()
    offset, size_bytes = part.stat().st_size, remote.size_bytes
    if offset >= size_bytes:
        return
    with part.open("r+b") as file:
        for at, piece in _pieces(api, remote, offset):
            file.seek(at)
            file.write(piece)
            progress.show(f"receiving  {bar((at + len(piece)) / size_bytes)}")
        file.truncate()


def _pieces(api: ApiClient, remote: RemoteFile, offset: int) -> Iterator[tuple[int, bytes]]:
    """Yields pieces from the bucket if the server sends us there and it answers; else from the server."""
    has_come = False
    if remote.may_be_in_bucket and (url := api.redirection(f"{remote.path}?direct=true")):
        for each in bucket_pieces(url, offset):
            has_come = True
            yield each
    if not has_come:
        yield from api.pieces(remote.path, remote.sha256, offset)
