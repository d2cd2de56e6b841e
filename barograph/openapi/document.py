"""An OpenAPI document from routes: as FastAPI derives it, with what all operations have alike."""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property

import yaml
from fastapi import FastAPI, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.openapi.utils import get_openapi

from barograph.openapi import problems
from barograph.openapi.schemas import (
    Document,
    drop_titles,
    drop_unused,
    lift_definitions,
    operations,
    show_examples,
    tell_defaults,
)

LICENSE = {"name": "Apache 2.0", "identifier": "Apache-2.0"}
CONTACT = {"name": "Whoever runs this Barograph"}
SERVERS = [{"url": "/", "description": "Where this document comes from"}]

Refusals = Callable[[str, str, Document], Iterable[int]]
"""The statuses with which an operation may be refused, by its path, method and description."""


def derive(app: FastAPI, version: str, description: str, tags: Mapping[str, str]) -> Document:
    """The document of an application whose routes are complete, to be worked on.

    Args:
        tags: each tag that operations have, and what it is about.
    """
    document = get_openapi(
        title=app.title,
        version=version,
        description=description,
        routes=app.routes,
        servers=SERVERS,
        contact=CONTACT,
        license_info=LICENSE,
        tags=[{"name": name, "description": about} for name, about in tags.items()],
    )
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    lift_definitions(document)
    drop_titles(schemas)
    drop_titles(document["paths"])
    return document


def finish(document: Document, refusals: Refusals) -> None:
    """Adds examples, refusals, and that some operations are open to everybody."""
    show_examples(document)
    tell_defaults(document)
    for path, method, operation in operations(document):
        described = operation["responses"].pop("422", {})
        if not _is_validation(described):
            operation["responses"]["422"] = described
        operation["responses"] |= {
            str(each): problems.reference(each)
            for each in refusals(path, method, operation)
            if str(each) not in operation["responses"]
        }
        operation.setdefault("security", [])
    document["components"]["schemas"]["Problem"] = problems.SCHEMA
    document["components"]["responses"] = problems.responses()
    drop_unused(document)


def _is_validation(response: Document) -> bool:
    """Whether this is FastAPI's own word on refusals, which we don't use."""
    return "HTTPValidationError" in str(response) or not response


class KeptDocument:
    """A document that is made for whoever asks first: to make it takes seconds, for which no start waits."""

    def __init__(self, build: Callable[[], Document]) -> None:
        self._build = build

    @cached_property
    def document(self) -> Document:
        """Itself, which nobody changes."""
        return self._build()

    @cached_property
    def as_json(self) -> bytes:
        """UTF-8."""
        return json.dumps(self.document, ensure_ascii=False).encode()

    @cached_property
    def as_yaml(self) -> bytes:
        """UTF-8. By libyaml, which takes a quarter of the two seconds that Python alone would."""
        return yaml.dump(
            self.document, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, encoding="utf-8"
        )


def serve_documents(app: FastAPI, build: Callable[[], Document]) -> None:
    """Serves the document as `/openapi.json` and `/openapi.yaml`; the application must not do so itself."""
    kept = KeptDocument(build)

    async def openapi_json() -> Response:
        return Response(await run_in_threadpool(lambda: kept.as_json), media_type="application/json")

    async def openapi_yaml() -> Response:
        return Response(await run_in_threadpool(lambda: kept.as_yaml), media_type="application/yaml")

    app.openapi = lambda: kept.document  # FastAPI's documented way to extend it
    app.add_api_route("/openapi.json", openapi_json, include_in_schema=False)
    app.add_api_route("/openapi.yaml", openapi_yaml, include_in_schema=False)
