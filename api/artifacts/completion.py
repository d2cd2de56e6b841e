"""The end of an upload: whether the file is what was announced, and its move into the store.

all of it is here ─▶ its SHA-256: as it was made while the bytes came, the rest read again ─▶ store ─▶ told
all parts are in the bucket ─▶ put together, and read once for the SHA-256 (direct_completion) ─▶ told
"""

import asyncio
import os
from contextlib import suppress
from typing import IO
from uuid import UUID

from fastapi import Request, Response
from psycopg.rows import DictRow

from api.artifacts.direct_completion import stored_directly_or_failure
from api.artifacts.keeping import ArtifactKeeping, Keeping
from api.artifacts.routes import Artifact, read_artifact
from api.edge.routing.request_connections import begin_for, lend_to
from api.edge.routing.route import stepwise_router
from api.edge.statements import fetch_row, run
from api.rights.audit_trail import AuditLater, Change
from api.rights.caller import Proof
from api.rights.grants import ARTIFACT_ACCESS, ArtifactEditorBefore
from barograph.artifacts.staging import hash_on
from barograph.artifacts.stores import StoreAway
from barograph.errors import Conflict

router = stepwise_router("artifacts")
CHECK_S = 20.0
"""How long an answer waits for the check of a file in a bucket. Proxies wait for a minute."""


@router.post(
    "/artifacts/{artifact_id:uuid}:complete",
    responses={202: {"description": "The file is still being read in its bucket; ask again"}},
)
async def complete_artifact(
    request: Request,
    response: Response,
    grant: ArtifactEditorBefore,
    proof: Proof,
    keeping: Keeping,
    trail: AuditLater,
) -> Artifact:
    """Ends the upload: the file's SHA-256 decides whether it becomes `ready` or `damaged`.

    Once more does no harm. A file that is damaged is gone; announce it anew.
    """
    async with lend_to(request) as connection:
        stored = await fetch_row(connection, "artifact.standing", grant.reference)
        if stored["status"] != "uploading":
            return await read_artifact(connection, grant.id)
    verdict = await _verdict(keeping, grant.public_id, stored)
    if verdict is None:
        response.status_code = 202
        async with lend_to(request) as connection:
            return await read_artifact(connection, grant.id)
    async with begin_for(request, is_read=False) as connection:
        # Reading took a while, in which rights may have ended.
        grant = await ARTIFACT_ACCESS.grant("editor", grant.public_id, proof, connection)
        locked = await fetch_row(connection, "artifact.lock", grant.reference)
        if locked["status"] == "uploading":
            statement = "artifact.damage" if verdict else "artifact.make_ready"
            await run(connection, statement, grant.reference | {"failure": verdict})
            after = {"status": "damaged", "failure": verdict} if verdict else {"status": "ready"}
            change = Change(grant.public_id, {"status": "uploading"}, after)
            await trail(connection).record(grant, "artifact.complete", change)
        artifact = await read_artifact(connection, grant.id)
    await asyncio.to_thread(_clean_up, keeping, grant.public_id, stored)
    return artifact


async def _verdict(keeping: ArtifactKeeping, artifact_id: UUID, stored: DictRow) -> str | None:
    """The fault of the file, empty if it has none; None while it is being read."""
    # Whoever could not reach the bucket has sent it here after all.
    if stored["multipart_id"] is None or stored["received_bytes"] == stored["size_bytes"]:
        _check_is_whole(stored)
        return await asyncio.to_thread(_stored_or_failure, keeping, artifact_id, stored)
    check = keeping.checks.join(artifact_id, lambda: stored_directly_or_failure(keeping, artifact_id, stored))
    await asyncio.wait({check}, timeout=CHECK_S)
    return check.result() if check.done() else None


def _clean_up(keeping: ArtifactKeeping, artifact_id: UUID, stored: DictRow) -> None:
    keeping.digests.forget(artifact_id)
    keeping.checks.forget(artifact_id)
    keeping.staging.remove(artifact_id)
    if stored["received_bytes"]:
        # What can't be given up now, the sweep gives up.
        with suppress(StoreAway):
            keeping.give_up(artifact_id, stored["multipart_id"])


def _check_is_whole(stored: DictRow) -> None:
    if stored["received_bytes"] < stored["size_bytes"]:
        raise Conflict(f"{stored['received_bytes']} of {stored['size_bytes']} bytes are here; send the rest")


def _stored_or_failure(keeping: ArtifactKeeping, artifact_id: UUID, stored: DictRow) -> str:
    """Puts the file into the store if it is what it should be; otherwise what is wrong with it.

    Raises:
        Conflict: it isn't on this machine.
        StoreAway: the store doesn't take it.
    """
    if not stored["size_bytes"]:
        keeping.staging.make_empty(artifact_id)
    try:
        with keeping.staging.open(artifact_id) as staged:
            if failure := _failure(keeping, artifact_id, stored, staged):
                return failure
            keeping.store.keep(artifact_id, staged)
    except FileNotFoundError:
        # It is only ever there whole and right: its row was not told before a program ended.
        found = keeping.store.find(artifact_id)
        if found is None or found.size_bytes != stored["size_bytes"]:
            raise Conflict("the file is not on this machine: programs share a data directory") from None
    except OSError as error:
        raise StoreAway(f"the file can't be read: {error.strerror or error}", retry_after_s=60) from error
    return ""


def _failure(keeping: ArtifactKeeping, artifact_id: UUID, stored: DictRow, staged: IO[bytes]) -> str:
    """The fault of a file; empty if it has none."""
    size_bytes = stored["size_bytes"]
    here_bytes = os.fstat(staged.fileno()).st_size
    if here_bytes != size_bytes:
        return f"{here_bytes} bytes of it are here, where {size_bytes} were announced"
    known = keeping.digests.upto(artifact_id, size_bytes)
    hash_on(staged, known.offset, known.digest, size_bytes)
    sha256 = known.digest.digest()
    if sha256 != stored["sha256"]:
        return f"its SHA-256 is {sha256.hex()}, where {stored['sha256'].hex()} was announced"
    return ""
