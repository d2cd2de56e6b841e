"""The upload of an artifact's file, in bodies of any length. What has come of a body that breaks off stays.

something comes ─▶ the file is ours alone ─▶ is this where it goes on? ─▶ hashed and written as it comes
                                                  pieces: synced ─▶ told ◀──┘ while the next one comes

Who sends at the right place is right: of two that send at once, one is told where the other has come to.

Why: decision 670, decision 1050.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Query, Request
from psycopg.rows import DictRow
from starlette.requests import ClientDisconnect

from api.artifacts.bodies import PassedBody, taken_body
from api.artifacts.keeping import ArtifactKeeping, Keeping
from api.artifacts.routes import Artifact, read_artifact
from api.edge.routing.request_connections import begin_for, lend_to
from api.edge.routing.route import file_body, streamed_file_router
from api.edge.statements import fetch_row
from api.rights.audit_trail import AuditLater, Change
from api.rights.caller import Credential, Proof
from api.rights.grants import ARTIFACT_ACCESS, ArtifactEditorBefore, Grant
from barograph.artifacts.staging import Digest, StagedFile
from barograph.database.connections import Connection
from barograph.database.queries import query
from barograph.errors import Conflict, FieldError, Invalid
from barograph.program.http.socket_threads import in_thread

RIGHTS_S = 1.0
"""How often it is asked whether the sender still may."""
PIECE_BYTES = 32 * 2**20
PIECE_S = 2.0
"""What came is synced and told once it is as much, or as old: so much is sent again after a cut."""
ALONE_WITHIN_S = 3 * PIECE_S
"""A sender that says nothing leaves the file to others before."""
POLL_S = 0.05
SYNC_THREADS = 8
# Of their own: a slow disk keeps nobody else waiting.
_threads = ThreadPoolExecutor(SYNC_THREADS, "syncs")
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
        await upload.check(offset, int(request.headers.get("content-length", 0)))
        await upload.receive(offset)
    async with begin_for(request, is_read=False) as connection:
        artifact = await read_artifact(connection, grant.id)
        if offset < artifact.received_bytes == artifact.size_bytes:
            after = {"name": artifact.name, "size_bytes": artifact.size_bytes}
            await trail(connection).record(grant, "artifact.upload", Change(artifact.id, after=after))
        return artifact


class _Upload:
    """The upload of one body."""

    def __init__(
        self, grant: Grant, credential: Credential, keeping: ArtifactKeeping, request: Request
    ) -> None:
        self._grant, self._credential, self._keeping = grant, credential, keeping
        self._request = request
        self._checked_s = time.monotonic()

    async def check(self, offset: int, count: int) -> int:
        """Refuses so many bytes that can't go on here. How many bytes of the file are missing.

        Raises:
            Conflict, Invalid: as it says.
        """
        async with lend_to(self._request) as connection:
            stored = await fetch_row(connection, "artifact.standing", self._grant.reference)
        _check_place(stored, offset, count)
        return stored["size_bytes"] - offset

    async def receive(self, offset: int) -> None:
        """Stores what comes. At the end, or where it breaks off, all that came is stored.

        Raises:
            ClientDisconnect: it broke off.
        """
        with taken_body(self._request) as body:
            while await body.comes():
                async with self._staged_alone(offset) as staged:
                    offset = await self._go_on(body, staged, offset)
            if body.is_broken:
                raise ClientDisconnect

    async def _go_on(self, body: PassedBody, staged: StagedFile, offset: int) -> int:
        """Writes what comes until the body ends, or lets us wait; where the file has come to."""
        missing_bytes = await self.check(offset, 1)
        storing: asyncio.Task[None] | None = None
        try:
            while count := await body.pass_on(staged.write, min(PIECE_BYTES, missing_bytes), PIECE_S):
                offset, missing_bytes = offset + count, missing_bytes - count
                if storing is not None:
                    await storing
                storing = asyncio.create_task(self._store(staged, offset, count, staged.digest_so_far()))
        finally:
            if storing is not None:
                await storing
        return offset

    @asynccontextmanager
    async def _staged_alone(self, offset: int) -> AsyncGenerator[StagedFile]:
        """The file, to be written from there on; nobody else writes to it meanwhile.

        Raises:
            Conflict: somebody else does, for too long.
        """
        artifact_id, end_s = self._grant.public_id, time.monotonic() + ALONE_WITHIN_S
        staging, digest = self._keeping.staging, self._keeping.digests.at(artifact_id, offset)
        while (staged := await asyncio.to_thread(staging.take, artifact_id, offset, digest)) is None:
            if time.monotonic() > end_s:
                raise Conflict("the file is being sent by somebody else; ask how much is here")
            await asyncio.sleep(POLL_S)
        try:
            yield staged
        finally:
            staged.close()

    async def _store(
        self, staged: StagedFile, received_bytes: int, count: int, digest: Digest | None
    ) -> None:
        """Tells that the last `count` bytes are here, once they are."""
        await in_thread(_threads, staged.sync)
        async with begin_for(self._request, is_read=False) as connection:
            await self._check_rights(connection)
            await self._tell(connection, received_bytes, count)
        if digest is not None:
            self._keeping.digests.note(self._grant.public_id, received_bytes, digest)

    async def _check_rights(self, connection: Connection) -> None:
        """Checks rights again: hours may pass until the last piece comes."""
        if (now_s := time.monotonic()) - self._checked_s >= RIGHTS_S:
            await ARTIFACT_ACCESS.grant("editor", self._grant.public_id, self._credential, connection)
            self._checked_s = now_s

    async def _tell(self, connection: Connection, received_bytes: int, count: int) -> None:
        place = {"offset": received_bytes - count, "received_bytes": received_bytes}
        told = await connection.execute(query("artifact.receive"), self._grant.reference | place)
        if not told.rowcount:
            stored = await fetch_row(connection, "artifact.lock", self._grant.reference)
            _check_place(stored, received_bytes - count, count)


def _check_place(stored: DictRow, offset: int, count: int) -> None:
    if stored["status"] != "uploading":
        raise Conflict(f"the artifact is {stored['status']}; its file is not being sent")
    if offset != stored["received_bytes"]:
        raise Conflict(f"{stored['received_bytes']} bytes are here; go on from there, not from {offset}")
    if offset + count > stored["size_bytes"]:
        detail = f"goes {offset + count - stored['size_bytes']} bytes beyond the end that was announced"
        raise Invalid("the file is longer than it should be", [FieldError("/body", detail)])
