"""A request over a connection of its own, which costs the same whoever is asked."""

import http.client
from collections.abc import Mapping

TIMEOUT_S = 300.0


def request(
    port: int, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None
) -> bytes:
    """The body of an answer that is a success.

    Raises:
        AssertionError: it is none; with what the server says.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    connection.request(method, path, body.encode(), dict(headers or {}))
    answer = connection.getresponse()
    told = answer.read()
    connection.close()
    assert answer.status in {http.client.OK, http.client.NO_CONTENT}, told
    return told
