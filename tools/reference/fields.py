"""A payload's JSON Schema as a table for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from conversion.canonical import canonical_json

Schema = Mapping[str, Any]


def table(schema: Schema) -> str:
    """A Markdown table of the fields that `schema`, an object's, knows."""
    rows = [f"| {name} | {type_} | {default} | {text} |" for name, type_, default, text in _rows(schema)]
    table = "\n".join(["| field | type | default | meaning |", "|---|---|---|---|", *rows])
    return table + _alternatives(schema)


def _alternatives(schema: Schema) -> str:
    """Says which fields exclude each other, where the schema does."""
    groups = [" and ".join(f"`{name}`" for name in each.get("required", ())) for each in _choices(schema)]
    return f"\n\nEither {', or '.join(groups)}." if groups else ""


def _rows(schema: Schema, inside: str = "") -> Iterator[tuple[str, str, str, str]]:
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        text = field.get("description", "").replace("|", "\\|").replace("\n", " ")
        yield f"`{inside}{name}`", type_of(field), _default(field, is_required=name in required), text
        yield from _inner_rows(field, f"{inside}{name}.")


def _inner_rows(field: Schema, inside: str) -> Iterator[tuple[str, str, str, str]]:
    """The fields of the object that a field holds, or of the objects in its list."""
    for part in (field, field.get("items", {}), *_choices(field)):
        if part.get("properties"):
            yield from _rows(part, inside)


def type_of(schema: Schema) -> str:
    """The type in a few words."""
    if choices := _choices(schema):
        return " or ".join(dict.fromkeys(type_of(choice) for choice in choices))
    if "enum" in schema:
        return ", ".join(f"`{_json(option)}`" for option in schema["enum"])
    if "const" in schema:
        return f"`{_json(schema['const'])}`"
    match schema.get("type"):
        case "array":
            return f"{_count(schema)} {_plural(schema.get('items', {}))}"
        case "object" if schema.get("additionalProperties"):
            return f"object of {_plural(schema['additionalProperties'])}"
        case "number" | "integer" | "boolean" | "string" | "object" as name:
            return _NAMES[name] + _bounds(schema)
        case _:
            return "any"


_NAMES = {
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "string": "text",
    "object": "object",
}


def _plural(item: Schema) -> str:
    """Several of `item`."""
    if item.get("type") == "array" and item.get("minItems") == item.get("maxItems") == 2:
        return f"pairs of {_plural(item.get('items', {}))}"
    if item.get("type") == "array":
        return f"lists of {_count(item)} {_plural(item.get('items', {}))}"
    return f"{_NAMES.get(item.get('type', ''), 'value')}s{_bounds(item)}"


def _count(schema: Schema) -> str:
    min_items, max_items = schema.get("minItems", 0), schema.get("maxItems")
    if min_items == max_items:
        return f"{min_items}"
    return f"{min_items} to {max_items}" if max_items else f"{min_items} or more"


def _bounds(schema: Schema) -> str:
    lo, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    hi, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    words = [
        *([f"{lo:g} or more"] if lo is not None and hi is None else []),
        *([f"from {lo:g} to {hi:g}"] if lo is not None and hi is not None else []),
        *([f"above {above:g}"] if above is not None else []),
        *([f"at most {hi:g}"] if lo is None and hi is not None else []),
        *([f"below {below:g}"] if below is not None else []),
    ]
    return ", " + ", ".join(words) if words else ""


def _default(schema: Schema, *, is_required: bool) -> str:
    if is_required:
        return "required"
    return f"`{_json(schema['default'])}`" if "default" in schema else ""


def _choices(schema: Schema) -> list[Schema]:
    return schema.get("oneOf", schema.get("anyOf", []))


def _json(value: object) -> str:
    return canonical_json(value)
