"""Metrics of runs: logging them, and reading them back point by point, in buckets, or in short."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, Query
from numpy.typing import NDArray
from pydantic import BaseModel

from api.edge.routing.route import PREFIX, Route
from api.edge.statements import fetch_columns, fetch_row, fetch_rows, run
from api.edge.transaction import Transaction
from api.metrics.buckets import StepBuckets
from api.metrics.documents import (
    LoggedPoints,
    MetricAnswer,
    MetricBuckets,
    MetricColumns,
    MetricName,
    MetricPoints,
    MetricSummaries,
    RefusedPoint,
    Step,
)
from api.metrics.logging import MAX_LISTED, LoggedPoint, LoggingPlan, plan_logging
from api.metrics.values import speak_all, speak_each
from api.rights.audit_trail import Audit, Change
from api.rights.grants import RunEditor, RunViewer
from barograph.database.connections import Connection
from barograph.errors import FieldError, Invalid, NotFound
from barograph.times import now_us, to_us

MAX_NAMES = 1_000
# Of one answer without `max_points`.
MAX_WHOLE_POINTS = 100_000

AskedNames = Annotated[
    list[MetricName],
    Query(
        alias="name",
        max_length=100,
        description="Repeat for several; none: all. The answer leaves out those that the run does not have",
    ),
]


class MetricRoute(Route):
    """Ten thousand points with long names are more than other bodies take."""

    max_body_bytes = 4 * 2**20


router = APIRouter(prefix=PREFIX, tags=["metrics"], route_class=MetricRoute)


class MetricPeriod(BaseModel):
    """Both are of the step: from is in it, to is not."""

    from_step: Step | None = None
    to_step: Step | None = None

    @property
    def parameters(self) -> dict[str, int | None]:
        return {"from_step": self.from_step, "to_step": self.to_step}


async def _period(
    from_step: Annotated[Step | None, Query(description="From this step on")] = None,
    to_step: Annotated[Step | None, Query(description="Before this step")] = None,
) -> MetricPeriod:
    return MetricPeriod(from_step=from_step, to_step=to_step)


AskedPeriod = Annotated[MetricPeriod, Depends(_period)]


@router.post("/runs/{run_id:uuid}/metrics")
async def log_metrics(
    grant: RunEditor, body: MetricPoints, connection: Transaction, trail: Audit
) -> LoggedPoints:
    """Logs points of a run's metrics: one value for each step of a name. The same again does no harm."""
    sent_us = now_us()
    ids = await _lock_names(connection, grant.id, sorted({point.name for point in body.points}))
    points = _points(body, ids, sent_us)
    held = await _held(connection, points)
    plan = plan_logging(points, held, replace=body.replace)
    for statement, chosen in (("metric.insert", plan.inserted), ("metric.replace", plan.replaced)):
        if chosen:
            await run(connection, statement, _columns([chosen[place] for place in sorted(chosen)]))
    if plan.replaced:
        # What is added is data, as readings are; what takes something away is told.
        await trail.record(grant, "run.replace-metrics", Change(grant.public_id, after=_told(plan, ids)))
    return LoggedPoints(
        accepted=plan.accepted,
        duplicate=plan.duplicate,
        rejected=_refused(body, plan),
        rejected_total=len(plan.conflicts),
    )


@router.get("/runs/{run_id:uuid}/metrics")
async def read_metrics(
    grant: RunViewer,
    period: AskedPeriod,
    connection: Transaction,
    names: AskedNames = [],  # noqa: B006  # FastAPI's way
    max_points: Annotated[
        int | None, Query(ge=2, le=MAX_WHOLE_POINTS, description="Of each name at most")
    ] = None,
) -> MetricAnswer:
    """The points of a run's metrics by step. With `max_points`, where there are more, the extremes."""
    spans = await _spans(connection, grant.id, names, period)
    if max_points is None and sum(span["points"] for span in spans) > MAX_WHOLE_POINTS:
        detail = f"these are more than {MAX_WHOLE_POINTS:,} points: ask with max_points, or for fewer steps"
        raise Invalid(detail, [FieldError("/query/max_points", detail)])
    return MetricAnswer(metrics=[await _read_points(connection, span, max_points) for span in spans])


@router.get("/runs/{run_id:uuid}/metrics/summary")
async def summarise_metrics(
    grant: RunViewer,
    connection: Transaction,
    names: AskedNames = [],  # noqa: B006  # FastAPI's way
) -> MetricSummaries:
    """Sums up each metric of a run: how many points, first and last, lowest and highest, and the mean."""
    asked = {"run_id": grant.id, "names": names or None}
    return MetricSummaries.model_validate({"items": await fetch_rows(connection, "metric.summary", asked)})


@router.get("/runs/{run_id:uuid}/metrics/aggregate")
async def aggregate_metric(
    grant: RunViewer,
    period: AskedPeriod,
    connection: Transaction,
    name: Annotated[MetricName, Query()],
    buckets: Annotated[int, Query(ge=1, le=10_000, description="At most so many, of one width")] = 100,
) -> MetricBuckets:
    """The least, mean and greatest value of a metric in buckets of steps."""
    spans = await _spans(connection, grant.id, [name], period)
    if not spans:
        raise NotFound("the run has no metric of this name")
    (span,) = spans
    if not span["points"]:
        return MetricBuckets(name=name, width=1, step=[], count=[], min=[], mean=[], max=[])
    grid = StepBuckets.even(span["first_step"], span["last_step"], buckets)
    row = await fetch_row(connection, "metric.buckets", _within(span) | grid.parameters)
    columns = {column: speak_each(row[column]) for column in ("min", "mean", "max")}
    return MetricBuckets(name=name, width=grid.width, step=row["step"], count=row["count"], **columns)


async def _lock_names(connection: Connection, run_id: int, names: Sequence[str]) -> dict[str, int]:
    """The surrogates of names, made where there were none; nobody else writes to them until the end.

    Raises:
        Invalid: the run would have too many names.
    """
    asked = {"run_id": run_id, "names": names}
    await run(connection, "metric.register", asked)
    rows = await fetch_rows(connection, "metric.lock", asked)
    if (await fetch_row(connection, "metric.count_names", asked))["names"] > MAX_NAMES:
        detail = f"a run has at most {MAX_NAMES:,} names of metrics"
        raise Invalid(detail, [FieldError("/points", detail)])
    return {row["name"]: row["id"] for row in rows}


async def _held(connection: Connection, points: Sequence[LoggedPoint]) -> dict[tuple[int, int], float]:
    """The values that are stored of these, by metric and step."""
    row = await fetch_columns(connection, "metric.held", _columns(points))
    found: zip[tuple[int, float]] = zip(row["place"].tolist(), row["value"].tolist(), strict=True)
    return {points[number - 1].place: value for number, value in found}


async def _spans(
    connection: Connection, run_id: int, names: Sequence[str], period: MetricPeriod
) -> list[dict[str, Any]]:
    return await fetch_rows(
        connection, "metric.spans", {"run_id": run_id, "names": names or None, **period.parameters}
    )


def _points(body: MetricPoints, ids: Mapping[str, int], sent_us: int) -> list[LoggedPoint]:
    return [
        LoggedPoint(
            ids[point.name],
            point.step,
            point.value,
            sent_us if point.time is None else to_us(point.time),
        )
        for point in body.points
    ]


def _told(plan: LoggingPlan, ids: Mapping[str, int]) -> dict[str, object]:
    named = {metric_id: name for name, metric_id in ids.items()}
    return {
        "names": sorted({named[metric_id] for metric_id, _ in plan.replaced}),
        "points": len(plan.replaced),
    }


def _refused(body: MetricPoints, plan: LoggingPlan) -> list[RefusedPoint]:
    return [
        RefusedPoint(
            index=each.index,
            name=body.points[each.index].name,
            step=body.points[each.index].step,
            code="conflict",
            stored=each.stored,
        )
        for each in plan.conflicts[:MAX_LISTED]
    ]


async def _read_points(connection: Connection, span: dict[str, Any], max_points: int | None) -> MetricColumns:
    points = span["points"]
    is_sampled = max_points is not None and points > max_points
    if not points:
        return MetricColumns(name=span["name"], step=[], value=[], t_us=[], points=0, is_sampled=False)
    asked = _within(span)
    if is_sampled:
        grid = StepBuckets.of_blocks(span["first_step"], span["last_step"], (max_points or 2) // 2)
        row = await fetch_columns(connection, "metric.samples", asked | grid.parameters)
    else:
        row = await fetch_columns(connection, "metric.points", asked)
    return MetricColumns(
        name=span["name"],
        step=row["step"].tolist(),
        value=speak_all(row["value"]),
        t_us=row["t_us"].tolist(),
        points=points,
        is_sampled=is_sampled,
    )


def _within(span: dict[str, Any]) -> dict[str, int]:
    return {"metric_id": span["id"], "first_step": span["first_step"], "last_step": span["last_step"]}


def _columns(points: Sequence[LoggedPoint]) -> dict[str, NDArray[Any]]:
    return {
        "metric_id": np.array([each.metric_id for each in points], np.int32),
        "step": np.array([each.step for each in points], np.int64),
        "value": np.array([each.value for each in points], np.float64),
        "time": np.array([each.t_us for each in points], np.int64).view("datetime64[us]"),
    }
