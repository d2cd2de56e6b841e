"""Where an embedded server listens, and its password: kept in a file that only we can read."""

import json
import os
import secrets
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from barograph.files.private_file import write_private

LOOPBACK = "127.0.0.1"
# Below those that Linux gives to outgoing connections, and above what servers are known by.
OWN_PORTS = range(15_000, 30_000)
_OUTGOING = Path("/proc/sys/net/ipv4/ip_local_port_range")
_TRIES = 100


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
    """A loopback port nobody listens on at the moment, nor will by chance.

    A server that is down for a moment must find its port free when it comes back. One that outgoing
    connections get may be taken by then, even by who tries to reach it: a socket may connect to itself.
    """
    for _ in range(_TRIES if _are_left_alone(OWN_PORTS) else 0):
        port = secrets.choice(OWN_PORTS)
        if port_problem(port) is None:
            return port
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def _are_left_alone(ports: range) -> bool:
    """Whether outgoing connections get others."""
    try:
        lowest, highest = map(int, _OUTGOING.read_text().split())
    except (OSError, ValueError):
        return False
    return highest < ports.start or ports.stop <= lowest


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
