"""The documents that describe the API: OpenAPI at `/openapi.json` and `/openapi.yaml`, with a page to
read it and try it at `/docs`; AsyncAPI of live pictures and of events beside it.
"""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse

from api.openapi.docs_page import install_docs_page
from api.openapi.document import build
from barograph.openapi.document import serve_documents

DOCS = Path(__file__).parent.parent.parent / "docs"
ASYNCAPI, ASYNCAPI_EVENTS = DOCS / "asyncapi-live.yaml", DOCS / "asyncapi-events.yaml"


def describe(app: FastAPI) -> None:
    """Adds the documents to an application whose routes are complete."""

    async def asyncapi_yaml() -> FileResponse:
        return FileResponse(ASYNCAPI, media_type="application/yaml")

    async def asyncapi_events_yaml() -> FileResponse:
        return FileResponse(ASYNCAPI_EVENTS, media_type="application/yaml")

    serve_documents(app, lambda: build(app))
    app.add_api_route("/asyncapi.yaml", asyncapi_yaml, include_in_schema=False)
    app.add_api_route("/asyncapi-events.yaml", asyncapi_events_yaml, include_in_schema=False)
    install_docs_page(app)
