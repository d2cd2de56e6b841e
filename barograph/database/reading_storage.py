"""Whether a database takes blocks of readings.

Programs of a release before blocks see none of them. A database that such a release has used takes rows
alone, until somebody says that none of its programs runs any more. A new one takes blocks from the start.

Why: decision 1380.
"""

from typing import Any
from weakref import WeakSet

import psycopg

from barograph.database.queries import query
from barograph.database.rows import fetch_row

_TAKING_BLOCKS: WeakSet[psycopg.Connection[Any]] = WeakSet()


def stores_blocks(connection: psycopg.Connection[Any]) -> bool:
    """Whether blocks may be stored over this connection. Once they may, they may for good, and it asks no
    more.
    """
    if connection not in _TAKING_BLOCKS:
        if not fetch_row(connection, query("store.has_blocks"), {})["has_blocks"]:
            return False
        _TAKING_BLOCKS.add(connection)
    return True
