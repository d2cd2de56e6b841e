"""Reads back how a file of an export describes its sensors, as `sensors` wrote it into the file."""

import json
from pathlib import Path
from typing import Any

from barograph.errors import Invalid
from barograph.exports.tables import METADATA
from barograph.files.arrow import ipc, pa, parquet
from barograph.tables.files.dialect import MAX_LINE_BYTES, OWN_COMMENTS
from barograph.tables.files.formats import detect

_SENSORS = b"# sensors "


def sensors_said(path: Path) -> list[dict[str, Any]]:
    """The sensors that an export names, as `ExportedSensor.document`; none if the file is no export.

    Raises:
        Invalid: the file can't be read.
    """
    kind = detect(path)
    try:
        if kind == "csv":
            return _in_comments(path)
        schema = parquet.read_schema(path) if kind == "parquet" else ipc.open_file(path).schema
        metadata: dict[bytes, bytes] = schema.metadata or {}
        return json.loads(metadata.get(METADATA.encode(), b"{}")).get("sensors", [])
    except (ValueError, OSError, pa.ArrowException) as error:
        raise Invalid(f"what the file says of its sensors can't be read: {error}") from None


def _in_comments(path: Path) -> list[dict[str, Any]]:
    with path.open("rb") as file:
        if not file.readline(MAX_LINE_BYTES).startswith(OWN_COMMENTS):
            return []
        found = list[dict[str, Any]]()
        while (line := file.readline(MAX_LINE_BYTES)).startswith(_SENSORS):
            found += json.loads(line.removeprefix(_SENSORS))
        return found
