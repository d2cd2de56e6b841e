"""The portal's build as answers: hashed assets that never change, and a page that is read anew each time.

A build is replaced as a whole while this program runs, so nothing of it is kept in memory.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response

from barograph.local.portal.folders import read_stamp, unbuilt_note

# A year: the name changes with what is in it.
IMMUTABLE = "public, max-age=31536000, immutable"
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",  # WebSockets too
        "worker-src 'self'",
        "frame-src 'self'",  # PDFs, in the browser's own reader
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# The best first. The build has made them.
ENCODINGS = {"br": ".br", "gzip": ".gz"}
_NAME = re.compile(r"[\w-][\w.-]*")


@dataclass(frozen=True)
class PortalFiles:
    """A folder that Vite has filled, or will."""

    folder: Path

    def page(self, request: Headers) -> Response | None:
        """The one page, whatever its address; None where there is no build."""
        try:
            content = (self.folder / "index.html").read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = PAGE_HEADERS | {"ETag": etag}
        if etag in _known(request):
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type="text/html")

    def asset(self, name: str, request: Headers) -> Response | None:
        """One with a hashed name, compressed as the browser takes it."""
        path = self._file(self.folder / "assets", name)
        if path is None:
            return None
        encoding = next((each for each in _accepted(request) if _compressed(path, each).is_file()), None)
        sent = path if encoding is None else _compressed(path, encoding)
        headers = {
            "Cache-Control": IMMUTABLE,
            "ETag": f'"{name}-{encoding or "plain"}"',
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if encoding is not None:
            headers["Content-Encoding"] = encoding
        return _send(sent, path.name, headers, request)

    def plain(self, name: str, request: Headers) -> Response | None:
        """A file beside the page, such as its icon."""
        path = self._file(self.folder, name)
        if path is None or name == "index.html":
            return None
        etag = f'"{hashlib.sha256(path.read_bytes()).hexdigest()[:32]}"'
        return _send(path, name, {"Cache-Control": "no-cache", "ETag": etag}, request)

    def why_unbuilt(self) -> str:
        """The reason why the portal is not built, as far as it is known."""
        return read_stamp(unbuilt_note(self.folder)) or ""

    def _file(self, folder: Path, name: str) -> Path | None:
        """Only what a browser is to ask for by its name."""
        path = folder / name
        is_ours = _NAME.fullmatch(name) and path.suffix and path.suffix not in ENCODINGS.values()
        return path if is_ours and path.is_file() else None


def _send(path: Path, name: str, headers: Mapping[str, str], request: Headers) -> Response:
    if headers["ETag"] in _known(request):
        return Response(status_code=304, headers=headers)
    media_type = guess_type(name)[0] or "application/octet-stream"
    return FileResponse(path, headers=headers, media_type=media_type)


def _compressed(path: Path, encoding: str) -> Path:
    return path.with_name(path.name + ENCODINGS[encoding])


def _accepted(request: Headers) -> list[str]:
    """The encodings of ours that the browser takes."""
    weights: dict[str, float] = {}
    for part in request.get("accept-encoding", "").split(","):
        name, _, weight = part.partition(";q=")
        weights[name.strip().lower()] = _number(weight)
    return [name for name in ENCODINGS if weights.get(name, weights.get("*", 0)) > 0]


def _number(weight: str) -> float:
    try:
        return float(weight or 1)
    except ValueError:
        return 0


def _known(request: Headers) -> set[str]:
    """ETags that the browser has; whether they are weak makes no difference here."""
    given = request.get("if-none-match", "").split(",")
    return {tag.strip().removeprefix("W/") for tag in given}
