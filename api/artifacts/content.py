"""The file itself, as its bytes. Nothing of it ever runs in the portal's origin.

Types that browsers show without running anything are sent as what they are; everything else is sent as bytes
to be saved. Beside that, no type is sniffed, and what is shown is shown in a sandbox.

Why: decision 670.
"""

import asyncio
import re
from collections.abc import Generator
from typing import IO, Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import RedirectResponse, Response

from api.artifacts.keeping import ArtifactKeeping, Keeping
from api.artifacts.routes import OCTETS, Artifact, read_artifact, seen
from api.edge.answers.etags import names_etag
from api.edge.answers.media_types import Media
from api.edge.answers.sent_files import answer_with_file
from api.edge.routing.request_connections import lend_to
from api.edge.routing.route import PREFIX, CheckedRoute
from api.rights.grants import ArtifactViewerBefore
from barograph.artifacts.direct_bucket import DirectBucket
from barograph.artifacts.stores import ArtifactStore, ObjectMissing
from barograph.errors import Conflict

SHOWN = frozenset(
    {
        "image/avif",
        "image/gif",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/plain",
    }
)
"""What browsers may show in their window."""
SHOWN_BY_READERS = frozenset({"application/pdf"})
"""What they show by a reader of their own, which no sandbox lets work."""
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'self'"
READER = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
DIRECT_EXPIRES_S = 300
MAX_NAME_BYTES = 200
_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')


class FileContentRoute(CheckedRoute):
    """A route whose answer is a file of any type."""

    media_types = (Media.JSON, Media.OCTETS)


content_router = APIRouter(prefix=PREFIX, tags=["artifacts"], route_class=FileContentRoute)
_BINARY = {"content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}}}


@content_router.get(
    "/artifacts/{artifact_id:uuid}/content",
    response_class=Response,
    responses={
        200: _BINARY,
        206: _BINARY | {"description": "The part that Range names"},
        304: {"description": "The file is the one that If-None-Match names"},
        307: {"description": "The file comes straight from its bucket, by `direct`"},
    },
)
async def get_artifact_content(
    request: Request,
    grant: ArtifactViewerBefore,
    keeping: Keeping,
    if_none_match: Annotated[str | None, Header()] = None,
    direct: Annotated[
        bool, Query(description="Answer with a redirect to the bucket, where the server may")
    ] = False,
) -> Response:
    """The file, or with `Range` a part of it. Its ETag is its SHA-256, for `If-Range`."""
    async with lend_to(request) as connection:
        artifact = seen(grant, await read_artifact(connection, grant.id))
    size_bytes, etag = check_is_here(artifact), f'"{artifact.sha256}"'
    headers = _headers(artifact)
    if if_none_match is not None and names_etag(if_none_match, etag):
        # Browsers keep these in place of those that they had: by another policy no frame shows the file.
        return Response(status_code=304, headers={**headers, "ETag": etag})
    if direct and keeping.sends_directly and keeping.direct is not None:
        return await _redirect(keeping, keeping.direct, artifact)
    source = _ArtifactSource(keeping.store, artifact.id)
    return await answer_with_file(request, source, size_bytes, etag, headers, _sent_type(artifact))


class _ArtifactSource:
    """An artifact's file in the store."""

    def __init__(self, store: ArtifactStore, artifact_id: UUID) -> None:
        self._store, self._id = store, artifact_id

    def open(self, stop: int) -> IO[bytes] | None:
        return self._store.open(self._id, stop)

    def read(self, start: int, stop: int) -> Generator[bytes]:
        return self._store.read(self._id, start, stop)


async def _redirect(keeping: ArtifactKeeping, bucket: DirectBucket, artifact: Artifact) -> Response:
    """Redirects to the bucket, where the file is saved whatever it is: it knows none of our policies."""
    if await asyncio.to_thread(keeping.store.find, artifact.id) is None:
        raise ObjectMissing(f"the file of artifact {artifact.id} is missing from its store")
    said = {
        "content-type": OCTETS,
        "content-disposition": disposition(artifact.name, is_shown=False),
        "cache-control": "private, no-cache",
    }
    url = bucket.download_url(artifact.id, said, DIRECT_EXPIRES_S)
    return RedirectResponse(url, headers={"Cache-Control": "no-store"})


content_router.add_api_route(
    "/artifacts/{artifact_id:uuid}/content",
    get_artifact_content,
    methods=["HEAD"],
    response_class=Response,
    include_in_schema=False,
)


def check_is_here(artifact: Artifact) -> int:
    """The size of its file.

    Raises:
        Conflict: there is no file.
    """
    if artifact.url is not None:
        raise Conflict(f"the file is not here but at {artifact.url}")
    if artifact.status in {"uploading", "damaged"}:
        raise Conflict(f"the artifact is {artifact.status}; a file can be read once it is ready")
    assert artifact.size_bytes is not None  # noqa: S101  # a constraint of its table
    return artifact.size_bytes


def _headers(artifact: Artifact) -> dict[str, str]:
    is_read = artifact.content_type in SHOWN_BY_READERS
    return {
        "Content-Disposition": disposition(artifact.name, is_shown=_is_shown(artifact)),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": READER if is_read else SANDBOX,
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-cache",
    }


def _is_shown(artifact: Artifact) -> bool:
    return artifact.content_type in SHOWN | SHOWN_BY_READERS


def _sent_type(artifact: Artifact) -> str:
    """Starlette adds the encoding of text. Files of text are mostly in UTF-8."""
    return artifact.content_type if _is_shown(artifact) else OCTETS


def disposition(name: str, *, is_shown: bool) -> str:
    """`Content-Disposition`: a name that no file system takes for a path, plain and in full."""
    safe = file_name(name)
    plain = safe.encode("ascii", "replace").decode().replace("?", "_")
    how = "inline" if is_shown else "attachment"
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


def file_name(name: str) -> str:
    """The artifact's name as one of a file: without folders, of a bounded length, its ending kept."""
    bare = _UNFIT.sub("_", name.replace("\\", "/").rstrip("/").rpartition("/")[2]).strip(" .") or "file"
    if len(bare.encode()) <= MAX_NAME_BYTES:
        return bare
    stem, dot, ending = bare.rpartition(".")
    if not dot or len(ending.encode()) > 20:
        stem, ending = bare, ""
    kept = stem.encode()[: MAX_NAME_BYTES - len(dot + ending)].decode(errors="ignore")
    return f"{kept}{dot}{ending}" if ending else kept
