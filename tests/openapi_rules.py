"""What redocly's and spectral's recommended rules ask of an OpenAPI document, and what makers of types need.

Their programs run on Node.js, which the project does without.
"""

import re
from collections.abc import Iterator
from typing import Any, cast

from jsonschema import Draft202012Validator

Document = dict[str, Any]
_PARAMETERS = re.compile(r"\{([^}]+)\}")


def broken_rules(document: Document) -> list[str]:
    """A line for each thing that is wrong."""
    rules = (_of_the_whole, _of_names, _of_operations, _of_references, _of_schemas)
    return [line for rule in rules for line in rule(document)]


def _of_the_whole(document: Document) -> Iterator[str]:
    info = document["info"]
    for name in ("title", "version", "description", "license", "contact"):
        if not info.get(name):
            yield f"info has no {name}"
    if not document.get("servers"):
        yield "there are no servers"
    for tag in document.get("tags", []):
        if not tag.get("description"):
            yield f"the tag {tag['name']} says nothing"


def _operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", path, operation


def _of_names(document: Document) -> Iterator[str]:
    """Clients that are made from the document are full of them."""
    described = [operation for _, _, operation in _operations(document)]
    for field in ("operationId", "summary"):
        names = [operation[field] for operation in described]
        if len(names) != len(set(names)):
            yield f"two operations have the same {field}"
    tags = [tag["name"] for tag in document.get("tags", [])]
    used = {tag for operation in described for tag in operation["tags"]}
    if used != set(tags) or len(tags) != len(set(tags)):
        yield f"tags of operations and of the document differ: {used ^ set(tags)}"


def _of_operations(document: Document) -> Iterator[str]:
    schemes = document["components"].get("securitySchemes", {})
    for name, path, operation in _operations(document):
        for field in ("summary", "description", "operationId", "tags"):
            if not operation.get(field):
                yield f"{name} has no {field}"
        yield from _of_summary(name, operation["summary"])
        yield from _of_outcomes(name, operation["responses"])
        if "security" not in operation:
            yield f"{name} does not say who may call it"
        if not all(each.keys() <= schemes.keys() for each in operation.get("security", [])):
            yield f"{name} asks for a credential that is not described"
        parameters = [each["name"] for each in operation.get("parameters", []) if each["in"] == "path"]
        if sorted(parameters) != sorted(_PARAMETERS.findall(path)):
            yield f"{name} describes other parameters than its path has"


def _of_outcomes(name: str, responses: Document) -> Iterator[str]:
    for kind, digit in (("succeeds", "2"), ("is refused", "4")):
        if not any(status.startswith(digit) for status in responses):
            yield f"{name} never {kind}"


def _of_summary(name: str, summary: str) -> Iterator[str]:
    words = summary.split()
    if not 2 <= len(words) <= 12 or summary.endswith("."):
        yield f"{name}: a summary has a few words and no period"
    if not words[0][0].isupper() or any(word.istitle() and len(word) > 1 for word in words[1:]):
        yield f"{name}: a summary is a sentence, not a title"


def _of_references(document: Document) -> Iterator[str]:
    used: set[str] = set()
    for node in _nodes(document):
        reference = node.get("$ref")
        if isinstance(reference, str):
            used.add(reference)
            if not _resolves(document, reference):
                yield f"{reference} leads nowhere"
    for kind in ("schemas", "responses"):
        for name in document["components"].get(kind, {}):
            if f"#/components/{kind}/{name}" not in used:
                yield f"{kind} {name} is never used"


def _resolves(document: Document, reference: str) -> bool:
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node.get(part) if isinstance(node, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return node is not None


def _of_schemas(document: Document) -> Iterator[str]:
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        Draft202012Validator.check_schema(schema)
        for property_name, field in schema.get("properties", {}).items():
            if name in sent(document) and "default" in field:
                yield f"{name}.{property_name}: types made from this want what may be left out"
        missing = set(schema.get("required", [])) - schema.get("properties", {}).keys()
        if missing and "properties" in schema:
            yield f"{name} requires what it does not describe: {missing}"
    for node in _nodes(document["components"]["schemas"]):
        if node.get("type") == "array" and "items" not in node:
            yield f"an array does not say what it holds: {node}"
        pattern = node.get("pattern")
        # In JavaScript's u mode, which schemas are checked in, only these may be escaped by a backslash.
        if isinstance(pattern, str) and re.search(r"\\[^dDwWsSbBxuptnrfv0^$\\.*+?()\[\]{}|/-]", pattern):
            yield f"not every reader knows the pattern {pattern}"


def sent(document: Document) -> set[str]:
    """Names of the schemas that clients send, whole or as a part."""
    schemas = document["components"]["schemas"]
    left = [operation.get("requestBody", {}) for _, _, operation in _operations(document)]
    found: set[str] = set()
    while left:
        for node in _nodes(left.pop()):
            name = str(node.get("$ref", "")).removeprefix("#/components/schemas/")
            if name in schemas and name not in found:
                found.add(name)
                left.append(schemas[name])
    return found


def _nodes(node: Any) -> Iterator[Document]:  # noqa: ANN401  # any JSON
    """Every object in it."""
    if isinstance(node, dict):
        part = cast("Document", node)
        yield part
        for value in part.values():
            yield from _nodes(value)
    elif isinstance(node, list):
        for value in cast("list[Any]", node):
            yield from _nodes(value)
