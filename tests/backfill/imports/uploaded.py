"""Imports as the API leaves them: a row that runs, and its file."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from backfill.imports.work import Importer
from barograph.tables.files.import_files import file_of
from barograph.tables.mapping import TableMapping
from tests.seed import Project

LONG_CSV = {"format": "csv", "csv": {}, "time": {"column": "time"}, "sensor": "sensor", "value": "value"}


@dataclass(frozen=True)
class Import:
    """A row, and where to ask for it."""

    database_url: str
    id: int
    public_id: str
    path: Path

    def row(self) -> dict[str, Any]:
        with (
            psycopg.connect(self.database_url) as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            row = cursor.execute("select * from import where id = %s", (self.id,)).fetchone()
        assert row is not None
        return row

    def set(self, status: str) -> None:
        with psycopg.connect(self.database_url) as connection:
            connection.execute("update import set status = %s where id = %s", (status, self.id))


class OwnedImporter(Importer):
    """A worker's importer, with the address at which tests make what it works on."""

    owner_url = ""


def started(
    importer: OwnedImporter,
    project: Project,
    content: bytes,
    how: dict[str, Any] | None = None,
    factors: dict[str, Sequence[float]] | None = None,
    batch_rows: int = 50_000,
) -> Import:
    """An import of this file, ready to be worked on."""
    importer.folder.mkdir(exist_ok=True)
    described = TableMapping.model_validate(how or LONG_CSV).model_dump(mode="json")
    with psycopg.connect(importer.owner_url) as connection:
        row = connection.execute(
            "insert into import (project_id, file_name, size_bytes, received_bytes, status, how, factors,"
            " batch_rows, sha256) values (%s, 'file', %s, %s, 'running', %s, %s, %s, %s)"
            " returning id, public_id",
            (
                project.id,
                len(content),
                len(content),
                Jsonb(described),
                Jsonb(factors or {}),
                batch_rows,
                hashlib.sha256(content).digest(),
            ),
        ).fetchone()
    assert row is not None
    path = file_of(importer.folder, row[1])
    path.write_bytes(content)
    return Import(importer.owner_url, row[0], str(row[1]), path)


def fetched(database_url: str, statement: LiteralString) -> list[tuple[Any, ...]]:
    """All rows of a statement."""
    with psycopg.connect(database_url) as connection:
        return connection.execute(statement).fetchall()
