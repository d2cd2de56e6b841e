"""What pages show of a file. Whatever has to be read for that, a parser reads, within its limits.

Why: decision 670, decision 220.
"""

import asyncio
import struct
from uuid import UUID

from fastapi import Request

from api.artifacts.content import SHOWN, SHOWN_BY_READERS, check_is_here
from api.artifacts.keeping import ArtifactKeeping, Keeping
from api.artifacts.routes import Artifact, read_artifact, seen
from api.edge.routing.request_connections import lend_to
from api.edge.routing.route import stepwise_router
from api.edge.state import AppShared, Shared
from api.rights.grants import ArtifactViewerBefore
from barograph.artifacts.previews import (
    HEAD_BYTES,
    NOTHING,
    PARQUET_END_BYTES,
    PARQUET_MARK,
    ArtifactPreview,
    preview_head,
    preview_notebook,
    preview_parquet,
)
from barograph.program.fair_turns import TurnTaker

router = stepwise_router("artifacts")
# Pages take the whole image.
MAX_IMAGE_BYTES = 32 * 2**20
MAX_FOOTER_BYTES = 8 * 2**20
# Pictures that came out of it stand in it.
MAX_NOTEBOOK_BYTES = 16 * 2**20


@router.get("/artifacts/{artifact_id:uuid}/preview")
async def preview_artifact(
    request: Request, grant: ArtifactViewerBefore, keeping: Keeping, app: AppShared
) -> ArtifactPreview:
    """What can be shown of a file: the head of a text or a CSV file, a notebook's cells, and the like."""
    async with lend_to(request) as connection:
        artifact = seen(grant, await read_artifact(connection, grant.id))
    size_bytes = check_is_here(artifact)
    if artifact.content_type in SHOWN and artifact.content_type.startswith("image/"):
        return ArtifactPreview(form="image") if size_bytes <= MAX_IMAGE_BYTES else NOTHING
    if artifact.content_type in SHOWN_BY_READERS:
        return ArtifactPreview(form="pdf")
    return await _parsed(app, keeping, artifact, size_bytes, TurnTaker(grant.project_id, grant.caller.id))


async def _parsed(
    app: Shared, keeping: ArtifactKeeping, artifact: Artifact, size_bytes: int, who: TurnTaker
) -> ArtifactPreview:
    if artifact.name.lower().endswith(".ipynb") and size_bytes <= MAX_NOTEBOOK_BYTES:
        whole = await asyncio.to_thread(_read, keeping, artifact.id, 0, size_bytes)
        return await app.parsers.ask(who, preview_notebook, whole)
    head = await asyncio.to_thread(_read, keeping, artifact.id, 0, min(HEAD_BYTES, size_bytes))
    if not head.startswith(PARQUET_MARK):
        return await app.parsers.ask(who, preview_head, head, artifact.name, size_bytes <= HEAD_BYTES)
    end = await asyncio.to_thread(_parquet_end, keeping, artifact.id, size_bytes)
    return NOTHING if end is None else await app.parsers.ask(who, preview_parquet, end)


def _parquet_end(keeping: ArtifactKeeping, artifact_id: UUID, size_bytes: int) -> bytes | None:
    """The footer with its length and mark; None where it is too long, or none."""
    last = _read(keeping, artifact_id, max(0, size_bytes - PARQUET_END_BYTES), size_bytes)
    if len(last) < PARQUET_END_BYTES or not last.endswith(PARQUET_MARK):
        return None
    (length,) = struct.unpack("<I", last[:4])
    start = size_bytes - PARQUET_END_BYTES - length
    if start < len(PARQUET_MARK) or length > MAX_FOOTER_BYTES:
        return None
    return _read(keeping, artifact_id, start, size_bytes)


def _read(keeping: ArtifactKeeping, artifact_id: UUID, start: int, stop: int) -> bytes:
    return b"".join(keeping.store.read(artifact_id, start, stop))
