"""Rights. A route's signature says who may call it, as in `grant: SensorEditor`.

credential, path id -> who calls, the row and its project, the caller's role there
                    -> 401 for nobody, 404 for strangers, 403 below the role

A right is always computed on the project of the row that the route acts on, and all of it in one statement.

Why: decision 66.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, LiteralString
from uuid import UUID

from fastapi import Depends
from psycopg.rows import DictRow

from api.edge.transaction import Database
from api.rights.caller import Account, Credential, Proof, admit, identified
from barograph.database.connections import Connection
from barograph.database.queries import query
from barograph.errors import Forbidden, NotFound

Role = Literal["viewer", "editor", "owner"]
RANK: dict[Role, int] = {"viewer": 1, "editor": 2, "owner": 3}


@dataclass(frozen=True)
class Grant:
    """What the caller may do, and on what.

    Attributes:
        id: the row's surrogate (of a token: its public id).
        public_id: what it is called in paths.
        project_id: the surrogate of its project.
        role: the caller's there; the admin's is owner everywhere.
        max_age_s: the age of the oldest readings that the project takes, seconds.
        sees_raw: whether raw values, and what would let one compute them, may be shown.
    """

    caller: Account
    id: Any
    public_id: UUID
    project_id: int
    role: Role
    max_age_s: int
    sees_raw: bool

    @property
    def reference(self) -> dict[str, Any]:
        """The row, for its statements."""
        return {"id": self.id}


def decide(caller: Account, row: DictRow | None, least: Role, noun: str) -> Grant:
    """The caller's grant on a row of an `access` statement.

    Raises:
        NotFound: there is no such row, or the caller is not a member of its project.
        Forbidden: the caller's role is not enough.
    """
    if row is None or row["id"] is None:
        raise NotFound(f"there is no such {noun}")
    role: Role | None = "owner" if caller.is_admin else row["role"]
    if role is None:
        raise NotFound(f"there is no such {noun}")
    if RANK[role] < RANK[least]:
        raise Forbidden(f"this takes the role {least}; yours is {role}")
    sees_raw = row["raw_access"] == "members" or role != "viewer"
    return Grant(caller, row["id"], row["public_id"], row["project_id"], role, row["max_age_s"], sees_raw)


class _Access:
    noun: ClassVar[str]
    statement: ClassVar[str]

    def __init__(self, least: Role) -> None:
        self._least: Role = least

    async def grant(self, public_id: UUID, credential: Credential, connection: Connection) -> Grant:
        asked = {**credential.parameters, "public_id": public_id}
        cursor = await connection.execute(of_caller(self.statement, credential.statement), asked)
        row = await cursor.fetchone()
        return decide(admit(identified(row)), row, self._least, self.noun)


@cache
def of_caller(access: str, identity: str) -> LiteralString:
    """A statement of `access` for the caller whom one of `identity` finds."""
    return "with caller as (" + query(identity) + ") " + query(access)


class ProjectAccess(_Access):
    """The project in the path."""

    noun, statement = "project", "access.project"

    async def __call__(self, project_id: UUID, proof: Proof, connection: Database) -> Grant:
        return await self.grant(project_id, proof, connection)


class SensorAccess(_Access):
    """The sensor in the path."""

    noun, statement = "sensor", "access.sensor"

    async def __call__(self, sensor_id: UUID, proof: Proof, connection: Database) -> Grant:
        return await self.grant(sensor_id, proof, connection)


class ExperimentAccess(_Access):
    """The experiment in the path."""

    noun, statement = "experiment", "access.experiment"

    async def __call__(self, experiment_id: UUID, proof: Proof, connection: Database) -> Grant:
        return await self.grant(experiment_id, proof, connection)


class RunAccess(_Access):
    """The run in the path."""

    noun, statement = "run", "access.run"

    async def __call__(self, run_id: UUID, proof: Proof, connection: Database) -> Grant:
        return await self.grant(run_id, proof, connection)


class CaptureSessionAccess(_Access):
    """The capture session in the path."""

    noun, statement = "capture session", "access.capture_session"

    async def __call__(self, capture_session_id: UUID, proof: Proof, connection: Database) -> Grant:
        return await self.grant(capture_session_id, proof, connection)


class ProfileAccess(_Access):
    """The conversion profile in the path."""

    noun, statement = "conversion profile", "access.profile"

    async def __call__(self, profile_id: UUID, proof: Proof, connection: Database) -> Grant:
        return await self.grant(profile_id, proof, connection)


class IngestTokenAccess(_Access):
    """The ingest token in the path."""

    noun, statement = "ingest token", "access.ingest_token"

    async def __call__(self, token_id: UUID, proof: Proof, connection: Database) -> Grant:
        return await self.grant(token_id, proof, connection)


class BackfillAccess(_Access):
    """The backfill in the path."""

    noun, statement = "backfill", "access.backfill"

    async def __call__(self, backfill_id: UUID, proof: Proof, connection: Database) -> Grant:
        return await self.grant(backfill_id, proof, connection)


class ServiceAccountAccess(_Access):
    """The service account in the path."""

    noun, statement = "service account", "access.service_account"

    async def __call__(self, service_account_id: UUID, proof: Proof, connection: Database) -> Grant:
        return await self.grant(service_account_id, proof, connection)


class InvitationAccess(_Access):
    """The invitation in the path."""

    noun, statement = "invitation", "access.invitation"

    async def __call__(self, invitation_id: UUID, proof: Proof, connection: Database) -> Grant:
        return await self.grant(invitation_id, proof, connection)


class ImportAccess(_Access):
    """The import in the path."""

    noun, statement = "import", "access.import"

    async def __call__(self, import_id: UUID, proof: Proof, connection: Database) -> Grant:
        return await self.grant(import_id, proof, connection)


ProjectViewer = Annotated[Grant, Depends(ProjectAccess("viewer"))]
ProjectEditor = Annotated[Grant, Depends(ProjectAccess("editor"))]
ProjectOwner = Annotated[Grant, Depends(ProjectAccess("owner"))]
SensorViewer = Annotated[Grant, Depends(SensorAccess("viewer"))]
SensorEditor = Annotated[Grant, Depends(SensorAccess("editor"))]
ExperimentViewer = Annotated[Grant, Depends(ExperimentAccess("viewer"))]
ExperimentEditor = Annotated[Grant, Depends(ExperimentAccess("editor"))]
RunViewer = Annotated[Grant, Depends(RunAccess("viewer"))]
RunEditor = Annotated[Grant, Depends(RunAccess("editor"))]
CaptureSessionViewer = Annotated[Grant, Depends(CaptureSessionAccess("viewer"))]
CaptureSessionEditor = Annotated[Grant, Depends(CaptureSessionAccess("editor"))]
ProfileViewer = Annotated[Grant, Depends(ProfileAccess("viewer"))]
ProfileEditor = Annotated[Grant, Depends(ProfileAccess("editor"))]
IngestTokenEditor = Annotated[Grant, Depends(IngestTokenAccess("editor"))]
BackfillViewer = Annotated[Grant, Depends(BackfillAccess("viewer"))]
BackfillEditor = Annotated[Grant, Depends(BackfillAccess("editor"))]
ServiceAccountOwner = Annotated[Grant, Depends(ServiceAccountAccess("owner"))]
ImportEditor = Annotated[Grant, Depends(ImportAccess("editor"))]
InvitationOwner = Annotated[Grant, Depends(InvitationAccess("owner"))]
