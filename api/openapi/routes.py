"""The documents that describe the API: OpenAPI at `/openapi.json` and `/openapi.yaml`, with a page to
read it and try it at `/docs`; AsyncAPI of live pictures beside it.
"""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse

from api.openapi.docs_page import install_docs_page
from api.openapi.document import build
from barograph.openapi.document import serve_documents

ASYNCAPI = Path(__file__).parent.parent.parent / "docs" / "asyncapi-live.yaml"


def describe(app: FastAPI) -> None:
    """Adds the documents to an application whose routes are complete."""

    async def asyncapi_yaml() -> FileResponse:
        return FileResponse(ASYNCAPI, media_type="application/yaml")

    serve_documents(app, lambda: build(app))
    app.add_api_route("/asyncapi.yaml", asyncapi_yaml, include_in_schema=False)
    install_docs_page(app)
