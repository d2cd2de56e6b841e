"""Whether a program is ready, asked over HTTP."""

import http.client


def answers(host: str, port: int, path: str = "/ready", timeout_s: float = 2.0) -> bool:
    """Whether `GET path` is answered with 200."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
