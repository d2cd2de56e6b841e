"""What tests of the archive share: an archivist, and what there is of readings, wherever they lie."""

from pathlib import Path
from typing import Any, LiteralString, cast

import numpy as np
import psycopg
from psycopg.rows import tuple_row

from backfill.archive.work import Archivist
from backfill.jobs.row_claims import Pool
from barograph.archive.shelf import SHELVES, Shelf
from barograph.archive.statements import with_archived_sync
from barograph.archive.thawing import thaw
from barograph.catalog.catalog import CatalogCache
from barograph.database.connections import open_connection
from barograph.database.roles import Role
from barograph.database.schema.program_roles import ProgramRole
from barograph.times import DAY_US, from_us, now_us
from tests.backfill.rollups.expected import work_everything_off
from tests.ingest.database import ask
from tests.programs import url_of
from tests.seed import Project, seed_project

TODAY_US = now_us() // DAY_US * DAY_US


def make_archivist(
    database_url: str,
    folder: Path,
    cache: CatalogCache,
    *,
    shelf: Shelf | None = None,
    rest_s: float = 0,
    after_days: int | None = 1,
) -> Archivist:
    """One as the worker has it, which files all that is a day old."""
    folder.mkdir(exist_ok=True)
    (folder / "staged").mkdir(exist_ok=True)
    SHELVES.use_this(shelf or Shelf(str(folder / "kept")))
    return Archivist(
        url_of(ProgramRole.WORKER, database_url),
        cache,
        SHELVES.current,
        folder / "staged",
        after_days=after_days,
        keep_days=1,
        rest_s=rest_s,
    )


class Filing:
    """Files what is old, and takes it back; or neither, where rows are to stay rows."""

    def __init__(self, archivist: Archivist | None, database_url: str, pool: Pool) -> None:
        self._archivist, self._database_url, self._pool = archivist, database_url, pool

    def file(self) -> None:
        """All that may be filed."""
        if self._archivist is not None:
            work_everything_off(self._pool)
            self._archivist.work()
            assert held(self._database_url) > 0

    def take_back(self, project: Project) -> None:
        """Makes rows of everything."""
        with open_connection(url_of(ProgramRole.WORKER, self._database_url), Role.ARCHIVE) as connection:
            thaw(connection, SHELVES.current, np.array(project.sensor_ids), from_us(0), from_us(now_us()))


def rows(database_url: str, project: Project) -> list[tuple[Any, ...]]:
    """Readings that the database holds, as rows and in blocks."""
    return _read(database_url, project, "any_reading")


def everything(database_url: str, project: Project) -> list[tuple[Any, ...]]:
    """Readings wherever they lie, as a question of the worker sees them."""
    with (
        open_connection(url_of(ProgramRole.WORKER, database_url), Role.ARCHIVE) as connection,
        connection.transaction(),
    ):
        about = {
            "sensor_ids": np.array(project.sensor_ids, np.int32),
            "from": from_us(0),
            "to": from_us(now_us() + DAY_US),
        }
        statement = with_archived_sync(connection, "archive.rows", {}, about)
        # As `any_reading`, into which the worker may not look.
        sources = [
            "select time, raw, physical, sensor_id, profile_id, flags from reading",
            (
                "select unnest(time), unnest(raw), unnest(physical), sensor_id, profile_id, unnest(flags)"
                " from reading_block"
            ),
        ]
        if "archived_reading" in statement:
            sources.append(sources[0].replace("reading", "pg_temp.archived_reading"))
        return _of(connection, project, f"({' union all '.join(sources)}) as whole")


def note_a_part(database_url: str) -> None:
    """Has the database believe that a reading lies in a file."""
    (sensor_id,) = seed_project(database_url, 1).sensor_ids
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "with file as (insert into archive_file"
            " (name, range_start, range_end, readings, size_bytes, sha256)"
            " values ('none', 'epoch', now(), 1, 1, '') returning id)"
            " insert into archive_part select id, %s, 'epoch', 'epoch', 1 from file",
            [sensor_id],
        )


def held(database_url: str) -> int:
    """How many readings lie in the archive."""
    ((readings,),) = ask(
        database_url, "select coalesce(sum(readings), 0)::int8 from archive_part where gone_at is null"
    )
    return readings


def chunk_bytes(database_url: str) -> list[int]:
    """What rows, columns and blocks of each day take, the oldest first."""
    found = ask(
        database_url,
        "select sum(table_bytes)::int8 from timescaledb_information.chunks join ("
        " select * from chunks_detailed_size('reading')"
        " union all select * from chunks_detailed_size('reading_block')"
        ") as size using (chunk_schema, chunk_name) group by range_start order by range_start",
    )
    return [size for (size,) in found]


def _read(database_url: str, project: Project, source: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database_url) as connection:
        return _of(connection, project, source)


def _of(connection: psycopg.Connection[Any], project: Project, source: str) -> list[tuple[Any, ...]]:
    cursor = psycopg.Cursor(connection, row_factory=tuple_row)
    statement = (
        "select sensor_id, time, float8send(raw), float8send(physical), profile_id, nullif(flags, 0)"  # noqa: S608  # the test's own words
        f" from {source} where sensor_id = any(%s)"
        " order by 1, 2, 3, 4, 5, 6"
    )
    return cursor.execute(cast("LiteralString", statement), (list(project.sensor_ids),)).fetchall()
