"""Where an embedded server listens, and its password: kept in a file that only we can read."""

import json
import secrets
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from barograph.embedded.private_file import write_private

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Endpoint:
    """A port on the loopback address and the password asked there."""

    port: int
    password: str


def settle_endpoint(path: Path) -> Endpoint:
    """The endpoint kept at `path`, on another port if its own is taken by now; made at first."""
    kept = Endpoint(**json.loads(path.read_text())) if path.exists() else None
    if kept and is_free(kept.port):
        return kept
    password = kept.password if kept else secrets.token_urlsafe(24)
    endpoint = Endpoint(free_port(), password)
    write_private(path, json.dumps(asdict(endpoint)))
    return endpoint


def free_port() -> int:
    """A loopback port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
