"""Facets: of the experiments or runs that filters leave, how many have which status, tag, sensor, ….

The list's own statement finds them, so that facets can never count others than the list shows.
"""

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Any, LiteralString

from pydantic import BaseModel, Field

from api.edge.route import resource_router
from api.edge.sorted_pages import OrderedSpan
from api.edge.transaction import Database
from api.experiments.filters import ListFilters
from api.rights.grants import ProjectViewer
from api.rights.states import RunStatus
from barograph.database.connections import Connection
from barograph.database.queries import query

router = resource_router("runs")

# Of each facet but the status, the most frequent ones.
MAX_VALUES = 50
# Counting them takes a second.
MAX_COUNTED = 200_000
LISTS = {"facet.of_runs": "run.list", "facet.of_experiments": "experiment.list"}


class FacetCount(BaseModel):
    value: str = Field(description="For the filter of the facet's name")
    label: str = Field(description="For people")
    count: int


class ExperimentFacets(BaseModel):
    """Each but the status names its 50 most frequent values."""

    status: dict[RunStatus, int]
    tag: list[FacetCount]
    created_by: list[FacetCount]


class RunFacets(ExperimentFacets):
    git_sha: list[FacetCount]
    experiment: list[FacetCount]
    sensor: list[FacetCount]


@router.get("/projects/{project_id:uuid}/runs/facets")
async def count_runs(grant: ProjectViewer, filters: ListFilters, connection: Database) -> RunFacets:
    """How many of the runs that filters leave have what; 200,000 of them at most are looked at."""
    asked = await filters.parameters(connection, grant.project_id) | {"experiment_id": None}
    return RunFacets.model_validate(await _count(connection, "facet.of_runs", asked))


@router.get("/projects/{project_id:uuid}/experiments/facets")
async def count_experiments(
    grant: ProjectViewer, filters: ListFilters, connection: Database
) -> ExperimentFacets:
    """How many of the experiments that filters leave have what; 200,000 of them at most are looked at."""
    asked = await filters.parameters(connection, grant.project_id)
    return ExperimentFacets.model_validate(await _count(connection, "facet.of_experiments", asked))


@cache
def of_chosen(facets: str) -> LiteralString:
    """One statement of two: what the list finds, and what is counted of it."""
    return f"with chosen as ({query(LISTS[facets])}) {query(facets)}"


async def _count(connection: Connection, facets: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    everything = OrderedSpan.at(MAX_COUNTED, None, "-created_at").parameters
    # Planned for its filters each time, as the list is.
    cursor = await connection.execute(
        of_chosen(facets), {**everything, **asked, "most": MAX_VALUES}, prepare=False
    )
    counted: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in await cursor.fetchall():
        counted[row.pop("facet")].append(row)
    status = {row["value"]: row["count"] for row in counted.pop("status", [])}
    names = ("tag", "created_by", "git_sha", "experiment", "sensor")
    return {"status": status} | {name: counted[name] for name in names}
