"""Bodies of `POST /ingest/v1/readings` to columns, by media type. Pure.

What is wrong with one reading costs no other: it becomes a reject, with what was sent. Only a body that can't
be read at all is refused.
"""

from collections.abc import Callable, Mapping

from ingest.messages.body import Body
from ingest.messages.csv_body import parse_csv
from ingest.messages.json_body import parse_json
from ingest.messages.table_body import parse_arrow, parse_parquet

PARSERS: Mapping[str, Callable[[bytes], Body]] = {
    "application/json": parse_json,
    "text/csv": parse_csv,
    "application/vnd.apache.arrow.stream": parse_arrow,
    "application/vnd.apache.parquet": parse_parquet,
}
