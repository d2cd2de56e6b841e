"""What clients had notice of: a thing may go when the last two releases have both marked it `deprecated`.

An operation, a parameter, or a field of a schema is marked.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Place = tuple[str, ...]


def without_given_notice(old: Mapping[str, Any], releases: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The document without what all of these releases have marked; two of them are needed."""
    left = copy.deepcopy(dict(old))
    if len(releases) < 2:  # the last two
        return left
    first, *others = (set(_marked(release)) for release in releases)
    for place in sorted(first.intersection(*others)):
        _remove(left, place)
    return left


def _marked(document: Mapping[str, Any]) -> Iterator[Place]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if operation.get("deprecated"):
                yield "operation", path, method
            for parameter in operation.get("parameters", ()):
                if parameter.get("deprecated"):
                    yield "parameter", path, method, parameter["name"]
    for name, schema in document.get("components", {}).get("schemas", {}).items():
        for field, described in schema.get("properties", {}).items():
            if described.get("deprecated"):
                yield "field", name, field


def _remove(document: dict[str, Any], place: Place) -> None:
    match place:
        case ("operation", path, method):
            document["paths"].get(path, {}).pop(method, None)
        case ("parameter", path, method, name):
            operation = document["paths"].get(path, {}).get(method, {})
            operation["parameters"] = [p for p in operation.get("parameters", ()) if p["name"] != name]
        case (_, schema_name, field):
            schema = document["components"]["schemas"].get(schema_name, {})
            schema.get("properties", {}).pop(field, None)
            schema["required"] = [name for name in schema.get("required", ()) if name != field]
        case _:
            raise AssertionError(place)
