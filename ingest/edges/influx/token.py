"""Where clients of InfluxDB put their token."""

import base64
import binascii

from fastapi import Request

from barograph.errors import Unauthenticated


def influx_token(request: Request) -> str:
    """The ingest token, wherever a client of InfluxDB puts it.

    Raises:
        Unauthenticated: there is none, or it stands in the URL, which is kept in logs.
    """
    if not {"u", "p"}.isdisjoint(request.query_params):
        raise Unauthenticated("no user name or password is taken from the URL; send them in Authorization")
    scheme, _, rest = request.headers.get("authorization", "").partition(" ")
    rest = rest.strip()
    match scheme.lower():
        case "token" | "bearer":
            # As clients of version 1 send it to version 2.
            token = rest.rpartition(":")[2]
        case "basic":
            token = _password(rest)
        case _:
            token = ""
    if not token:
        raise Unauthenticated("send an ingest token: Authorization: Token <ingest token>, or as the password")
    return token


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
