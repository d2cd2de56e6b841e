"""What a project holds, and the limits that it shares with nobody."""

from pydantic import BaseModel, Field

from api.edge.bodies.fields import Time
from api.edge.state import AppShared
from api.edge.statements import fetch_row
from api.edge.transaction import Transaction
from api.questions.route import JsonQuestionRoute, question_router
from api.rights.grants import ProjectEditor
from barograph.settings import Settings

# It may have to add up the roll-ups of years.
router = question_router("projects", JsonQuestionRoute)


class UsageLimits(BaseModel):
    """What a project may have. Those of a process count there alone."""

    import_bytes: int = Field(description="Files for imports, all together")
    import_file_bytes: int = Field(description="A file for an import")
    artifact_bytes: int = Field(description="Files of its runs, all together")
    artifact_file_bytes: int = Field(description="A file of a run")
    sockets: int = Field(description="WebSocket connections to an ingest process")
    sockets_of_token: int = Field(description="Of these, those of one ingest token")
    questions_at_once: int = Field(description="Questions about readings that an API process answers")
    requests_per_s_of_login: int = Field(description="To an API process; 0: any number")
    archive_after_days: int | None = Field(
        description="Days after which readings lie in files, unless the project says otherwise; null: never"
    )

    @classmethod
    def of(cls, settings: Settings, artifact_quota_bytes: int | None) -> "UsageLimits":
        own_bytes = artifact_quota_bytes
        return cls(
            import_bytes=settings.import_project_bytes,
            import_file_bytes=settings.import_max_bytes,
            artifact_bytes=settings.artifact_project_bytes if own_bytes is None else own_bytes,
            artifact_file_bytes=settings.artifact_max_bytes,
            sockets=min(settings.ingest_max_project_sockets, settings.ingest_max_sockets),
            sockets_of_token=min(settings.ingest_max_token_sockets, settings.ingest_max_sockets),
            questions_at_once=max(1, settings.questions_at_once - 1),
            requests_per_s_of_login=settings.requests_per_s_of_login,
            archive_after_days=settings.archive_after_days,
        )


class ArchiveUsage(BaseModel):
    """The readings that lie in files instead of the database."""

    files: int
    readings: int
    size_bytes: int = Field(description="Of the files, with readings in them that are rows again")
    from_: Time | None = Field(alias="from", description="The first of these readings; null: there is none")
    to: Time | None = Field(description="The last of them")


class ProjectUsage(BaseModel):
    """What a project holds now."""

    sensors: int
    members: int
    ingest_tokens: int = Field(description="Those that may send")
    readings: int = Field(description="Those stored and rolled up, which takes a second or two")
    sockets: int = Field(
        description="WebSocket connections that are bound to a producer, in all processes together"
    )
    import_files: int = Field(description="Files for imports that are here, or announced")
    import_bytes: int = Field(description="Their sizes")
    artifact_files: int = Field(description="Files of its runs that are here, or announced")
    artifact_bytes: int = Field(description="Their sizes")
    archive: ArchiveUsage
    limits: UsageLimits


@router.get("/projects/{project_id:uuid}/usage")
async def read_usage(grant: ProjectEditor, connection: Transaction, app: AppShared) -> ProjectUsage:
    """What the project holds, and what it may."""
    held = await fetch_row(connection, "project.usage", grant.reference)
    own_bytes: int | None = held.pop("artifact_quota_bytes")
    return ProjectUsage(**held, limits=UsageLimits.of(app.settings, own_bytes))
