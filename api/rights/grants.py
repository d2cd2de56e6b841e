"""Rights. A route's signature says who may call it, as in `grant: SensorEditor`.

credential ─▶ a statement of `identity` ─▶ caller ┐
path id    ─▶ a statement of `access`   ─▶ asked  ┴ access.of_caller ─▶ a Grant, or
                                     401 for nobody, 404 for strangers, 403 below the role

A right is always computed on the project of the row that the route acts on, and all of it in one statement.

Why: decision 66, decision 190.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, LiteralString
from uuid import UUID

from fastapi import Depends, Path, Request, params
from psycopg.rows import DictRow

from api.edge.routing.request_connections import lend_to
from api.edge.transaction import Database
from api.rights.caller import Account, Credential, Proof
from barograph.database.connections import Connection
from barograph.database.queries import query
from barograph.errors import Forbidden, NotFound

Role = Literal["viewer", "editor", "owner"]
RANK: dict[Role, int] = {"viewer": 1, "editor": 2, "owner": 3}
PHYSICAL_ONLY = "the project shows viewers physical values only"


@dataclass(frozen=True)
class Grant:
    """The rights of the caller: what they may do, and on what.

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

    def require_raw(self) -> None:
        """Comes back if the caller may see raw values.

        Raises:
            Forbidden: they may not.
        """
        if not self.sees_raw:
            raise Forbidden(PHYSICAL_ONLY)

    @property
    def reference(self) -> dict[str, Any]:
        """The row, for its statements."""
        return {"id": self.id}


class RefusedRole(Forbidden):
    """Not allowed"""

    def __init__(self, grant: Grant, min_role: Role) -> None:
        super().__init__(f"this takes the role {min_role}; yours is {grant.role}")
        self.by = grant
        self.tried_on: UUID | None = grant.public_id
        self.subject = (grant.caller.id, grant.project_id)


def decide(caller: Account, row: DictRow | None, min_role: Role, noun: str) -> Grant:
    """The caller's grant on a row of an `access` statement.

    Raises:
        NotFound: there is no such row, or the caller is not a member of its project.
        RefusedRole: the caller's role is not enough.
    """
    if row is None or row["id"] is None:
        raise NotFound(f"there is no such {noun}")
    role: Role | None = "owner" if caller.is_admin else row["role"]
    if role is None:
        raise NotFound(f"there is no such {noun}")
    sees_raw = row["raw_access"] == "members" or role != "viewer"
    grant = Grant(caller, row["id"], row["public_id"], row["project_id"], role, row["max_age_s"], sees_raw)
    if RANK[role] < RANK[min_role]:
        raise RefusedRole(grant, min_role)
    return grant


@dataclass(frozen=True)
class ResourceAccess:
    """Access to one kind of resource.

    Attributes:
        noun: what errors call it.
        statement: the one of `access` that finds a row of it.
        parameter: the name of its id in paths.
    """

    noun: str
    statement: str
    parameter: str

    def at_least(self, min_role: Role) -> params.Depends:
        """The dependency of a route that acts on the row in its path and needs at least this role."""

        async def grant(
            public_id: Annotated[UUID, Path(alias=self.parameter)], proof: Proof, connection: Database
        ) -> Grant:
            return await self.grant(min_role, public_id, proof, connection)

        return Depends(grant)

    def before(self, min_role: Role) -> params.Depends:
        """The same for a route that holds no connection while it works."""

        async def grant(
            public_id: Annotated[UUID, Path(alias=self.parameter)], proof: Proof, request: Request
        ) -> Grant:
            async with lend_to(request) as connection:
                return await self.grant(min_role, public_id, proof, connection)

        return Depends(grant)

    async def grant(
        self, min_role: Role, public_id: UUID, credential: Credential, connection: Connection
    ) -> Grant:
        """The grant on a row, for whoever the credential proves.

        Raises:
            Unauthenticated: the credential proves nobody.
            PasswordChangeRequired, SecondFactorRequired: the account must do something else first.
            NotFound, RefusedRole: as `decide` says.
        """
        asked = {**credential.parameters, "public_id": public_id}
        cursor = await connection.execute(of_caller(self.statement, credential.statement), asked)
        row = await cursor.fetchone()
        return decide(credential.admit(credential.identify(row)), row, min_role, self.noun)


@cache
def of_caller(access: str, identity: str) -> LiteralString:
    """One statement of three: who calls, the rows asked for, and what the caller may do there."""
    grant = query("access.of_caller")
    return f"with caller as ({query(identity)}), asked as ({query(access)}) {grant}"


PROJECT_ACCESS = ResourceAccess("project", "access.project", "project_id")
SENSOR_ACCESS = ResourceAccess("sensor", "access.sensor", "sensor_id")
EXPERIMENT_ACCESS = ResourceAccess("experiment", "access.experiment", "experiment_id")
RUN_ACCESS = ResourceAccess("run", "access.run", "run_id")
CAPTURE_SESSION_ACCESS = ResourceAccess("capture session", "access.capture_session", "capture_session_id")
PROFILE_ACCESS = ResourceAccess("conversion profile", "access.profile", "profile_id")
INGEST_TOKEN_ACCESS = ResourceAccess("ingest token", "access.ingest_token", "token_id")
BACKFILL_ACCESS = ResourceAccess("backfill", "access.backfill", "backfill_id")
SERVICE_ACCOUNT_ACCESS = ResourceAccess("service account", "access.service_account", "service_account_id")
INVITATION_ACCESS = ResourceAccess("invitation", "access.invitation", "invitation_id")
PRODUCER_ACCESS = ResourceAccess("producer", "access.producer", "producer_id")
EXPORT_ACCESS = ResourceAccess("export", "access.export", "export_id")
ARTIFACT_ACCESS = ResourceAccess("artifact", "access.artifact", "artifact_id")
IMPORT_ACCESS = ResourceAccess("import", "access.import", "import_id")
ANNOTATION_ACCESS = ResourceAccess("annotation", "access.annotation", "annotation_id")
SAVED_VIEW_ACCESS = ResourceAccess("view", "access.saved_view", "view_id")
COMPARISON_ACCESS = ResourceAccess("comparison", "access.saved_comparison", "comparison_id")
MEASURE_ACCESS = ResourceAccess("measure", "access.measure", "measure_id")
LIMIT_ACCESS = ResourceAccess("limit", "access.limit", "limit_id")
ALARM_ACCESS = ResourceAccess("alarm", "access.alarm", "alarm_id")
WEBHOOK_ACCESS = ResourceAccess("webhook", "access.webhook", "webhook_id")
DELIVERY_ACCESS = ResourceAccess("delivery", "access.delivery", "delivery_id")

ProjectViewer = Annotated[Grant, PROJECT_ACCESS.at_least("viewer")]
ProjectEditor = Annotated[Grant, PROJECT_ACCESS.at_least("editor")]
ProjectOwner = Annotated[Grant, PROJECT_ACCESS.at_least("owner")]
SensorViewer = Annotated[Grant, SENSOR_ACCESS.at_least("viewer")]
SensorEditor = Annotated[Grant, SENSOR_ACCESS.at_least("editor")]
ExperimentViewer = Annotated[Grant, EXPERIMENT_ACCESS.at_least("viewer")]
ExperimentEditor = Annotated[Grant, EXPERIMENT_ACCESS.at_least("editor")]
RunViewer = Annotated[Grant, RUN_ACCESS.at_least("viewer")]
RunEditor = Annotated[Grant, RUN_ACCESS.at_least("editor")]
CaptureSessionViewer = Annotated[Grant, CAPTURE_SESSION_ACCESS.at_least("viewer")]
CaptureSessionEditor = Annotated[Grant, CAPTURE_SESSION_ACCESS.at_least("editor")]
ProfileViewer = Annotated[Grant, PROFILE_ACCESS.at_least("viewer")]
ProfileEditor = Annotated[Grant, PROFILE_ACCESS.at_least("editor")]
IngestTokenEditor = Annotated[Grant, INGEST_TOKEN_ACCESS.at_least("editor")]
BackfillViewer = Annotated[Grant, BACKFILL_ACCESS.at_least("viewer")]
BackfillEditor = Annotated[Grant, BACKFILL_ACCESS.at_least("editor")]
ProducerViewer = Annotated[Grant, PRODUCER_ACCESS.at_least("viewer")]
ServiceAccountOwner = Annotated[Grant, SERVICE_ACCOUNT_ACCESS.at_least("owner")]
ExportViewer = Annotated[Grant, EXPORT_ACCESS.at_least("viewer")]
ArtifactViewer = Annotated[Grant, ARTIFACT_ACCESS.at_least("viewer")]
ArtifactEditor = Annotated[Grant, ARTIFACT_ACCESS.at_least("editor")]
ArtifactViewerBefore = Annotated[Grant, ARTIFACT_ACCESS.before("viewer")]
ArtifactEditorBefore = Annotated[Grant, ARTIFACT_ACCESS.before("editor")]
ImportEditor = Annotated[Grant, IMPORT_ACCESS.at_least("editor")]
ImportEditorBefore = Annotated[Grant, IMPORT_ACCESS.before("editor")]
AnnotationViewer = Annotated[Grant, ANNOTATION_ACCESS.at_least("viewer")]
AnnotationEditor = Annotated[Grant, ANNOTATION_ACCESS.at_least("editor")]
SavedViewViewer = Annotated[Grant, SAVED_VIEW_ACCESS.at_least("viewer")]
InvitationOwner = Annotated[Grant, INVITATION_ACCESS.at_least("owner")]
ComparisonViewer = Annotated[Grant, COMPARISON_ACCESS.at_least("viewer")]
ComparisonEditor = Annotated[Grant, COMPARISON_ACCESS.at_least("editor")]
MeasureViewer = Annotated[Grant, MEASURE_ACCESS.at_least("viewer")]
MeasureEditor = Annotated[Grant, MEASURE_ACCESS.at_least("editor")]
LimitViewer = Annotated[Grant, LIMIT_ACCESS.at_least("viewer")]
LimitEditor = Annotated[Grant, LIMIT_ACCESS.at_least("editor")]
AlarmViewer = Annotated[Grant, ALARM_ACCESS.at_least("viewer")]
AlarmEditor = Annotated[Grant, ALARM_ACCESS.at_least("editor")]
WebhookOwner = Annotated[Grant, WEBHOOK_ACCESS.at_least("owner")]
DeliveryOwner = Annotated[Grant, DELIVERY_ACCESS.at_least("owner")]
