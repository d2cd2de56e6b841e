"""What narrows the list of sensors down, and what is counted of those it leaves."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, LiteralString
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from api.edge.bodies.fields import Label, Tag, Unit
from api.edge.lists.facets import FacetCount
from api.edge.statements import find_row
from barograph.database.connections import Connection
from barograph.database.queries import query
from barograph.errors import NotFound

Status = Literal["registering", "active", "inactive", "decommissioned"]
SensorConnection = Literal["online", "delayed", "offline"]
PARTS = ("facet.counts_of_sensors", "sensor.page")
# What is counted needs none but the cheapest.
ANY_ORDER = {"sort": ""}


class SensorListFilters(BaseModel):
    """All that are given must match."""

    status: Status | None = None
    connection: SensorConnection | None = Field(default=None, description="As sensors show it")
    kind: Label | None = None
    unit: Unit | None = Field(default=None, description="`output_unit`, letter by letter")
    key: str | None = Field(default=None, max_length=500)
    tag: list[Tag] = Field(default=[], description="All must match")
    q: str | None = Field(default=None, max_length=200, description="Stands in the key or name")
    run: UUID | None = Field(default=None, description="Those that are bound to the run")

    async def find(self, connection: Connection, project_id: int) -> dict[str, Any]:
        """What they name, as parameters of the statement.

        Raises:
            NotFound: the project has no such run.
        """
        if self.run is None:
            return self.parameters(project_id)
        named = {"project_id": project_id, "public_id": self.run}
        row = await find_row(connection, "run.of_project", named)
        if row is None:
            raise NotFound(f"there is no such run {self.run}")
        return self.parameters(project_id, row["id"])

    def parameters(self, project_id: int, run_id: int | None = None) -> dict[str, Any]:
        """Parameters of the statement; of the sensors of a run with its surrogate."""
        given = self.model_dump(exclude={"tag", "run"})
        return given | {"tags": self.tag, "run_id": run_id, "project_id": project_id}


class SensorFacets(BaseModel):
    """Each of `tag`, `kind` and `unit` names its 50 most frequent values."""

    status: dict[Status, int]
    connection: dict[SensorConnection, int]
    tag: list[FacetCount]
    kind: list[FacetCount]
    unit: list[FacetCount]


SensorFilters = Annotated[SensorListFilters, Query()]


def page_statement(asked: Mapping[str, Any]) -> LiteralString:
    """The statement that finds a page with these parameters."""
    reads_all = asked["connection"] is not None or asked["sort"] in ("last_seen_at", "-last_seen_at")
    return composed()["sensor.list_of_many"] if reads_all else query("sensor.found")


@cache
def composed() -> Mapping[str, LiteralString]:
    """Statements by name: a page of what filters find in many, and what is counted of it."""
    found, page, counts = query("sensor.found"), query("sensor.page"), query("facet.counts_of_sensors")
    return {
        "sensor.list_of_many": f"with found as ({found}) {page}",
        "facet.of_sensors": f"with listed as ({found}), facets as ({counts}) table facets",
    }
