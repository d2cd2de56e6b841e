"""What people decide about a file: it is approved, or rejected, by whom and when."""

from typing import Literal

from api.artifacts.routes import ARTIFACT_MOVES, Artifact, read_artifact
from api.edge.bodies.fields import Input, Reason
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, run
from api.edge.transaction import Transaction
from api.rights.audit_trail import Audit, Change, Trail
from api.rights.grants import ArtifactEditor, Grant
from api.rights.states import check_move
from barograph.database.connections import Connection

router = resource_router("artifacts")


class Review(Input):
    reason: Reason = ""


@router.post("/artifacts/{artifact_id:uuid}:approve")
async def approve_artifact(
    grant: ArtifactEditor, connection: Transaction, trail: Audit, body: Review | None = None
) -> Artifact:
    """Approves a file, which must be whole; lists find it by `approved`."""
    return await _review(connection, grant, "approved", body.reason if body else "", trail)


@router.post("/artifacts/{artifact_id:uuid}:reject")
async def reject_artifact(
    grant: ArtifactEditor, connection: Transaction, trail: Audit, body: Review | None = None
) -> Artifact:
    """Rejects a file, also one that was approved. It stays, until it is deleted."""
    return await _review(connection, grant, "rejected", body.reason if body else "", trail)


async def _review(
    connection: Connection, grant: Grant, new: Literal["approved", "rejected"], reason: str, trail: Trail
) -> Artifact:
    stored = await fetch_row(connection, "artifact.lock", grant.reference)
    check_move("artifact", ARTIFACT_MOVES, stored["status"], new)
    decided = {"status": new, "account_id": grant.caller.id, "reason": reason}
    await run(connection, "artifact.review", grant.reference | decided)
    artifact = await read_artifact(connection, grant.id)
    action = "artifact.approve" if new == "approved" else "artifact.reject"
    after = {"status": new, "reason": reason}
    await trail.record(grant, action, Change(artifact.id, {"status": stored["status"]}, after))
    return artifact
