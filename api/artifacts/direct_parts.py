"""Addresses by which a client sends the parts of a file straight to the bucket.

What has come is asked of the bucket each time, so that an upload goes on from wherever it was.

Why: decision 750.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated
from uuid import UUID

from fastapi import Request
from psycopg.rows import DictRow
from pydantic import BaseModel, Field

from api.artifacts.keeping import ArtifactKeeping, Keeping
from api.edge.bodies.fields import Input, Time
from api.edge.routing.request_connections import begin_for, lend_to
from api.edge.routing.route import stepwise_router
from api.edge.statements import fetch_row, run
from api.rights.audit_trail import AuditLater, Change
from api.rights.caller import Proof
from api.rights.grants import ARTIFACT_ACCESS, ArtifactEditorBefore
from barograph.artifacts.direct_bucket import DirectBucket, MultipartGone
from barograph.artifacts.parts import FilePart, ReceivedPart, missing_parts, part_bytes, parts_of
from barograph.errors import Conflict

router = stepwise_router("artifacts")
EXPIRES_S = 3600
"""Whoever may no longer send loses it after that, so it is not longer."""


class DirectPartsAsked(Input):
    limit: Annotated[int, Field(ge=1, le=100, description="How many addresses at most")] = 16


class DirectPart(BaseModel):
    number: int
    offset: int = Field(description="Where it begins in the file")
    size_bytes: int = Field(description="Send as many bytes, not one more or less")
    url: str = Field(description="Send it there by PUT, without further headers")


class DirectParts(BaseModel):
    """What is to be sent yet."""

    part_bytes: int = Field(description="The size of all parts but the last")
    parts_total: int
    parts_missing: int = Field(description="Those that are not in the bucket; 0: now `:complete`")
    received_bytes: int = Field(description="What is in the bucket")
    parts: list[DirectPart] = Field(description="The first of the missing ones")
    expires_at: Time = Field(description="Until when the addresses can be used")


@router.post("/artifacts/{artifact_id:uuid}:parts")
async def sign_artifact_parts(
    request: Request,
    grant: ArtifactEditorBefore,
    proof: Proof,
    keeping: Keeping,
    trail: AuditLater,
    body: DirectPartsAsked | None = None,
) -> DirectParts:
    """Where to send the file's next parts. Ask again, until none is missing; then `:complete`.

    409 where files are not sent to a bucket: `PUT …/content` takes them everywhere.
    """
    async with lend_to(request) as connection:
        stored = await fetch_row(connection, "artifact.standing", grant.reference)
    direct = _checked(keeping, stored)
    own, received = await asyncio.to_thread(_standing, keeping, direct, grant.public_id, stored)
    async with begin_for(request, is_read=False) as connection:
        grant = await ARTIFACT_ACCESS.grant("editor", grant.public_id, proof, connection)
        locked = await fetch_row(connection, "artifact.lock", grant.reference)
        _checked(keeping, locked)
        is_others = locked["multipart_id"] not in {stored["multipart_id"], own}
        chosen = locked["multipart_id"] if is_others else own
        await run(connection, "artifact.send_directly", grant.reference | {"multipart_id": chosen})
        if chosen != locked["multipart_id"]:
            change = Change(grant.public_id, after={"status": "uploading", "to": "bucket"})
            await trail(connection).record(grant, "artifact.upload", change)
    if is_others:
        # Another request has begun it just now.
        await asyncio.to_thread(direct.give_up, grant.public_id, own)
        received = dict[int, ReceivedPart]()
    asked = body or DirectPartsAsked()
    return _answer(direct, grant.public_id, chosen, stored["size_bytes"], received, asked)


def _checked(keeping: ArtifactKeeping, stored: DictRow) -> DirectBucket:
    if stored["status"] != "uploading":
        raise Conflict(f"the artifact is {stored['status']}; its file is not being sent")
    if keeping.direct is None:
        raise Conflict("files are not sent to a bucket here; send this one to `content`")
    if not stored["size_bytes"]:
        raise Conflict("an empty file has no parts; complete it")
    if stored["received_bytes"]:
        raise Conflict(f"{stored['received_bytes']} bytes have been sent to `content`; send the rest there")
    return keeping.direct


def _standing(
    keeping: ArtifactKeeping, direct: DirectBucket, artifact_id: UUID, stored: DictRow
) -> tuple[str, Mapping[int, ReceivedPart]]:
    """The upload in the bucket, begun if need be, and what is there of it."""
    known = stored["multipart_id"]
    if known is not None:
        try:
            return known, direct.received(artifact_id, known)
        except MultipartGone:
            found = keeping.store.find(artifact_id)
            if found is not None and found.size_bytes == stored["size_bytes"]:
                return known, _all_parts(found.size_bytes)
    return direct.begin(artifact_id), {}


def _all_parts(size_bytes: int) -> dict[int, ReceivedPart]:
    """The parts of an upload that was put together already."""
    return {part.number: ReceivedPart(part.number, part.size_bytes, "") for part in parts_of(size_bytes)}


def _answer(
    direct: DirectBucket,
    artifact_id: UUID,
    multipart_id: str,
    size_bytes: int,
    received: Mapping[int, ReceivedPart],
    asked: DirectPartsAsked,
) -> DirectParts:
    missing = list(missing_parts(size_bytes, received))

    def signed(part: FilePart) -> DirectPart:
        url = direct.part_url(artifact_id, multipart_id, part, EXPIRES_S)
        return DirectPart(number=part.number, offset=part.offset, size_bytes=part.size_bytes, url=url)

    return DirectParts(
        part_bytes=part_bytes(size_bytes),
        parts_total=sum(1 for _ in parts_of(size_bytes)),
        parts_missing=len(missing),
        received_bytes=size_bytes - sum(part.size_bytes for part in missing),
        parts=[signed(part) for part in islice(missing, asked.limit)],
        expires_at=datetime.now(UTC) + timedelta(seconds=EXPIRES_S),
    )
