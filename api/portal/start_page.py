"""The page at `/start`: what this is, who is logged in, where to go on. It needs no build, so it also stands
in for the portal where there is none, and then says why.
"""

from functools import partial
from html import escape
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse

from api.accounts.link_pages import HEADERS

FILES = Path(__file__).parent / "static"
PAGES = {"/start": "start.html", "/start/start.js": "start.js", "/start/start.css": "start.css"}
# Where the page says what has become of the portal.
PORTAL_LINE = '<p><a href="/">The portal</a> shows experiments and readings, live and stored.</p>'


def install_start_page(app: FastAPI) -> None:
    """Adds the page and its files."""
    for path, name in PAGES.items():
        app.add_api_route(path, partial(_send, name), include_in_schema=False)


def stand_in(reason: str, status: int) -> HTMLResponse:
    """The page in place of the portal, which is not built for this reason."""
    said = (
        "<p><strong>The portal is not built here.</strong> Everything else works. In Barograph's folder, "
        f"<code>make portal</code> tries again. {escape(reason)}</p>"
    )
    page = (FILES / "start.html").read_text(encoding="utf-8").replace(PORTAL_LINE, said)
    return HTMLResponse(page, status, HEADERS | {"Cache-Control": "no-store"})


async def _send(name: str) -> FileResponse:
    return FileResponse(FILES / name, headers=HEADERS)
