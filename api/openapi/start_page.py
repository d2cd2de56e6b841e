"""The page at `/`, for whoever opens the API in a browser: what this is, who is logged in, where to go on."""

from functools import partial
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse

from api.accounts.link_pages import HEADERS

FILES = Path(__file__).parent / "static"
PAGES = {"/": "start.html", "/start/start.js": "start.js", "/start/start.css": "start.css"}


def install_start_page(app: FastAPI) -> None:
    """Adds the page and its files."""
    for path, name in PAGES.items():
        app.add_api_route(path, partial(_send, name), include_in_schema=False)


async def _send(name: str) -> FileResponse:
    return FileResponse(FILES / name, headers=HEADERS)
