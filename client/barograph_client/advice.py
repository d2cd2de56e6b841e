"""Advice for whoever runs a gateway: a sentence for each failure, with which logs and errors end.

Each function knows one kind of failure: of the connection, of the upgrade, of a close, of a reading.
"""

import errno
import socket
import ssl
import time

from websockets.exceptions import InvalidHandshake, InvalidMessage, ProxyError

from barograph_client.errors import MalformedMessage

MAKE_ANOTHER = "make a token with `barograph token create`, and give the gateway that one"
_TLS = "does the port speak TLS? Use wss:// if it does and ws:// if it doesn't"
_TIMES = "check the gateway's clock (NTP), and that t_us counts microseconds since 1970 UTC"
CLOCK = "set the clock of the one that is wrong (NTP); readings bear the gateway's time"
_LETTERS = "look at the project's dead letters, which keep what was sent"

OF_CLOSES: dict[int, str] = {
    1006: "the network, a proxy that ends idle connections, or a killed server cut it; nothing is lost",
    1009: "send smaller frames, or raise BAROGRAPH_INGEST_MAX_FRAME_BYTES of the server",
    1012: "nothing to do: the server leaves or wants a new bind",
    1013: "nothing to do, unless it lasts: then look at the server's /ready and its log",
    4400: "update this library or the server; if two gateways share the producer's name, give each its own",
    4401: MAKE_ANOTHER,
    4403: "give the gateway a token that names the producer (`token create --producer`), or another name",
    4409: "another process streams as this producer; stop one of the two, or give each a name of its own",
}
SILENCE = "nothing, if it passes; else check the network, and the server's /ready"
OF_STATUSES: dict[int, str] = {
    400: _TLS,
    401: MAKE_ANOTHER,
    403: "a proxy refuses the connection, or the token does not cover the producer",
    404: "the address must end in /ingest/v1/ws, on the port of ingest (8001), not on that of the API (8000)",
    426: "a proxy on the way drops the upgrade to WebSocket; let it pass `Upgrade` and `Connection`",
    502: "the proxy runs, ingest behind it doesn't; start it, or wait",
    503: "the server is full, leaves, or waits for its database; look at its /ready if it lasts",
}
OF_REJECTS: dict[str, str] = {
    "unknown-channel": "the frame names a channel beyond the sensors of the bind",
    "unknown-sensor": "create the sensor in the project, correct its key, or widen the token's sensors",
    "sensor-inactive": "set the sensor's status to active, or stop sending for it",
    "not-finite": "mask readings that have no value, or leave them out",
    "bad-value": "send numbers",
    "bad-time": _TIMES,
    "too-old": f"{_TIMES}; older data comes by import, or with a longer max_age_s of the project",
    "too-far-ahead": _TIMES,
    "storage-refused": _LETTERS,
}


def of_no_connection(error: Exception) -> tuple[str, str]:
    """Why there came no connection about, and what to do."""
    match error:
        case socket.gaierror():
            return "the host's name is not found", "check the host in the address, and this machine's DNS"
        case OSError() if _is_refused(error):
            return (
                "the connection is refused",
                "start ingest there, or check host and port; ingest's is 8001 unless it was changed",
            )
        case ssl.SSLCertVerificationError():
            return (
                f"the server's certificate is not trusted ({error.verify_message})",
                "pass `tls` a context that knows its authority, or set SSL_CERT_FILE",
            )
        case ssl.SSLError() | InvalidMessage() | ConnectionResetError() | EOFError():
            return f"the server does not answer as expected ({error})", _TLS
        case TimeoutError():
            return "the server does not answer", "check host and port, and that no firewall drops packets"
        case ProxyError():
            return f"the proxy refuses ({error})", "check the proxy's address, or pass `proxy=None`"
        case MalformedMessage():
            return str(error), OF_CLOSES[4400]
        case InvalidHandshake():
            return f"what answers is no WebSocket server ({error})", OF_STATUSES[404]
        case _:
            return str(error) or type(error).__name__, "check host and port, and this machine's network"


def of_close(code: int | None) -> str:
    """Advice on a connection that was closed."""
    return OF_CLOSES.get(code or 1006, "look at the server's log if it lasts")


def of_status(status: int) -> str:
    """Advice on an upgrade that was answered with another status."""
    return OF_STATUSES.get(status, "look at the server's log, and that of a proxy before it")


def of_reject(code: str, t_us: int | None) -> str:
    """Advice on a refused reading."""
    unit = _unit_of(t_us) if t_us is not None and code in {"too-old", "too-far-ahead"} else None
    if unit is not None:
        return f"this looks like {unit}; t_us counts microseconds since 1970 UTC"
    return OF_REJECTS.get(code, _LETTERS)


def _is_refused(error: OSError) -> bool:
    """Whether the connection was refused.

    For a name with several addresses asyncio tells all errors in one text.
    """
    return isinstance(error, ConnectionRefusedError) or f"[Errno {errno.ECONNREFUSED}]" in str(error)


def _unit_of(t_us: int) -> str | None:
    """The unit in which this number would be a time of these years, if it is no microseconds."""
    now_s = time.time()
    for unit, unit_s in (("seconds", 1.0), ("milliseconds", 1e-3), ("nanoseconds", 1e-9)):
        if 0.5 < t_us * unit_s / now_s < 2:
            return unit
    return None
