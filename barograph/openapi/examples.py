"""Examples of whole bodies, composed from the examples of their fields.

A field says its own by `examples`; one that doesn't is shown by its default, its first choice, or what
its type allows. So every example fits its schema, and no body is written out twice.

What clients send is shown shorter: `/docs` fills forms with it, and people send it as it is. A field that may
be left out is left out unless it says an example, so that nobody limits or ends what they make by accident.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

_PREFIX = "#/components/schemas/"
_UUID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
_TIME = "2026-01-31T12:00:00.000000Z"
_OF_FORMAT = {"uuid": _UUID, "date-time": _TIME, "email": "ada@example.org", "uri": "https://example.org"}


def compose(schema: Schema, schemas: Schema) -> Any:  # noqa: ANN401  # any JSON
    """An instance of a JSON schema, with all that it may hold.

    Args:
        schema: what to show.
        schemas: the document's `components.schemas`, which references lead to.
    """
    return _compose(schema, schemas, _every_field)


def compose_request(schema: Schema, schemas: Schema) -> Any:  # noqa: ANN401  # any JSON
    """The same of what clients send: with what it must hold, and what says an example."""
    return _compose(schema, schemas, _fields_worth_sending)


_Choice: TypeAlias = Callable[[Schema], Schema]


def _every_field(schema: Schema) -> Schema:
    return schema.get("properties", {})


def _fields_worth_sending(schema: Schema) -> Schema:
    required: list[str] = schema.get("required", [])
    return {
        name: field for name, field in _every_field(schema).items() if name in required or "examples" in field
    }


def _compose(schema: Schema, schemas: Schema, choose: _Choice) -> Any:  # noqa: ANN401  # any JSON
    for said in ("examples", "enum"):
        if schema.get(said):
            return schema[said][0]
    if "$ref" in schema:
        return _compose(schemas[schema["$ref"].removeprefix(_PREFIX)], schemas, choose)
    for said in ("const", "default"):
        if said in schema and schema[said] is not None:
            return schema[said]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _compose(_first_not_null(schema[choice]), schemas, choose)
    return _of_type(schema, schemas, choose)


def _of_type(schema: Schema, schemas: Schema, choose: _Choice) -> Any:  # noqa: ANN401  # any JSON
    match schema.get("type"):
        case "object":
            return {name: _compose(field, schemas, choose) for name, field in choose(schema).items()}
        case "array":
            return [_compose(schema.get("items", {}), schemas, choose)]
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
