"""The upload of an artifact's file, in bodies of any length. What has come of a body that breaks off stays.

socket ─▶ a piece is gathered ─▶ row locked, is this where it goes on? ─▶ written, synced ─▶ told, committed
                 └──── while the piece before it is stored

Who sends at the right place is right: of two that send at once, one is told where the other has come to.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Annotated

from fastapi import Query, Request
from psycopg.rows import DictRow
from starlette.requests import ClientDisconnect

from api.artifacts.keeping import ArtifactKeeping, Keeping
from api.artifacts.routes import Artifact, read_artifact
from api.edge.routing.request_connections import begin_for, lend_to
from api.edge.routing.route import file_body, streamed_file_router
from api.edge.statements import fetch_row, run
from api.rights.audit_trail import AuditLater, Change
from api.rights.caller import Credential, Proof
from api.rights.grants import ARTIFACT_ACCESS, ArtifactEditorBefore, Grant
from barograph.artifacts.staging import Digest
from barograph.errors import Conflict, FieldError, Invalid

LARGE_CHUNK_BYTES = 2**16
router = streamed_file_router("artifacts")


@router.put(
    "/artifacts/{artifact_id:uuid}/content",
    openapi_extra=file_body("Bytes of the file from `offset` on: all that are left, or some"),
)
async def put_artifact_content(
    request: Request,
    grant: ArtifactEditorBefore,
    offset: Annotated[int, Query(ge=0, lt=2**53, description="`received_bytes` as it is")],
    proof: Proof,
    keeping: Keeping,
    trail: AuditLater,
) -> Artifact:
    """Takes bytes of the file. What has come before a cut stays: ask for the artifact where to go on."""
    with keeping.counted():
        upload = _Upload(request, grant, proof, keeping)
        await upload.check(offset)
        await upload.receive(offset)
    async with begin_for(request, is_read=False) as connection:
        artifact = await read_artifact(connection, grant.id)
        if offset < artifact.received_bytes == artifact.size_bytes:
            after = {"name": artifact.name, "size_bytes": artifact.size_bytes}
            await trail(connection).record(grant, "artifact.upload", Change(artifact.id, after=after))
        return artifact


class _UploadPiece:
    """What came of a body: large chunks as they came, small ones put together.

    Copying large ones would take as long as hashing them; keeping small ones apart would take memory.
    """

    def __init__(self) -> None:
        self.chunks: list[bytes | bytearray] = []
        self.size_bytes = 0

    def add(self, chunk: bytes) -> None:
        self.size_bytes += len(chunk)
        if len(chunk) >= LARGE_CHUNK_BYTES:
            self.chunks.append(chunk)
        elif self.chunks and isinstance(last := self.chunks[-1], bytearray):
            last += chunk
        else:
            self.chunks.append(bytearray(chunk))


class _Upload:
    """One body."""

    def __init__(
        self, request: Request, grant: Grant, credential: Credential, keeping: ArtifactKeeping
    ) -> None:
        self._request, self._grant, self._credential = request, grant, credential
        self._keeping = keeping

    async def check(self, offset: int) -> None:
        """Refuses a body that can't go on here, before it is read.

        Raises:
            Conflict, Invalid: as it says.
        """
        async with lend_to(self._request) as connection:
            stored = await fetch_row(connection, "artifact.standing", self._grant.reference)
        _check_place(stored, offset, int(self._request.headers.get("content-length", 0)))

    async def receive(self, offset: int) -> None:
        """Stores what comes, piece by piece. At the end, or where it breaks off, all that came is stored."""
        storing: asyncio.Task[None] | None = None
        try:
            async for piece in _pieces(self._request, self._keeping):
                if storing is not None:
                    await storing
                storing = asyncio.create_task(self._store(offset, piece))
                offset += piece.size_bytes
        finally:
            if storing is not None:
                await storing

    async def _store(self, offset: int, piece: _UploadPiece) -> None:
        artifact_id = self._grant.public_id
        async with begin_for(self._request, is_read=False) as connection:
            # It may take hours until the last piece comes, in which rights end.
            await ARTIFACT_ACCESS.grant("editor", artifact_id, self._credential, connection)
            stored = await fetch_row(connection, "artifact.lock", self._grant.reference)
            _check_place(stored, offset, piece.size_bytes)
            digest = self._keeping.digests.at(artifact_id, offset)
            await asyncio.gather(
                asyncio.to_thread(self._keeping.staging.write, artifact_id, offset, piece.chunks),
                asyncio.to_thread(_hash, piece.chunks, digest),
            )
            received = {"received_bytes": offset + piece.size_bytes}
            await run(connection, "artifact.receive", self._grant.reference | received)
        if digest is not None:
            self._keeping.digests.note(artifact_id, offset + piece.size_bytes, digest)


async def _pieces(request: Request, keeping: ArtifactKeeping) -> AsyncGenerator[_UploadPiece]:
    """The body; also what came of it before it broke off.

    Raises:
        ClientDisconnect: it broke off.
    """
    piece = _UploadPiece()
    try:
        async for chunk in request.stream():
            piece.add(chunk)
            if piece.size_bytes >= keeping.piece_bytes:
                yield piece
                piece = _UploadPiece()
    except ClientDisconnect:
        if piece.size_bytes:
            yield piece
        raise
    if piece.size_bytes:
        yield piece


def _hash(chunks: Sequence[bytes | bytearray], digest: Digest | None) -> None:
    if digest is not None:
        for chunk in chunks:
            digest.update(chunk)


def _check_place(stored: DictRow, offset: int, count: int) -> None:
    if stored["status"] != "uploading":
        raise Conflict(f"the artifact is {stored['status']}; its file is not being sent")
    if offset != stored["received_bytes"]:
        raise Conflict(f"{stored['received_bytes']} bytes are here; go on from there, not from {offset}")
    if offset + count > stored["size_bytes"]:
        detail = f"goes {offset + count - stored['size_bytes']} bytes beyond the end that was announced"
        raise Invalid("the file is longer than it should be", [FieldError("/body", detail)])
