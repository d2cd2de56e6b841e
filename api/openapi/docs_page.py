"""The interactive page at `/docs`: Swagger UI over our own document, loading nothing from elsewhere.

Its files come from fastapi-offline, of which nothing else is used. The page holds no script of its own,
so its policy can forbid the browser whatever this server did not send.
"""

from importlib import resources
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse, Response

FILES = Path(str(resources.files("fastapi_offline"))) / "static"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # Swagger UI sets styles on its elements
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Barograph API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
START = """\
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "none",
  filter: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
"""


def install_docs_page(app: FastAPI) -> None:
    """Adds the page and its files."""

    async def page() -> HTMLResponse:
        return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})

    async def start() -> Response:
        return Response(START, media_type="text/javascript")

    async def bundle() -> FileResponse:
        return FileResponse(FILES / "swagger-ui-bundle.js", media_type="text/javascript")

    async def style() -> FileResponse:
        return FileResponse(FILES / "swagger-ui.css", media_type="text/css")

    for path, endpoint in {
        "/docs": page,
        "/docs/start.js": start,
        "/docs/swagger-ui-bundle.js": bundle,
        "/docs/swagger-ui.css": style,
    }.items():
        app.add_api_route(path, endpoint, include_in_schema=False)
