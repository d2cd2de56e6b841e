"""Which requests get the portal: those that no operation takes, and that come from a browser's address line.

request -> operations -> /assets/* -> files beside the page -> the page, for any other address -> 404
"""

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.portal.files import PortalFiles
from api.portal.start_page import install_start_page, stand_in
from barograph.settings import Settings

ASSETS = "/assets/"
# What is not there below these is a mistake of a program's, to be told as one.
NEVER_PAGES = ("/api/", "/auth/", "/session:", "/ingest/", "/docs/", "/links/", "/start/", ASSETS)


def install_portal(app: FastAPI, settings: Settings) -> None:
    """Gives the application's remaining requests to the portal; the last thing to be installed."""
    install_start_page(app)
    app.router.default = PortalPages(PortalFiles(settings.portal_dist), app.router.default)


class PortalPages:
    """Answers with the portal's files, or hands on."""

    def __init__(self, files: PortalFiles, otherwise: ASGIApp) -> None:
        self._files, self._otherwise = files, otherwise

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_read = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        answer = await run_in_threadpool(self._find, scope["path"], Headers(scope=scope)) if is_read else None
        await (answer or self._otherwise)(scope, receive, send)

    def _find(self, path: str, request: Headers) -> Response | None:
        if path.startswith(ASSETS):
            return self._files.asset(path.removeprefix(ASSETS), request)
        if answer := self._files.plain(path.removeprefix("/"), request):
            return answer
        if path.startswith(NEVER_PAGES) or not _takes_pages(request):
            return None
        return self._files.page(request) or stand_in(self._files.why_unbuilt(), 200 if path == "/" else 503)


def _takes_pages(request: Headers) -> bool:
    """A browser's address line asks for HTML by name; scripts and programs take anything."""
    return "text/html" in request.get("accept", "")
