"""The ingest tokens that are valid in a project, as catalogs hold them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import DictRow, dict_row

from barograph.catalog.timeline import FOREVER_US
from barograph.database.queries import query
from barograph.times import to_us


@dataclass(frozen=True)
class CatalogToken:
    """The rights of an ingest token. `sensors` and `producers` are None where it is not limited."""

    id: UUID
    expires_at_us: int
    sensor_ids: frozenset[int] | None
    producers: tuple[str, ...] | None


def read_tokens(
    connection: psycopg.Connection[Any], project_id: int, before: Mapping[UUID, CatalogToken] | None
) -> dict[UUID, CatalogToken]:
    """Reads the tokens as the transaction sees them; a token that has not changed stays the same object."""
    known = before or {}
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query("catalog.tokens"), {"project_id": project_id}).fetchall()
    tokens = [_token(row) for row in rows]
    return {each.id: known[each.id] if known.get(each.id) == each else each for each in tokens}


def _token(row: DictRow) -> CatalogToken:
    return CatalogToken(
        id=row["id"],
        expires_at_us=FOREVER_US if row["expires_at"] is None else to_us(row["expires_at"]),
        sensor_ids=None if row["sensors"] is None else frozenset(row["sensors"]),
        producers=None if row["producers"] is None else tuple(row["producers"]),
    )
