"""Readings as rows, for tests that change one by hand."""

from typing import Any

import psycopg


def make_rows(connection: psycopg.Connection[Any]) -> None:
    """Makes a row of each reading that lies in a block, in the transaction at hand."""
    connection.execute(
        "with gone as (delete from reading_block returning *)"
        " insert into reading (time, raw, physical, sensor_id, profile_id, flags)"
        " select unnest(time), unnest(raw), unnest(physical), sensor_id, profile_id, unnest(flags) from gone"
    )
