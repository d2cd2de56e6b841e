"""Schemas as FastAPI and pydantic derive them, made to say what is so and nothing else."""

import json
import re
from collections.abc import Iterator
from typing import Any, TypeAlias, cast

from barograph.openapi.examples import compose, compose_request

Document: TypeAlias = dict[str, Any]

_REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')
_RESPONSE = re.compile(r'"#/components/responses/([^"]+)"')
# Where a schema holds values instead of schemas.
_VALUES = {"examples", "example", "default", "const", "enum"}


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Path, method and description of each operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def lift_definitions(document: Document) -> None:
    """Moves what bodies define within themselves to where references look for it."""
    schemas = document["components"]["schemas"]
    for _, _, operation in operations(document):
        for content in operation.get("requestBody", {}).get("content", {}).values():
            schemas |= content["schema"].pop("$defs", {})


def drop_titles(node: object) -> None:
    """Titles are names in other letters."""
    if isinstance(node, dict):
        part = cast("dict[str, object]", node)
        if isinstance(part.get("title"), str):
            del part["title"]
        for name, value in part.items():
            if name not in _VALUES:
                drop_titles(value)
    elif isinstance(node, list):
        for value in cast("list[object]", node):
            drop_titles(value)


def show_examples(document: Document) -> None:
    """Gives every schema an example, and every body that is no component."""
    schemas = document["components"]["schemas"]
    requests = sent_schemas(document)
    for name, schema in schemas.items():
        show = compose_request if name in requests else compose
        schema.setdefault("examples", [show(schema, schemas)])
    for _, _, operation in operations(document):
        for content in _unnamed(operation.get("requestBody", {})):
            content["example"] = compose_request(content["schema"], schemas)
        for answer in operation["responses"].values():
            for content in _unnamed(answer):
                content["example"] = compose(content["schema"], schemas)


def _unnamed(part: Document) -> Iterator[Document]:
    """Contents without an example: schemas with a name have one of their own, and files say nothing."""
    for content in part.get("content", {}).values():
        schema = content.get("schema", {})
        if "example" not in content and "$ref" not in schema and schema.get("format") != "binary":
            yield content


def tell_defaults(document: Document) -> None:
    """Says in words what a field means that a client leaves out.

    Generators of types take a field with a default for one that is always there: right of what is answered,
    wrong of what is sent.
    """
    schemas = document["components"]["schemas"]
    for name in sent_schemas(document):
        for field in schemas[name].get("properties", {}).values():
            default = field.pop("default", None)
            if default not in (None, "", [], {}):
                said = f"Default: {json.dumps(default)}"
                field["description"] = f"{field['description']}. {said}" if "description" in field else said


def sent_schemas(document: Document) -> set[str]:
    """The names of the schemas that clients send, whole or as a part."""
    return _reached(document, [operation.get("requestBody") for _, _, operation in operations(document)])


def drop_unused(document: Document) -> None:
    """Leaves out responses and schemas that nothing leads to."""
    components = document["components"]
    used_responses = set(_RESPONSE.findall(json.dumps(document["paths"])))
    components["responses"] = {
        name: response for name, response in components["responses"].items() if name in used_responses
    }
    used_schemas = _reached(document, [document["paths"], components["responses"]])
    components["schemas"] = {
        name: schema for name, schema in components["schemas"].items() if name in used_schemas
    }


def _reached(document: Document, nodes: list[object]) -> set[str]:
    schemas = document["components"]["schemas"]
    found: set[str] = set()
    left = list(nodes)
    while left:
        names = set(_REFERENCE.findall(json.dumps(left.pop()))) - found
        found |= names
        left += [schemas[name] for name in names]
    return found
