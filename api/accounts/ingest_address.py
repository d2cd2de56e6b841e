"""The address of ingest, as whoever reads an answer of the API can reach it.

Why: decision 570.
"""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from barograph.settings import Settings


def ingest_address(request: HTTPConnection, settings: Settings) -> str:
    """The address that is set; else the port of ingest beside the API's own, or the proxy before both."""
    if settings.public_ingest_url:
        return settings.public_ingest_url.rstrip("/")
    asked = urlsplit(settings.public_url or str(request.base_url))
    if asked.port != settings.api_port:
        return f"{asked.scheme}://{asked.netloc}"
    host = asked.netloc.removesuffix(f":{asked.port}")
    return f"{asked.scheme}://{host}:{settings.ingest_port}"
