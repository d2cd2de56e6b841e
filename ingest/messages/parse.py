"""Bodies of `POST /ingest/v1/readings` to columns, by media type. Pure.

What is wrong with one reading costs no other: it becomes a reject, with what was sent. Only a body that can't
be read at all is refused.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ingest.messages.body import Body
from ingest.messages.content_codings import unpack
from ingest.messages.csv_body import parse_csv
from ingest.messages.json_body import parse_json
from ingest.messages.table_body import parse_arrow, parse_parquet

JSON = "application/json"
PARSERS: Mapping[str, Callable[[bytes], Body]] = {
    JSON: parse_json,
    "text/csv": parse_csv,
    "application/vnd.apache.arrow.stream": parse_arrow,
    "application/vnd.apache.parquet": parse_parquet,
}


class BodyForm(NamedTuple):
    """How a body is written.

    Attributes:
        media_type: one of `PARSERS`.
        coding: one of `content_codings.DECODERS`; None for a body that is not packed.
    """

    media_type: str
    coding: str | None = None


def parse_packed(packed: bytes, form: BodyForm, max_bytes: int) -> Body:
    """The readings of a packed body that is no longer than that when it is unpacked.

    Raises:
        TooLarge: it is longer.
        Invalid: it can't be unpacked, or read.
    """
    assert form.coding is not None  # noqa: S101  # what it is for
    return PARSERS[form.media_type](unpack(packed, form.coding, max_bytes))
