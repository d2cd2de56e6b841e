"""A database in another one, as a dump and a restore leave it: no transaction id means anything there."""

import psycopg
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Identifier

_TABLES = """
select format('%I', relname)
from pg_class
join pg_namespace on pg_namespace.oid = relnamespace
where nspname = 'public' and relkind in ('r', 'p')
order by relname
"""
_SEQUENCES = """
select quote_ident(sequencename), last_value
from pg_sequences
where schemaname = 'public' and last_value is not null
"""


def copy_database(source_url: str, target_url: str) -> None:
    """Every row of the source; the target is migrated."""
    with psycopg.connect(source_url) as source, psycopg.connect(target_url) as target:
        names = [name for (name,) in source.cursor(row_factory=tuple_row).execute(_TABLES)]
        target.execute("set session_replication_role = replica")  # a restore comes before triggers
        listed = SQL(", ").join(map(Identifier, names))
        target.execute(SQL("truncate {} cascade").format(listed))
        for name in names:
            _copy_table(source, target, Identifier(name))
        for name, value in source.execute(_SEQUENCES).fetchall():
            target.execute("select setval(%s::regclass, %s)", (name, value))


def _copy_table(source: psycopg.Connection, target: psycopg.Connection, name: Identifier) -> None:
    columns = source.execute(
        "select string_agg(quote_ident(column_name), ', ' order by ordinal_position)"
        " from information_schema.columns where table_schema = 'public' and table_name = %s"
        " and is_generated = 'NEVER'",
        (name.as_string().strip('"'),),
    ).fetchone()
    assert columns is not None
    listed = SQL(columns[0])
    # `copy (select …)`, because what a hypertable holds lies in its chunks.
    reading = SQL("copy (select {} from {}) to stdout").format(listed, name)
    writing = SQL("copy {} ({}) from stdin").format(name, listed)
    with source.cursor().copy(reading) as out, target.cursor().copy(writing) as into:
        for data in out:
            into.write(data)
