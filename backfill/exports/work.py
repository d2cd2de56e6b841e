"""Makes the file of one export, whole or not at all: written beside its place, synced, and then renamed.

A worker that is killed leaves what it wrote, and another begins anew, in a snapshot of its own.

Why: decision 541.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import structlog
from pydantic import BaseModel, ValidationError

from backfill.exports.file import ExportFile
from barograph.database.connections import ThreadConnection, open_connection
from barograph.database.failures import FailureKind, kind_of
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.database.standby import url_to_read
from barograph.errors import BarographError, Invalid, fault_text
from barograph.exports.kept_files import export_file, part_file
from barograph.exports.reading import ExportBlock, export_blocks, snapshot
from barograph.exports.scope import ExportScope
from barograph.plain_words import error_text

MAX_ATTEMPTS = 5
# Between two looks at the disk, and at whether it was cancelled.
LOOK_S = 0.5
_NOT_OURS = frozenset({FailureKind.AWAY, FailureKind.LOST, FailureKind.HELD, FailureKind.CROWDED})
log = structlog.stdlib.get_logger(__name__)


class ExportCancelled(Exception):
    """Somebody wants it no more."""


@dataclass(frozen=True)
class Exporter:
    """Makes the files of exports.

    Attributes:
        spare_bytes: left free on the disk.
        standby_url: of what is read, where it holds all within so many seconds.
    """

    database_url: str
    folder: Path
    spare_bytes: int
    standby_url: str | None = None
    standby_wait_s: float = 0.0

    def url_to_read(self, attempts: int) -> str:
        """The standby's at the first attempt: it may have to end an export that is in its way."""
        standby_url = self.standby_url if attempts == 1 else None
        return url_to_read(self.database_url, standby_url, self.standby_wait_s)


class TakenExport(BaseModel):
    """An export that this worker holds the lock of."""

    id: int
    public_id: UUID
    scope: ExportScope
    attempts: int


def work_on_exports(exporter: Exporter) -> None:
    """Takes the first export that nobody works on, and makes its file."""
    with open_connection(exporter.database_url, Role.EXPORT_JOBS) as connection:
        taken = _take(connection)
        if taken is not None:
            _work_on(connection, exporter, taken)


def remove_files(exporter: Exporter) -> None:
    """Removes files of exports that are gone, and what workers that died have left of others."""
    if not exporter.folder.exists():
        return
    present = list(exporter.folder.iterdir())
    with open_connection(exporter.database_url, Role.HOUSEKEEPING) as connection:
        kept = {row["id"]: row["sha256"] for row in connection.execute(query("export.keeping_files"))}
    for path in present:
        export_id, _, rest = path.name.partition(".")
        # Of one that is being made nobody knows yet which of its files are needed.
        if export_id not in kept or kept[export_id] not in {None, rest}:
            path.unlink(missing_ok=True)


def _take(connection: ThreadConnection) -> TakenExport | None:
    for waiting in connection.execute(query("export.waiting")).fetchall():
        locked = connection.execute(query("export.try_lock"), waiting).fetchone()
        if locked is None or not locked["is_ours"]:
            continue
        row = connection.execute(query("export.take"), waiting).fetchone()
        if row is None:
            connection.execute(query("export.unlock"), waiting)
            continue
        try:
            return TakenExport.model_validate(row)
        except ValidationError as error:  # asked for by a release that understood more, or less
            _fail(
                connection,
                waiting["id"],
                f"what it holds is not understood: {fault_text(error.errors()[0]['msg'])}",
            )
    return None


def _work_on(connection: ThreadConnection, exporter: Exporter, taken: TakenExport) -> None:
    try:
        if taken.attempts > MAX_ATTEMPTS:
            raise Invalid(f"{MAX_ATTEMPTS} workers ended while they made it")
        _make(connection, exporter, taken)
    except ExportCancelled:
        log.info("export cancelled", id=str(taken.public_id))
    except BarographError as error:
        _fail(connection, taken.id, error.detail)
    except OSError as error:
        _fail(connection, taken.id, f"the file can't be written: {error.strerror or error}")
    except psycopg.Error as error:
        if kind_of(error) is FailureKind.OVERTAKEN:
            log.warning("the standby has ended an export; the next attempt reads elsewhere")
            return
        if kind_of(error) not in _NOT_OURS:
            _fail(connection, taken.id, f"the database refuses to be read: {error}")
            return
        log.warning("an export was broken off; it will be taken up again", error=error_text(error))
        if not connection.closed:
            connection.execute(query("export.give_back_attempt"), {"id": taken.id})


def _make(connection: ThreadConnection, exporter: Exporter, taken: TakenExport) -> None:
    file = ExportFile(part_file(exporter.folder, taken.public_id, taken.attempts))
    with (
        file,
        snapshot(exporter.url_to_read(taken.attempts), transaction_s=None) as reading,
        closing(export_blocks(reading, taken.scope)) as blocks,
    ):
        for block in _watched(connection, exporter, taken, file, blocks):
            file.write(block.content)
        file.keep(export_file(exporter.folder, taken.public_id, file.digest.hex()))
        rows_done = file.rows_done
    parameters = {
        "id": taken.id,
        "rows_done": rows_done,
        "size_bytes": file.size_bytes,
        "sha256": file.digest,
    }
    connection.execute(query("export.finish"), parameters)
    log.info("export finished", id=str(taken.public_id), rows=rows_done, size_bytes=file.size_bytes)


def _watched(
    connection: ThreadConnection,
    exporter: Exporter,
    taken: TakenExport,
    file: ExportFile,
    blocks: Iterator[ExportBlock],
) -> Iterator[ExportBlock]:
    """The blocks; now and then it is told how far they are, and looked whether there is room for more.

    Raises:
        ExportCancelled: nobody wants more.
        Invalid: there is no room.
    """
    looked_s = -LOOK_S
    for block in blocks:
        if time.monotonic() - looked_s >= LOOK_S:
            looked_s = time.monotonic()
            _check_room(exporter)
            progress = {"id": taken.id, "rows_done": file.rows_done, "size_bytes": file.size_bytes}
            if connection.execute(query("export.advance"), progress).fetchone() is None:
                raise ExportCancelled
        yield block
        file.rows_done = block.rows_done


def _check_room(exporter: Exporter) -> None:
    free_bytes = shutil.disk_usage(exporter.folder).free
    if free_bytes < exporter.spare_bytes:
        raise Invalid(
            f"the disk is full: {free_bytes:,} bytes are free, of which {exporter.spare_bytes:,} are kept "
            "for others"
        )


def _fail(connection: ThreadConnection, export_id: int, failure: str) -> None:
    connection.execute(query("export.fail"), {"id": export_id, "failure": failure})
    log.warning("export failed", export_id=export_id, failure=failure)
