"""Whether each chunk of readings has the index that questions need: what `doctor` asks the server."""

from collections.abc import Sequence

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.local.finding import Finding

MAX_NAMED = 3


def examine_indexes(database_url: str) -> Finding:
    """Finds chunks that lack indexes, and indexes that were left half built."""
    with open_connection(database_url, Role.DOCTOR) as connection:
        (indexes,) = connection.execute(query("doctor.indexes")).fetchall()
    if half_built := indexes["half_built"]:
        advice = "drop them by `drop index concurrently`; then, of chunks that lack theirs, make it again"
        return Finding("indexes", f"left half built: {_some(half_built)}", advice)
    if bare := indexes["bare"]:
        columns = indexes["columns_of_first"]
        advice = f"make it by `create index concurrently on … ({columns})`; ingest goes on meanwhile"
        return Finding("indexes", f"chunks without theirs: {_some(bare)}", advice)
    return Finding("indexes", f"each of {indexes['chunks']} chunks of readings has its own")


def _some(names: Sequence[str]) -> str:
    rest = len(names) - MAX_NAMED
    return ", ".join(names[:MAX_NAMED]) + (f" and {rest} others" if rest > 0 else "")
