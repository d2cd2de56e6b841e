"""Reads exports back, and stores what there is to export."""

import io
import json
from typing import Any

import httpx
import polars as pl
import psycopg

from barograph.files.arrow import ipc, parquet
from tests.api.server import Parameter, Person

LINEAR = {"kind": "linear", "payload": {"slope": 2, "offset": 1}}
FORMATS = ("csv", "json", "parquet", "arrow")


def export(person: Person, **asked: Parameter) -> bytes:
    """The file, which must come whole."""
    answer = person.get("/readings/export", asked)
    assert answer.status_code == 200, answer.text
    return answer.content


def try_export(person: Person, **asked: Parameter) -> httpx.Response:
    return person.get("/readings/export", asked)


def table_of(content: bytes, form: str) -> pl.DataFrame:
    """What stands in the file."""
    match form:
        case "csv":
            frame = pl.read_csv(content, comment_prefix="#", infer_schema_length=None)
        case "json":
            if not content:
                return pl.DataFrame()
            frame = pl.read_ndjson(content, infer_schema_length=None)
        case "parquet":
            return pl.read_parquet(content)
        case _:
            return pl.read_ipc(content, use_pyarrow=False)
    return frame.with_columns(pl.col("time").cast(pl.String).str.to_datetime("%+", time_zone="UTC"))


def said_in(content: bytes, form: str) -> dict[str, Any]:
    """What the file says of itself."""
    if form == "csv":
        lines = [line[2:] for line in content.decode().splitlines() if line.startswith("# ")]
        sensors = [each for line in lines[1:] for each in json.loads(line.removeprefix("sensors "))]
        return json.loads(lines[0].removeprefix("barograph ")) | {"sensors": sensors}
    if form == "parquet":
        schema = parquet.read_schema(io.BytesIO(content))
    else:
        schema = ipc.open_file(io.BytesIO(content)).schema
    return json.loads(schema.metadata[b"barograph"])


def connections_of_exports(database_url: str) -> int:
    """How many connections of exports there are."""
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "select count(*) from pg_stat_activity"
            " where application_name = 'barograph-exports' and datname = current_database()"
        ).fetchone()
    assert found is not None
    return found[0]
