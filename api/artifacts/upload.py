"""The upload of an artifact's file, in bodies of any length. What has come of a body that breaks off stays.

socket ─▶ a piece fills a buffer ─▶ is this where it goes on? told ─▶ written, synced ─▶ committed
                 └──── while the piece before it, in the other buffer, is hashed and stored

Who sends at the right place is right: of two that send at once, one is told where the other has come to.

Why: decision 670, decision 990.
"""

import asyncio
import time
from itertools import cycle
from typing import Annotated

from fastapi import Query, Request
from psycopg.rows import DictRow
from starlette.requests import ClientDisconnect

from api.artifacts.bodies import PieceBuffer, taken_body
from api.artifacts.keeping import ArtifactKeeping, Keeping
from api.artifacts.routes import Artifact, read_artifact
from api.edge.routing.request_connections import begin_for, lend_to
from api.edge.routing.route import file_body, streamed_file_router
from api.edge.statements import fetch_row
from api.rights.audit_trail import AuditLater, Change
from api.rights.caller import Credential, Proof
from api.rights.grants import ARTIFACT_ACCESS, ArtifactEditorBefore, Grant
from barograph.artifacts.staging import Digest
from barograph.database.connections import Connection
from barograph.database.queries import query
from barograph.errors import Conflict, FieldError, Invalid

RIGHTS_S = 1.0
"""How often it is asked whether the sender still may."""
FIRST_PIECE_BYTES = 2**21
"""Of a body: what fills soon is stored soon. Each piece is as large as all that came before it."""
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
        upload = _Upload(grant, proof, keeping, request)
        await upload.receive(offset, await upload.check(offset))
    async with begin_for(request, is_read=False) as connection:
        artifact = await read_artifact(connection, grant.id)
        if offset < artifact.received_bytes == artifact.size_bytes:
            after = {"name": artifact.name, "size_bytes": artifact.size_bytes}
            await trail(connection).record(grant, "artifact.upload", Change(artifact.id, after=after))
        return artifact


class _Upload:
    """One body."""

    def __init__(
        self, grant: Grant, credential: Credential, keeping: ArtifactKeeping, request: Request
    ) -> None:
        self._grant, self._credential, self._keeping = grant, credential, keeping
        self._request = request
        self._checked_s = time.monotonic()

    async def check(self, offset: int) -> int:
        """Refuses a body that can't go on here, before it is read. How many bytes of the file are missing.

        Raises:
            Conflict, Invalid: as it says.
        """
        async with lend_to(self._request) as connection:
            stored = await fetch_row(connection, "artifact.standing", self._grant.reference)
        _check_place(stored, offset, int(self._request.headers.get("content-length", 0)))
        return stored["size_bytes"] - offset

    async def receive(self, offset: int, missing_bytes: int) -> None:
        """Stores what comes, piece by piece. At the end, or where it breaks off, all that came is stored.

        Raises:
            ClientDisconnect: it broke off.
        """
        storing: asyncio.Task[None] | None = None
        buffers, taken_bytes = cycle([PieceBuffer(), PieceBuffer()]), 0
        with taken_body(self._request) as body:
            try:
                while True:
                    # One byte more than there should be is refused where it is stored.
                    most_bytes = self._keeping.piece_bytes
                    wanted_bytes = min(most_bytes, max(1, missing_bytes), max(FIRST_PIECE_BYTES, taken_bytes))
                    room = next(buffers).of_size(wanted_bytes, most_bytes)
                    count = await body.fill(room)
                    if storing is not None:
                        await storing
                    if count:
                        storing = asyncio.create_task(self._store(offset, room[:count]))
                        offset, missing_bytes = offset + count, missing_bytes - count
                        taken_bytes += count
                    if count < len(room):
                        break
            finally:
                if storing is not None:
                    await storing
            if body.is_broken:
                raise ClientDisconnect

    async def _store(self, offset: int, piece: memoryview) -> None:
        artifact_id = self._grant.public_id
        digest = self._keeping.digests.at(artifact_id, offset)
        hashing = asyncio.create_task(asyncio.to_thread(_hash, piece, digest))
        try:
            async with begin_for(self._request, is_read=False) as connection:
                await self._check_rights(connection)
                await self._take_place(connection, offset, len(piece))
                await asyncio.to_thread(self._keeping.staging.write, artifact_id, offset, piece)
        finally:
            await hashing
        if digest is not None:
            self._keeping.digests.note(artifact_id, offset + len(piece), digest)

    async def _check_rights(self, connection: Connection) -> None:
        """It may take hours until the last piece comes, in which rights end."""
        if (now_s := time.monotonic()) - self._checked_s >= RIGHTS_S:
            await ARTIFACT_ACCESS.grant("editor", self._grant.public_id, self._credential, connection)
            self._checked_s = now_s

    async def _take_place(self, connection: Connection, offset: int, count: int) -> None:
        """Says that the piece is here, which holds once it is written; nobody else writes meanwhile."""
        place = {"offset": offset, "received_bytes": offset + count}
        told = await connection.execute(query("artifact.receive"), self._grant.reference | place)
        if not told.rowcount:
            stored = await fetch_row(connection, "artifact.lock", self._grant.reference)
            _check_place(stored, offset, count)


def _hash(piece: memoryview, digest: Digest | None) -> None:
    if digest is not None:
        digest.update(piece)


def _check_place(stored: DictRow, offset: int, count: int) -> None:
    if stored["status"] != "uploading":
        raise Conflict(f"the artifact is {stored['status']}; its file is not being sent")
    if offset != stored["received_bytes"]:
        raise Conflict(f"{stored['received_bytes']} bytes are here; go on from there, not from {offset}")
    if offset + count > stored["size_bytes"]:
        detail = f"goes {offset + count - stored['size_bytes']} bytes beyond the end that was announced"
        raise Invalid("the file is longer than it should be", [FieldError("/body", detail)])
