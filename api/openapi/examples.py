"""Examples of whole bodies, composed from the examples of their fields.

A field says its own by `examples`; one that doesn't is shown by its default, its first choice, or what
its type allows. So every example fits its schema, and no body is written out twice.
"""

from collections.abc import Mapping
from typing import Any

_PREFIX = "#/components/schemas/"
_UUID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
_TIME = "2026-01-31T12:00:00.000000Z"
_OF_FORMAT = {"uuid": _UUID, "date-time": _TIME, "email": "ada@example.org", "uri": "https://example.org"}


def compose(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:  # noqa: ANN401  # any JSON
    """An instance of a JSON schema.

    Args:
        schema: what to show.
        schemas: the document's `components.schemas`, which references lead to.
    """
    if "$ref" in schema:
        return compose(schemas[schema["$ref"].removeprefix(_PREFIX)], schemas)
    for said in ("examples", "enum"):
        if schema.get(said):
            return schema[said][0]
    for said in ("const", "default"):
        if said in schema and schema[said] is not None:
            return schema[said]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return compose(_first_not_null(schema[choice]), schemas)
    return _of_type(schema, schemas)


def _of_type(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:  # noqa: ANN401  # any JSON
    match schema.get("type"):
        case "object":
            properties: dict[str, Any] = schema.get("properties", {})
            return {name: compose(field, schemas) for name, field in properties.items()}
        case "array":
            return [compose(schema.get("items", {}), schemas)]
        case "string":
            return _OF_FORMAT.get(schema.get("format", ""), "text")
        case "integer":
            return int(schema.get("minimum", 1))
        case "number":
            return float(schema.get("minimum", 1.5))
        case "boolean":
            return False
        case _:
            return None


def _first_not_null(choices: list[dict[str, Any]]) -> dict[str, Any]:
    return next((choice for choice in choices if choice.get("type") != "null"), choices[0])
