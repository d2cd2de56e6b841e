"""Where an embedded server listens, and its password: kept in a file that only we can read."""

import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from barograph.files.private_file import write_private

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Endpoint:
    """A port on the loopback address and the password asked there."""

    port: int
    password: str


def settle_endpoint(path: Path) -> Endpoint:
    """The endpoint kept at `path`, on another port if its own is taken by now; made at first."""
    kept = Endpoint(**json.loads(path.read_text())) if path.exists() else None
    if kept and port_problem(kept.port) is None:
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


def port_problem(port: int, host: str = LOOPBACK) -> str | None:
    """Why no server could listen there now, or None."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return os.strerror(error.errno) if error.errno else str(error)
        return None
