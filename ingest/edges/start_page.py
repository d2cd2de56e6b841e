"""The page at `/`, for whoever opens the address of gateways in a browser."""

from fastapi.responses import HTMLResponse

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Barograph ingest</title>
<link rel="icon" href="data:,">
</head>
<body>
<main>
<h1>Barograph ingest</h1>
<p>Gateways send readings here, with an ingest token: over WebSocket at <code>/ingest/v1/ws</code>, or by
<code>POST /ingest/v1/readings</code>; clients of InfluxDB to <code>/write</code> or
<code>/api/v2/write</code>. People and scripts ask at the port of the API.</p>
<ul>
<li>The WebSocket protocol: <a href="/asyncapi.yaml">AsyncAPI</a></li>
<li>REST: OpenAPI as <a href="/openapi.json">JSON</a> and <a href="/openapi.yaml">YAML</a></li>
<li>Whether this program <a href="/health">lives</a> and is <a href="/ready">ready</a>, and its
<a href="/metrics">metrics</a></li>
</ul>
</main>
</body>
</html>
"""
POLICY = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


async def start_page() -> HTMLResponse:
    """A page that says what this port is for."""
    return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})
