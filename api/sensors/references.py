"""Sensors as questions name them: by id, or by their key in a project.

No key has the form of an id, so a name is never both. Where it could be either, the id wins.
"""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from psycopg.rows import DictRow
from pydantic import StringConstraints, WithJsonSchema

from api.edge.statements import fetch_rows
from barograph.catalog.references import canonical, has_form_of_id
from barograph.database.connections import Connection
from barograph.errors import FieldError, Invalid, NotFound

SensorReference = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "uuid"},
                {"type": "string", "minLength": 1, "maxLength": 500},
            ]
        }
    ),
]
"""A sensor's id, or its key."""


async def sensor_ids_of(
    connection: Connection, project_id: int | None, references: Sequence[str]
) -> tuple[UUID, ...]:
    """The public ids, once each, in this order. Ids are not looked up.

    Args:
        project_id: the project whose keys they may be, which the caller may see; None: it is not known.

    Raises:
        Invalid: a key is named without a project.
        NotFound: the project has no sensor of a key.
    """
    keys = [each for each in references if not has_form_of_id(each)]
    if keys and project_id is None:
        faults = [FieldError("/query/sensor", f"{key} is no id; name its project too") for key in keys]
        raise Invalid("a sensor's key goes with project, run or capture_session", faults)
    asked = {"project_id": project_id, "keys": keys}
    rows = await fetch_rows(connection, "sensor.ids_of_keys", asked) if keys else []
    found = {row["key"]: row["public_id"] for row in rows}
    for key in keys:
        if key not in found:
            raise NotFound(f"there is no such sensor {key}")
    named = [found[each] if each in found else UUID(each) for each in references]
    return tuple(dict.fromkeys(named))


async def find_sensors(
    connection: Connection, project_id: int, references: Sequence[str]
) -> dict[str, DictRow]:
    """The `id`, `public_id` and `key` of sensors of a project, by how they were named.

    Raises:
        NotFound: the project has none that is called so.
    """
    if not references:
        return {}
    ids = [each for each in references if has_form_of_id(each)]
    asked = {"project_id": project_id, "ids": ids, "keys": [each for each in references if each not in ids]}
    rows = await fetch_rows(connection, "sensor.named", asked)
    found = {row[name]: row for row in rows for name in ("key", "public_id")}
    for each in references:
        if canonical(each) not in found:
            raise NotFound(f"there is no such sensor {each}")
    return {each: found[canonical(each)] for each in references}
