"""Compares the files of runs with the rows that name them, both ways.

What no row names goes, a day after it was written. What a row names and nobody has is told, and marked.

Why: decision 670.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

import structlog
from psycopg.rows import DictRow

from barograph.artifacts.direct_bucket import DirectBucket
from barograph.artifacts.staging import Staging
from barograph.artifacts.stores import ArtifactStore, KeptObject
from barograph.database.connections import ThreadConnection, open_connection
from barograph.database.queries import query
from barograph.database.roles import Role

# Somebody may have taken an older backup of the database by mistake.
ORPHAN_AFTER_S = 86_400
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class ArtifactSweeper:
    """What is compared.

    Attributes:
        direct: where clients send parts to a bucket by themselves.
    """

    database_url: str
    store: ArtifactStore
    staging: Staging
    direct: DirectBucket | None = None


def sweep_artifacts(sweeper: ArtifactSweeper) -> None:
    """Gives up uploads that nobody goes on with, removes orphans, and tells what is missing."""
    with open_connection(sweeper.database_url, Role.HOUSEKEEPING) as connection:
        abandoned = connection.execute(query("artifact.abandon")).fetchall()
        # Before the rows: whatever is there had its row by then.
        staged, kept = list(sweeper.staging.uploads()), list(sweeper.store.objects())
        rows = {row["public_id"]: row for row in connection.execute(query("artifact.kept"))}
        _remove_uploads(sweeper, staged, rows)
        _remove_orphans(sweeper, kept, rows)
        _note_missing(connection, sweeper, kept, rows)
    if sweeper.direct is not None:
        _give_up_parts(sweeper.direct, rows)
    if abandoned:
        log.info("uploads given up", count=len(abandoned))


def _remove_uploads(
    sweeper: ArtifactSweeper, staged: Iterable[KeptObject], rows: Mapping[UUID, DictRow]
) -> None:
    for each in staged:
        row = rows.get(each.artifact_id)
        if row is None or row["status"] != "uploading":
            sweeper.staging.remove(each.artifact_id)


def _remove_orphans(
    sweeper: ArtifactSweeper, kept: Iterable[KeptObject], rows: Mapping[UUID, DictRow]
) -> None:
    for each in kept:
        if each.artifact_id not in rows and each.written_s < time.time() - ORPHAN_AFTER_S:
            sweeper.store.remove(each.artifact_id)
            log.info("a file that no artifact names was removed", artifact=str(each.artifact_id))


def _give_up_parts(direct: DirectBucket, rows: Mapping[UUID, DictRow]) -> None:
    """Of uploads that no artifact is sent by; nobody sees them in the bucket, and they cost."""
    for each in direct.unfinished():
        row = rows.get(each.artifact_id)
        is_going_on = row is not None and (row["status"], row["multipart_id"]) == (
            "uploading",
            each.multipart_id,
        )
        if not is_going_on and each.begun_s < time.time() - ORPHAN_AFTER_S:
            direct.give_up(each.artifact_id, each.multipart_id)
            log.info("parts that no artifact is sent by were given up", artifact=str(each.artifact_id))


def _note_missing(
    connection: ThreadConnection,
    sweeper: ArtifactSweeper,
    kept: Iterable[KeptObject],
    rows: Mapping[UUID, DictRow],
) -> None:
    sizes = {each.artifact_id: each.size_bytes for each in kept}
    for artifact_id, row in rows.items():
        if row["status"] == "uploading":
            continue
        is_missing = sizes.get(artifact_id) != row["size_bytes"] and _is_missing(sweeper.store, row)
        if is_missing != row["is_missing"]:
            connection.execute(query("artifact.note_missing"), {"id": row["id"], "is_missing": is_missing})
        if is_missing:
            log.error("the file of an artifact is missing", artifact=str(artifact_id), name=row["name"])


def _is_missing(store: ArtifactStore, row: DictRow) -> bool:
    """Asked again: the store may have got it since it was listed."""
    found = store.find(row["public_id"])
    return found is None or found.size_bytes != row["size_bytes"]
