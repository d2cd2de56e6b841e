"""Sensors as questions name them: by id, or by their key in a project.

No key has the form of an id, so a name is never both. Where it could be either, the id wins.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
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
MAX_FAULTS = 100


async def fetch_sensors(
    connection: Connection, project_id: int, references: Iterable[str]
) -> dict[str, DictRow]:
    """Sensors of a project by how they were named, with what `sensor.named` tells of them.

    Those that the project does not have are left out.
    """
    asked = set(references)
    ids = {each for each in asked if has_form_of_id(each)}
    if not asked:
        return {}
    parameters = {"project_id": project_id, "ids": list(ids), "keys": list(asked - ids)}
    rows = await fetch_rows(connection, "sensor.named", parameters)
    found = {name: row for row in rows for name in (row["key"], str(row["public_id"]))}
    return {each: found[canonical(each)] for each in asked if canonical(each) in found}


async def find_sensors(
    connection: Connection, project_id: int, references: Sequence[str]
) -> dict[str, DictRow]:
    """Finds the sensors that a query names, by how they were named and in this order.

    Raises:
        NotFound: the project has none that is called so.
    """
    found = await fetch_sensors(connection, project_id, references)
    for each in references:
        if each not in found:
            raise NotFound(f"there is no such sensor {each}")
    return {each: found[each] for each in references}


async def sensors_of_body(
    connection: Connection, project_id: int, named: Mapping[str, str]
) -> dict[str, DictRow]:
    """Finds the sensors that a body names, by the JSON pointer to each name.

    Args:
        named: by pointer, how the body names a sensor.

    Raises:
        Invalid: the project has none that is called so.
    """
    found = await fetch_sensors(connection, project_id, named.values())
    faults = sensor_faults(named, found)
    if faults:
        raise Invalid("the project does not have these sensors", faults[:MAX_FAULTS])
    return {pointer: found[each] for pointer, each in named.items()}


def sensor_faults(named: Mapping[str, str], found: Container[str]) -> list[FieldError]:
    """A fault for each sensor that a body names at a pointer, and that was not found."""
    return [
        FieldError(pointer, f"the project has no sensor {each}")
        for pointer, each in named.items()
        if each not in found
    ]


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
    if project_id is None:
        if keys:
            faults = [FieldError("/query/sensor", f"{key} is no id; name its project too") for key in keys]
            raise Invalid("a sensor's key goes with project, run or capture_session", faults)
        found = {}
    else:
        found = await find_sensors(connection, project_id, keys)
    named = [found[each]["public_id"] if each in found else UUID(each) for each in references]
    return tuple(dict.fromkeys(named))
