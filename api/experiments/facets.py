"""Facets of experiments and runs, by `api/edge/lists/facets.py`."""

from collections.abc import Mapping
from functools import cache
from typing import LiteralString

from pydantic import BaseModel, Field

from api.edge.lists.facets import FacetCount, count_facets, told
from api.edge.routing.route import resource_router
from api.edge.transaction import Database
from api.experiments.filters import ListFilters, RunListFilters
from api.measures.conditions import OfMeasures
from api.rights.grants import ProjectViewer
from api.rights.states import RunStatus
from barograph.database.queries import query

router = resource_router("runs")

# Not statements by themselves.
PARTS = ("facet.seen_of_runs", "facet.seen_of_experiments", "facet.counts", "facet.held_profiles")


class ExperimentFacets(BaseModel):
    """Each but the status names its 50 most frequent values."""

    status: dict[RunStatus, int]
    tag: list[FacetCount]
    created_by: list[FacetCount]
    started_in: list[FacetCount] = Field(
        description="Months, by UTC, such as `2026-11`, newest first: for `started_from` and `started_to`"
    )


class RunFacets(ExperimentFacets):
    git_sha: list[FacetCount]
    experiment: list[FacetCount]
    sensor: list[FacetCount]
    profile: list[FacetCount] = Field(
        description="Versions of the sensor that `sensor` or `profile` names, by the runs in which they held"
    )


@router.get("/projects/{project_id:uuid}/runs/facets")
async def count_runs(
    grant: ProjectViewer, filters: RunListFilters, measures: OfMeasures, connection: Database
) -> RunFacets:
    """How many of the runs that filters leave have what; 200,000 of them at most are looked at."""
    asked = await filters.parameters(connection, grant.project_id)
    asked |= await measures.parameters(connection, grant.project_id, sees_raw=grant.sees_raw)
    counted = await count_facets(connection, composed()["facet.of_runs"], asked)
    of_sensor = asked["sensor_id"] or asked["profile_sensor_id"]
    if of_sensor is not None:
        asked |= {"of_sensor_id": of_sensor}
        counted |= await count_facets(connection, composed()["facet.profiles_of_runs"], asked)
    return RunFacets.model_validate(told(counted, RunFacets, ("status",)))


@router.get("/projects/{project_id:uuid}/experiments/facets")
async def count_experiments(
    grant: ProjectViewer, filters: ListFilters, connection: Database
) -> ExperimentFacets:
    """How many of the experiments that filters leave have what; 200,000 of them at most are looked at."""
    asked = await filters.parameters(connection, grant.project_id)
    counted = await count_facets(connection, composed()["facet.of_experiments"], asked)
    return ExperimentFacets.model_validate(told(counted, ExperimentFacets, ("status",)))


@cache
def composed() -> Mapping[str, LiteralString]:
    """Statements by name: what a list finds, and what is counted of it."""
    runs, experiments = query("run.list"), query("experiment.list")
    of_runs, of_experiments = query("facet.seen_of_runs"), query("facet.seen_of_experiments")
    counts, profiles = query("facet.counts"), query("facet.held_profiles")
    return {
        "facet.of_runs": f"with listed as ({runs}), seen as ({of_runs}), facets as ({counts}) table facets",
        "facet.of_experiments": f"with listed as ({experiments}), seen as ({of_experiments}), "
        f"facets as ({counts}) table facets",
        "facet.profiles_of_runs": f"with listed as ({runs}), facets as ({profiles}) table facets",
    }
