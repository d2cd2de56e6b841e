"""Bound producers and their frames, made without a process in between."""

from collections.abc import Sequence

import numpy as np
import psycopg

from barograph.database.queries import query
from barograph.readings.storing.producer_ledger import ProducerId
from barograph.times import now_us
from ingest.commits.batch import SeenSensors
from ingest.messages.frames import IdempotencyKey, ReceivedFrame, Source
from tests.seed import Project


def bind_source(database_url: str, project: Project, producer: str = "rig/daq") -> Source:
    """A stream of all sensors of the project, bound as the edges do it."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            query("producer.bind"),
            {
                "project_id": project.id,
                "name": producer,
                "resume_at": None,
                "lineage": project.token_id,
                "is_named": False,
                "is_unlimited": True,
                "token_id": project.token_id,
                "agent": None,
                "sensor_count": len(project.keys),
            },
        ).fetchone()
    assert row is not None
    return Source(
        project.id,
        project.token_id,
        project.keys,
        lambda _: None,
        producer_id=ProducerId(row[0], row[1]),
        epoch=row[2],
    )


def make_frame(
    source: Source,
    seq: int,
    value: Sequence[float],
    *,
    t_us: Sequence[int] | None = None,
    channel: Sequence[int] | None = None,
) -> ReceivedFrame:
    """A frame whose readings are a millisecond apart and of the first sensor, unless it says otherwise."""
    n, now = len(value), now_us()
    times = [now + 1000 * (i - n) for i in range(n)] if t_us is None else t_us
    return ReceivedFrame(
        source,
        seq,
        np.array([0] * n if channel is None else channel, np.int32),
        np.array(times, np.int64),
        np.array(value, np.float64),
        size_bytes=20 * n + 64,
        received_us=now,
    )


def keyed_source(project: Project, key: str) -> Source:
    """A request of all sensors of the project, that names an Idempotency-Key."""
    return Source(
        project.id,
        project.token_id,
        project.keys,
        lambda _: None,
        key=IdempotencyKey(project.token_id, key, b"hash"),
    )


def by_public_id(seen: SeenSensors) -> dict[str, int]:
    """The time of each sensor's latest reading."""
    slots: list[int] = seen.slot.tolist()
    return {seen.public_ids[slot]: at for slot, at in zip(slots, seen.latest_us.tolist(), strict=True)}
