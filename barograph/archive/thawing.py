"""Makes archived readings rows again, for what rewrites rows: a recalibration, an undo, an operator.

a file's parts, locked ─▶ read ─▶ COPY into `reading` ─▶ the parts are gone, all in one transaction

The file stays for a while: snapshots and backups may still name it. Readings are the same before and after,
so nothing that is derived from them changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.rows import DictRow

from barograph.archive.layout import ArchivedFile, FileDamaged
from barograph.archive.shelf import ArchiveUnreadable, Shelf
from barograph.database.block_format import copy_readings, encode_readings
from barograph.database.queries import query
from barograph.database.reading_storage import stores_blocks
from barograph.database.rows import fetch_rows
from barograph.times import from_us, to_us


class StillArchived(Exception):
    """Readings that are to be rewritten lie in the archive. Once they are thawed, the work can begin again.

    Attributes:
        sensor_ids: int32[n].
    """

    def __init__(self, sensor_ids: NDArray[np.int32], start: datetime, end: datetime) -> None:
        super().__init__(f"readings from {start} to {end} lie in the archive")
        self.sensor_ids, self.start, self.end = sensor_ids, start, end


@dataclass(frozen=True)
class Thawed:
    """The readings that became rows again."""

    files: int
    readings: int


def require_rows(
    connection: psycopg.Connection[Any],
    sensor_ids: NDArray[np.int32] | Sequence[int],
    from_us_: int,
    to_us_: int,
) -> None:
    """Requires that the readings in `[from_us_, to_us_)` that a transaction of one snapshot sees are rows.

    Raises:
        StillArchived: some is not.
    """
    own = np.unique(np.asarray(sensor_ids, np.int32))
    asked = {
        "sensor_ids": own,
        "from_us": np.full(own.size, from_us_, np.int64),
        "to_us": np.full(own.size, to_us_, np.int64),
    }
    parts = fetch_rows(connection, query("archive.parts"), asked)
    if parts:
        archived = np.unique([part["sensor_id"] for part in parts]).astype(np.int32)
        raise StillArchived(archived, from_us(from_us_), from_us(to_us_))


def thaw(
    connection: psycopg.Connection[Any],
    shelf: Shelf,
    sensor_ids: NDArray[np.int32] | Sequence[int],
    start: datetime,
    end: datetime,
) -> Thawed:
    """Whole parts of these sensors that meet `[start, end)`, file by file.

    Args:
        connection: in no transaction.

    Raises:
        ArchiveUnreadable: a file is not there, or damaged. What was thawed before stays so.
    """
    asked = {"sensor_ids": np.asarray(sensor_ids, np.int32), "from": start, "to": end}
    files = readings = 0
    while True:
        with connection.transaction():
            parts = fetch_rows(connection, query("archive.parts_within"), asked)
            own = [part for part in parts if part["file_id"] == parts[0]["file_id"]]
            readings += thaw_parts(connection, shelf, own)
        if not own:
            return Thawed(files, readings)
        files += 1


def thaw_parts(connection: psycopg.Connection[Any], shelf: Shelf, parts: Sequence[DictRow]) -> int:
    """Parts of one file that this transaction has locked.

    Raises:
        ArchiveUnreadable: the file is not there, or damaged.
    """
    if not parts:
        return 0
    name: str = parts[0]["name"]
    with shelf.open(name) as source:
        try:
            file = ArchivedFile(source)
            return sum(_thaw_part(connection, file, part) for part in parts)
        except (FileDamaged, OSError) as error:
            raise ArchiveUnreadable.of(name, error) from error


def _thaw_part(connection: psycopg.Connection[Any], file: ArchivedFile, part: DictRow) -> int:
    first_us, last_us = to_us(part["first_time"]), to_us(part["last_time"])
    file.expect(part["sensor_id"], part["readings"], first_us, last_us)
    readings = 0
    for page in file.read(part["sensor_id"], first_us, last_us + 1):
        copy_readings(connection, encode_readings(page, in_blocks=stores_blocks(connection)))
        readings += page.t_us.size
    if readings != part["readings"]:
        raise FileDamaged(
            f"of sensor {part['sensor_id']} it has {readings:,} readings, not {part['readings']:,}"
        )
    connection.execute(query("archive.release_part"), part)
    return readings
