"""What narrows lists of experiments and runs down. What is asked of runs, an experiment answers by one."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from api.edge.bodies.fields import Tag
from api.edge.lists.like_patterns import containing
from api.edge.statements import fetch_row
from api.edge.times.asked_times import AskedTime
from api.rights.states import RunStatus
from api.sensors.references import SensorReference
from barograph.catalog.references import has_form_of_id
from barograph.database.connections import Connection
from barograph.errors import NotFound

# Lists of runs by measures say more (`api/measures/conditions.py`).
NO_MEASURES: dict[str, Any] = dict.fromkeys(
    (
        *("measure_ids", "measure_lows", "measure_highs"),
        *("kept_measure_id", "kept_low", "kept_high"),
        *("sort_measure_id", "sort_low", "sort_high"),
    )
)
# What a filter names, and the column that is null where there is none of it.
_NAMED = {
    "sensor": ("sensor", "sensor_id"),
    "profile": ("conversion profile", "profile_id"),
    "experiment": ("experiment", "experiment_id"),
    "created_by": ("account", "account_id"),
}
_IDS = ("sensor_id", "profile_id", "profile_sensor_id", "experiment_id")


class ExperimentFilters(BaseModel):
    """All that are given must match."""

    status: RunStatus | None = None
    tag: list[Tag] = Field(default=[], max_length=50, description="Repeat for several; all must match")
    q: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="Stands in the name, or in the notes or description; three characters or more are "
        "looked up, fewer are searched for",
    )
    git_sha: str | None = Field(default=None, max_length=100)
    created_by: UUID | None = Field(default=None, description="An account")
    sensor: SensorReference | None = Field(default=None, description="A sensor of the run: its id or key")
    profile: UUID | None = Field(
        default=None,
        description="A conversion profile that holds for a sensor of the run at some time of the run; for "
        "a run that has not started, at some time from now on",
    )
    created_from: AskedTime | None = None
    created_to: AskedTime | None = None
    started_from: AskedTime | None = None
    started_to: AskedTime | None = None

    async def parameters(self, connection: Connection, project_id: int) -> dict[str, Any]:
        """Parameters of the statement.

        Raises:
            NotFound: a filter names what the project has not.
        """
        given = self.model_dump(exclude={"tag", "q", "sensor", "profile", "experiment"}) | {
            "project_id": project_id,
            "tags": self.tag or None,
            "q": None if self.q is None else containing(self.q),
        }
        return given | NO_MEASURES | await self._ids(connection, project_id)

    async def _ids(self, connection: Connection, project_id: int) -> dict[str, int | None]:
        named = self.model_dump(include=set(_NAMED))
        if not any(named.values()):
            return dict.fromkeys(_IDS)
        is_id = self.sensor is not None and has_form_of_id(self.sensor)
        asked = {
            "sensor_public_id": self.sensor if is_id else None,
            "sensor_key": None if is_id else self.sensor,
            "profile": self.profile,
            "experiment": named.get("experiment"),
            "account": self.created_by,
            "project_id": project_id,
        }
        row = await fetch_row(connection, "run.filter_ids", asked)
        for name, (what, column) in _NAMED.items():
            if named.get(name) is not None and row[column] is None:
                raise NotFound(f"there is no such {what} {named[name]}")
        return {column: row[column] for column in _IDS}


class RunFilters(ExperimentFilters):
    """The filters of the runs of a project."""

    experiment: UUID | None = Field(default=None, description="The experiment of the run")


ListFilters = Annotated[ExperimentFilters, Query()]
RunListFilters = Annotated[RunFilters, Query()]
