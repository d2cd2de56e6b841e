"""How much room a project has for the files of its runs."""

from pydantic import BaseModel, Field

from api.artifacts.room import quota_bytes
from api.edge.routing.route import resource_router
from api.edge.state import AppShared
from api.edge.statements import fetch_row
from api.edge.transaction import Database
from api.rights.grants import ProjectViewer

router = resource_router("artifacts")


class ArtifactRoom(BaseModel):
    files: int = Field(description="Those that are here or announced, whatever was decided about them")
    kept_bytes: int = Field(description="Their sizes; a file counts whole from its announcement on")
    uploading_bytes: int = Field(description="Of these, the sizes of those that are being sent")
    quota_bytes: int = Field(description="What all may take")
    free_bytes: int = Field(description="What is left of it")
    file_max_bytes: int = Field(description="What one file may take")


@router.get("/projects/{project_id:uuid}/artifact-room")
async def read_artifact_room(grant: ProjectViewer, connection: Database, app: AppShared) -> ArtifactRoom:
    """What the files of a project's runs take, and what they may."""
    row = await fetch_row(connection, "artifact.room", {"project_id": grant.project_id})
    max_bytes = quota_bytes(row, app.settings)
    return ArtifactRoom(
        files=row["files"],
        kept_bytes=row["kept_bytes"],
        uploading_bytes=row["uploading_bytes"],
        quota_bytes=max_bytes,
        free_bytes=max(0, max_bytes - row["kept_bytes"]),
        file_max_bytes=app.settings.artifact_max_bytes,
    )
