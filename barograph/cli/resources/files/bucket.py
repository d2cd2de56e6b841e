"""Requests straight to the server's bucket, at addresses that the server has signed. Nobody logs in there.

Why: decision 750.
"""

import http.client
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

TIMEOUT_S = 60.0
PIECE_BYTES = 2**20


def put_part(url: str, piece: bytes) -> bool:
    """Whether it has arrived."""
    at, connection = _connection(url)
    try:
        connection.request("PUT", f"{at.path}?{at.query}", piece)
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def bucket_pieces(url: str, offset: int) -> Iterator[tuple[int, bytes]]:
    """A file from an offset on, as far as it comes: pieces with their offsets. Files there never change."""
    at, connection = _connection(url)
    headers = {"Range": f"bytes={offset}-"} if offset else {}
    try:
        connection.request("GET", f"{at.path}?{at.query}", headers=headers)
        response = connection.getresponse()
        if response.status not in {http.client.OK, http.client.PARTIAL_CONTENT}:
            return
        if response.status == http.client.OK:
            offset = 0
        while piece := response.read(PIECE_BYTES):
            yield offset, piece
            offset += len(piece)
    except (OSError, http.client.HTTPException):
        return
    finally:
        connection.close()


def _connection(url: str) -> tuple[SplitResult, http.client.HTTPConnection]:
    at = urlsplit(url)
    kind = http.client.HTTPSConnection if at.scheme == "https" else http.client.HTTPConnection
    return at, kind(at.netloc, timeout=TIMEOUT_S)
