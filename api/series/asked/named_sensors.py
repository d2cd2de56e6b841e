"""Whose readings are asked for: sensors by id, or by key of a project, a run or a capture session."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from api.sensors.references import SensorReference

# A run may have more; then they are not named.
MAX_SENSORS = 100


@dataclass(frozen=True)
class SensorsByName:
    """The sensors of a question, as they are named.

    Attributes:
        sensors: ids or keys; none: all of the capture session or run.
        project: whose keys they are, where no capture session or run says it.
    """

    sensors: tuple[str, ...]
    project: UUID | None
    capture_session: UUID | None
    run: UUID | None


async def _named(
    sensor: Annotated[
        list[SensorReference],
        Query(
            max_length=MAX_SENSORS,
            description="Id, or key with `project`, `run` or `capture_session`. Repeat for several; may be "
            "left out with a capture session or a run, for all of its",
        ),
    ] = [],  # noqa: B006  # FastAPI copies defaults
    project: Annotated[UUID | None, Query(description="Whose sensors the keys name")] = None,
    capture_session: Annotated[
        UUID | None, Query(description="Readings of this capture session; from and to narrow them")
    ] = None,
    run: Annotated[
        UUID | None, Query(description="Readings of this run's capture sessions; from and to narrow them")
    ] = None,
) -> SensorsByName:
    return SensorsByName(tuple(sensor), project, capture_session, run)


AskedSensors = Annotated[SensorsByName, Depends(_named)]
