"""All about a run in one answer."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg.rows import DictRow
from pydantic import BaseModel, Field

from api.artifacts.routes import Artifact, sees_restricted
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_rows, fetch_together
from api.edge.times.periods import MAX_AHEAD, MAX_PERIOD, Period
from api.edge.transaction import Transaction
from api.experiments.capture_sessions import CaptureSession
from api.experiments.run_sensors import RunSensor
from api.experiments.runs import Run
from api.measures.values import MeasureValue, name_values
from api.metrics.documents import MetricSummary
from api.readings.routes import Reading
from api.rights.grants import RunViewer
from barograph.archive.statements import with_archived
from barograph.database.connections import Connection

router = resource_router("runs")

MAX_LISTED = 500
# Their metadata may be large.
MAX_ARTIFACTS = 20
PARTS = (
    "overview.totals",
    "overview.capture_sessions",
    "overview.sensors",
    "overview.artifacts",
    "metric.summary",
    "run.item",
    # For the latest readings, which may be old.
    "archive.standing",
)
# Where the run has no start to begin with, nearly all sensors have a reading in so long. The others are
# looked for further back: that takes an index probe for each sensor and chunk.
LATELY = timedelta(days=1)


class OverviewSensor(RunSensor):
    latest: Reading | None = Field(
        description="The last reading between the run's start and its finish, or now; before the start, the "
        f"last one there is, of the last {MAX_PERIOD.days} days"
    )


class Overview(BaseModel):
    run: Run
    capture_sessions: list[CaptureSession] = Field(description=f"Newest first; at most {MAX_LISTED}")
    capture_sessions_total: int
    sensors: list[OverviewSensor] = Field(description=f"Newest first; at most {MAX_LISTED}")
    sensors_total: int
    measures: list[MeasureValue]
    metrics: list[MetricSummary] = Field(description=f"Of each name in short, by name; at most {MAX_LISTED}")
    metrics_total: int
    artifacts: list[Artifact] = Field(description=f"Newest first; at most {MAX_ARTIFACTS}")
    artifacts_total: int


@router.get("/runs/{run_id:uuid}/overview", response_model_exclude_unset=True)
async def read_overview(grant: RunViewer, connection: Transaction) -> Overview:
    """The run, its sessions, sensors and their latest readings, metrics and files, all of one moment."""
    asked = {
        "id": grant.id,
        "run_id": grant.id,
        "max_rows": MAX_LISTED,
        "max_artifacts": MAX_ARTIFACTS,
        "sees_restricted": sees_restricted(grant),
        "sees_raw": grant.sees_raw,
        "names": None,
    }
    parts = await fetch_together(connection, PARTS, asked)
    (totals,), sessions, sensors, artifacts, metrics, (run_row,), (standing,) = parts
    # To plan that statement takes the server longer than all others together, and most runs have none.
    measures = await fetch_rows(connection, "measure.values", asked) if totals["has_measures"] else []
    run = Run.model_validate(run_row)
    look = LatestLook(connection, [row["position"] for row in sensors], grant.sees_raw, standing)
    latest = await _latest_of(look, run)
    return Overview(
        run=run,
        capture_sessions=[CaptureSession.model_validate(row) for row in sessions],
        capture_sessions_total=totals["capture_sessions"],
        sensors=[
            OverviewSensor.model_validate(row | {"latest": latest.get(row["position"])}) for row in sensors
        ],
        sensors_total=totals["sensors"],
        measures=await name_values(connection, measures),
        metrics=[MetricSummary.model_validate(row) for row in metrics[:MAX_LISTED]],
        metrics_total=len(metrics),
        artifacts=[Artifact.model_validate(row) for row in artifacts],
        artifacts_total=totals["artifacts"],
    )


async def _latest_of(look: "LatestLook", run: Run) -> dict[int, dict[str, Any]]:
    """Each sensor's, as far as it has any."""
    end = run.finished_at or datetime.now(UTC) + MAX_AHEAD
    earliest = end - MAX_PERIOD
    if run.started_at is not None:
        earliest = max(run.started_at, earliest)
    lately = max(earliest, end - LATELY)
    latest = await look.within(Period(lately, end), look.sensor_ids)
    silent = [sensor_id for sensor_id in look.sensor_ids if sensor_id not in latest]
    if not silent or lately == earliest:
        return latest
    return latest | await look.within(Period(earliest, lately), silent)


@dataclass(frozen=True)
class LatestLook:
    """A look for the latest readings of sensors.

    Attributes:
        standing: how it stands with the archive.
    """

    connection: Connection
    sensor_ids: list[int]
    sees_raw: bool
    standing: DictRow

    async def within(self, period: Period, sensor_ids: list[int]) -> dict[int, dict[str, Any]]:
        """The latest readings by sensor, for those of these that have one in the period."""
        question = {"sensor_ids": sensor_ids, "sees_raw": self.sees_raw} | period.parameters
        statement = await with_archived(self.connection, "overview.latest", question, standing=self.standing)
        cursor = await self.connection.execute(statement, question, prepare=False)
        rows = await cursor.fetchall()
        return {row["sensor_id"]: _shown(row, sees_raw=self.sees_raw) for row in rows}


def _shown(row: DictRow, *, sees_raw: bool) -> dict[str, Any]:
    """JSON has no NaN and no infinities; what may not be seen is left out."""
    reading = {name: row[name] for name in ("time", "physical", "profile_id", "flags")}
    if sees_raw:
        reading["raw"] = row["raw"]
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in reading.items()
    }
