"""The documents that describe the API: OpenAPI at `/openapi.json` and `/openapi.yaml`, with a page to
read it and try it at `/docs`; AsyncAPI for gateways beside it.
"""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from fastapi import FastAPI, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse

from api.openapi.docs_page import install_docs_page
from api.openapi.document import build

ASYNCAPI = Path(__file__).parent.parent.parent / "docs" / "asyncapi.yaml"


def describe(app: FastAPI) -> None:
    """Adds the documents to an application whose routes are complete."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = build(app)
        return app.openapi_schema

    @cache
    def as_yaml() -> str:
        return yaml.safe_dump(app.openapi(), sort_keys=False, allow_unicode=True)

    async def openapi_yaml() -> Response:
        # The first time takes a second or so.
        return Response(await run_in_threadpool(as_yaml), media_type="application/yaml")

    async def asyncapi_yaml() -> FileResponse:
        return FileResponse(ASYNCAPI, media_type="application/yaml")

    app.openapi = openapi  # FastAPI's documented way to extend it
    app.add_api_route("/openapi.yaml", openapi_yaml, include_in_schema=False)
    app.add_api_route("/asyncapi.yaml", asyncapi_yaml, include_in_schema=False)
    install_docs_page(app)
