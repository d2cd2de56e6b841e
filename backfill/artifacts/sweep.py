"""Compares the files of runs with the rows that name them, both ways.

What was deleted here goes, and so does what is damaged. What a row names and nobody has is told, and marked.
What no row ever named stays: it may be another installation's, or newer than a backup that was restored.

Why: decision 670.
"""

import time
from collections.abc import Container, Iterable, Mapping
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

# Parts are begun a moment before their row says so.
PARTS_AFTER_S = 86_400
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class ArtifactSweeper:
    """Compares the files of a store with the rows that name them.

    Attributes:
        direct: where clients send parts to a bucket by themselves.
    """

    database_url: str
    store: ArtifactStore
    staging: Staging
    direct: DirectBucket | None = None


def sweep_artifacts(sweeper: ArtifactSweeper) -> None:
    """Gives up uploads that nobody goes on with, removes what was deleted, and tells what is missing."""
    with open_connection(sweeper.database_url, Role.HOUSEKEEPING) as connection, connection.transaction():
        abandoned = connection.execute(query("artifact.abandon")).fetchall()
        # Before the rows: whatever is there had its row by then.
        staged, kept = list(sweeper.staging.uploads()), list(sweeper.store.objects())
        rows = {row["public_id"]: row for row in connection.execute(query("artifact.kept"))}
        unwanted = {row["public_id"] for row in connection.execute(query("artifact.unwanted"))}
        _remove_uploads(sweeper, staged, rows)
        _remove_unwanted(sweeper.store, kept, unwanted)
        _tell_of_strangers(kept, rows.keys() | unwanted)
        _note_missing(connection, sweeper, kept, rows)
        connection.execute(query("artifact.forget_removals"))
    if sweeper.direct is not None:
        _give_up_parts(sweeper.direct, rows, unwanted)
    if abandoned:
        log.info("uploads given up", count=len(abandoned))


def _remove_uploads(
    sweeper: ArtifactSweeper, staged: Iterable[KeptObject], rows: Mapping[UUID, DictRow]
) -> None:
    for each in staged:
        row = rows.get(each.artifact_id)
        if row is None or row["status"] != "uploading":
            sweeper.staging.remove(each.artifact_id)


def _remove_unwanted(store: ArtifactStore, kept: Iterable[KeptObject], unwanted: Container[UUID]) -> None:
    for each in kept:
        if each.artifact_id in unwanted:
            store.remove(each.artifact_id)
            log.info("the file of a deleted artifact was removed", artifact=str(each.artifact_id))


def _tell_of_strangers(kept: Iterable[KeptObject], known: Container[UUID]) -> None:
    strangers = [str(each.artifact_id) for each in kept if each.artifact_id not in known]
    if strangers:
        log.info("files that no artifact names", count=len(strangers), one=strangers[0])


def _give_up_parts(direct: DirectBucket, rows: Mapping[UUID, DictRow], unwanted: Container[UUID]) -> None:
    """Removes the parts of uploads that have ended; nobody sees them in the bucket, and they cost."""
    for each in direct.unfinished():
        row = rows.get(each.artifact_id)
        is_ours = row is not None or each.artifact_id in unwanted
        is_going_on = row is not None and (row["status"], row["multipart_id"]) == (
            "uploading",
            each.multipart_id,
        )
        if is_ours and not is_going_on and each.begun_s < time.time() - PARTS_AFTER_S:
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
