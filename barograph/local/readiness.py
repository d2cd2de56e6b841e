"""Whether a program is ready, asked over HTTP."""

import http.client
import json

from barograph.plain_words import plain_words


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


def not_ready(host: str, port: int, timeout_s: float = 5.0) -> str | None:
    """Why a program can't work just now, in its own words; None if it can."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", "/ready")
        answer = connection.getresponse()
        return None if answer.status == 200 else str(json.loads(answer.read())["detail"])
    except OSError as error:
        return plain_words(error)
    except (http.client.HTTPException, ValueError, LookupError) as error:
        return f"what answers is another program ({error!r})"
    finally:
        connection.close()
