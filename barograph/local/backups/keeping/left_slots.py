"""Replication slots of backups on a machine that was the primary, and now follows another one.

Nobody fetches WAL there, and such a slot keeps as much of it as `max_slot_wal_keep_size` allows. A machine
that becomes the primary once more gets a new one, with its new timeline.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import cycle
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.local.backups.keeping.source import STREAM_SLOT


def drop_left_slots(database_url: str) -> list[str]:
    """Drops them on each machine that the URL names, where there are several; the machines that had one.

    A machine that does not answer is looked at the next time.
    """
    had: list[str] = []
    for machine, address in _machines(conninfo_to_dict(database_url)):
        with suppress(psycopg.Error), open_connection(address, Role.BACKUP) as connection:
            if connection.execute(query("backup.drop_left_slot"), {"slot": STREAM_SLOT}).rowcount:
                had.append(machine)
    return had


def _machines(parts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each with how it alone is reached."""
    hosts = str(parts.get("host") or "").split(",")
    if len(hosts) == 1:
        return
    # One port may stand for all.
    ports = cycle(str(parts.get("port") or "5432").split(","))
    rest = {name: value for name, value in parts.items() if name != "target_session_attrs"}
    for host, port in zip(hosts, ports, strict=False):
        yield f"{host}:{port}", make_conninfo("", **{**rest, "host": host, "port": port})
