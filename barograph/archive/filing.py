"""Moves old readings of one project and chunk, rows and blocks, into a file.

parts that late readings fell into, back to the database ─▶ readings, sensor by sensor ─▶ proven? ─▶ a staged
file, read back ─▶ durable on the shelf ─▶ the file and its parts noted, its readings deleted ─▶ COMMIT

All of it is one REPEATABLE READ transaction. It deletes what it has read, or fails: a reading that comes
meanwhile is not in its snapshot, and one that is rewritten meanwhile ends it. A file without a row in
`archive_file` is nothing, whenever the work breaks off.

Why: decision 1010.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.rows import DictRow

from barograph.archive.derivation import ArchivedProfile, Derivation
from barograph.archive.layout import ArchivedFile, ArchivedSensor, ArchiveWriter, FiledPart
from barograph.archive.shelf import Shelf
from barograph.archive.thawing import thaw_parts
from barograph.database.copy_format import ReadingColumns
from barograph.database.queries import query
from barograph.database.rows import fetch_row, fetch_rows
from barograph.files.durable_files import make_folder
from barograph.times import format_time, from_us

# A file is begun anew once it holds so many: a transaction must end some time.
MAX_FILE_READINGS = 50_000_000
PAGE_ROWS = 131_072


class RowsDiffer(Exception):
    """The database did not delete as many readings as were read. Nothing is changed."""


@dataclass(frozen=True)
class FiledChunk:
    """A file that is kept now."""

    name: str
    sensors: int
    readings: int
    size_bytes: int


@dataclass(frozen=True)
class ChunkToFile:
    """A project's readings of some sensors in a chunk `[start, end)`.

    Attributes:
        sensor_ids: int32[s], ascending.
    """

    project_id: int
    start: datetime
    end: datetime
    sensor_ids: NDArray[np.int32]

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of statements."""
        return {
            "project_id": self.project_id,
            "sensor_ids": self.sensor_ids,
            "from": self.start,
            "to": self.end,
        }


def file_chunk(
    connection: psycopg.Connection[Any], shelf: Shelf, staging: Path, chunk: ChunkToFile
) -> FiledChunk | None:
    """Files as many of the sensors as one file may hold; None if they have no readings there.

    Args:
        connection: REPEATABLE READ, in no transaction.
        staging: a folder for the file until it is whole.
    """
    name = f"{chunk.start:%Y/%m/%d}/{uuid4()}.parquet"
    make_folder(staging)
    staged = staging / name.rpartition("/")[2]
    try:
        with connection.transaction():
            connection.execute(query("recalibration_reading.read_by_index"))
            _take_parts_back(connection, shelf, chunk)
            parts = _write(connection, staged, chunk)
            if not parts:
                return None
            return _switch(connection, shelf, staged, name, chunk, parts)
    finally:
        staged.unlink(missing_ok=True)


def _take_parts_back(connection: psycopg.Connection[Any], shelf: Shelf, chunk: ChunkToFile) -> None:
    """A sensor has one part in a chunk: late readings go into a new file together with the older ones."""
    parts = fetch_rows(connection, query("archive.parts_within"), chunk.parameters)
    for file_id in dict.fromkeys(part["file_id"] for part in parts):
        thaw_parts(connection, shelf, [part for part in parts if part["file_id"] == file_id])


def _write(connection: psycopg.Connection[Any], staged: Path, chunk: ChunkToFile) -> Sequence[FiledPart]:
    described = fetch_rows(connection, query("archive.described_sensors"), chunk.parameters)
    sensors = {row["sensor_id"]: _sensor(row) for row in described}
    rows = fetch_rows(connection, query("archive.described_profiles"), chunk.parameters)
    profiles = {row["profile_id"]: ArchivedProfile(**row) for row in rows}
    if not sensors:
        return ()
    said = {
        "project": described[0]["project"],
        "from": format_time(chunk.start),
        "to": format_time(chunk.end),
    }
    derivation = Derivation(profiles)
    with ArchiveWriter(staged, said, sensors, profiles) as writer:
        for sensor_id in sensors:
            if writer.readings >= MAX_FILE_READINGS:
                break
            # Read twice, unless they are few: whether all values are derived is known at their end.
            pages = _pages(connection, chunk, sensor_id)
            ahead = [page for _, page in zip(range(2), pages, strict=False)]
            if not ahead:
                continue
            is_few = len(ahead) < 2
            rest = iter(()) if is_few else _pages(connection, chunk, sensor_id)
            is_derived = all(map(derivation.gives, ahead if is_few else rest))
            writer.write(
                sensor_id, ahead if is_few else _pages(connection, chunk, sensor_id), is_derived=is_derived
            )
    return writer.parts


def _switch(
    connection: psycopg.Connection[Any],
    shelf: Shelf,
    staged: Path,
    name: str,
    chunk: ChunkToFile,
    parts: Sequence[FiledPart],
) -> FiledChunk:
    with staged.open("rb") as source:
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
        ArchivedFile(source).check()
    size_bytes, readings = staged.stat().st_size, sum(part.readings for part in parts)
    shelf.keep(name, staged)
    noted = {"name": name, "readings": readings, "size_bytes": size_bytes, "sha256": sha256}
    file_id = fetch_row(connection, query("archive.add_file"), chunk.parameters | noted)["id"]
    columns = {
        "sensor_ids": np.array([part.sensor_id for part in parts], np.int32),
        "first_us": np.array([part.first_us for part in parts], np.int64),
        "last_us": np.array([part.last_us for part in parts], np.int64),
        "readings": np.array([part.readings for part in parts], np.int64),
    }
    connection.execute(query("archive.add_parts"), columns | {"file_id": file_id})
    own = chunk.parameters | {"sensor_ids": columns["sensor_ids"]}
    deleted = connection.execute(query("archive.take_rows"), own, prepare=False).rowcount
    deleted += fetch_row(connection, query("block.delete"), own, prepare=False)["readings"]
    if deleted != readings:
        raise RowsDiffer(f"{readings:,} readings were written, and {deleted:,} deleted")
    connection.execute(query("archive.wait_for_readers"))
    return FiledChunk(name, len(parts), readings, size_bytes)


def _pages(
    connection: psycopg.Connection[Any], chunk: ChunkToFile, sensor_id: int
) -> Iterator[ReadingColumns]:
    start = chunk.start
    while True:
        asked = {"sensor_id": sensor_id, "from": start, "to": chunk.end, "rows": PAGE_ROWS}
        row = fetch_row(connection, query("archive.rows"), asked, prepare=False, binary=True)
        if row["t_us"] is None:
            return
        page = _ordered(ReadingColumns.of_page(row, sensor_id))
        yield page
        if page.t_us.size < PAGE_ROWS:
            return
        start = from_us(int(page.t_us[-1]) + 1)


def _ordered(page: ReadingColumns) -> ReadingColumns:
    if (np.diff(page.t_us) > 0).all():
        return page
    return page.take(np.lexsort((page.flags, page.profile_id, page.physical, page.raw, page.t_us)))


def _sensor(row: DictRow) -> ArchivedSensor:
    return ArchivedSensor(**{name: row[name] for name in ArchivedSensor.__dataclass_fields__})
