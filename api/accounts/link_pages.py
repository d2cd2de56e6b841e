"""Where links lead that reset a password or invite to a project: pages with a form, for people who have a
browser and no portal. They call the same operations as everybody.
"""

from functools import partial
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse

FILES = Path(__file__).parent / "static"
HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "Referrer-Policy": "no-referrer",
}
PAGES = {
    "/reset": "reset.html",
    "/invitation": "invitation.html",
    "/links/links.js": "links.js",
    "/links/links.css": "links.css",
}


def install_link_pages(app: FastAPI) -> None:
    """Adds the pages, under the names that `barograph/identity/links.py` gives them."""
    for path, name in PAGES.items():
        app.add_api_route(path, partial(_send, name), include_in_schema=False)


async def _send(name: str) -> FileResponse:
    return FileResponse(FILES / name, headers=HEADERS)
