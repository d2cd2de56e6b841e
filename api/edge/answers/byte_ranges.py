"""Which part of a file a request asks for (RFC 9110, 14). Who asks for several parts gets the whole."""

import re
from typing import NamedTuple

from fastapi import Request

from barograph.errors import RangeNotSatisfiable

_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,19})\s*-\s*(\d{0,19})\s*", re.IGNORECASE)


class ByteRange(NamedTuple):
    """`[start, stop)` of a file."""

    start: int
    stop: int

    def header(self, size_bytes: int) -> str:
        """The range as the header `Content-Range` writes it."""
        return f"bytes {self.start}-{self.stop - 1}/{size_bytes}"


def asked_range(request: Request, size_bytes: int, etag: str) -> ByteRange | None:
    """The part that is asked for; None for the whole file.

    Raises:
        RangeNotSatisfiable: there is no such part.
    """
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    if found is None or not any(found.groups()) or not _is_same(request, etag):
        return None
    first, last = found.groups()
    if not first:
        start, stop = max(0, size_bytes - int(last)), size_bytes
    elif last and int(last) < int(first):
        return None
    else:
        start, stop = int(first), min(size_bytes, int(last) + 1) if last else size_bytes
    if start >= stop:
        raise RangeNotSatisfiable(size_bytes)
    return ByteRange(start, stop)


def _is_same(request: Request, etag: str) -> bool:
    """Whether the client goes on with this very file, if it says which it has begun."""
    return request.headers.get("if-range", etag) == etag
