"""A run as a ZIP archive that is written as it is sent: documents, readings as Parquet, and a manifest.

Members are stored as they are: Parquet is compressed within.
"""

import hashlib
import json
import zipfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from typing import Any

from barograph.database.connections import ThreadConnection
from barograph.database.queries import query
from barograph.database.rows import fetch_row
from barograph.exports.reading import ExportBlock, export_blocks
from barograph.exports.run_metrics import metric_blocks
from barograph.exports.scope import ExportScope
from barograph.exports.sensors import read_sensors
from barograph.exports.taken_file import TakenFile

MANIFEST = "manifest.json"
METRICS = "metrics.parquet"
READINGS = "readings.parquet"


def archive_blocks(
    connection: ThreadConnection, scope: ExportScope, run_id: int, *, sees_restricted: bool
) -> Generator[ExportBlock]:
    """The archive, block by block; all of it is from one snapshot.

    Args:
        sees_restricted: whether files that are for editors are listed.

    Raises:
        Invalid, psycopg.Error: as `export_blocks`.
    """
    sink = TakenFile()
    asked = {"run_id": run_id, "sees_restricted": sees_restricted}
    with zipfile.ZipFile(sink, "w") as archive:
        archiving = _Archiving(archive, sink)
        for name, document in _documents(connection, scope, asked):
            yield from archiving.add(name, [ExportBlock(json.dumps(document, indent=1).encode(), 0)])
        with closing(metric_blocks(connection, run_id)) as blocks:
            yield from archiving.add(METRICS, (ExportBlock(each, 0) for each in blocks))
        with closing(export_blocks(connection, scope)) as blocks:
            yield from archiving.add(READINGS, blocks)
        yield from archiving.add(MANIFEST, [ExportBlock(archiving.manifest(), archiving.rows_done)])
    yield ExportBlock(sink.take(), archiving.rows_done)


def _documents(
    connection: ThreadConnection, scope: ExportScope, asked: dict[str, Any]
) -> Iterator[tuple[str, Any]]:
    row = fetch_row(connection, query("export.run"), asked | {"sees_raw": scope.sees_raw})
    yield "run.json", row["run"]
    yield "capture-sessions.json", row["sessions"]
    yield "annotations.json", row["annotations"]
    yield "artifacts.json", row["artifacts"]
    yield "measures.json", row["measures"]
    yield "sensors.json", [each.document for each in read_sensors(connection, scope).every]


class _Archiving:
    """An archive, and what its manifest will say."""

    def __init__(self, archive: zipfile.ZipFile, sink: TakenFile) -> None:
        self._archive, self._sink = archive, sink
        self._members = list[dict[str, Any]]()
        self.rows_done = 0

    def add(self, name: str, blocks: Iterable[ExportBlock]) -> Iterator[ExportBlock]:
        digest, size_bytes = hashlib.sha256(), 0
        # Its date is the same in every archive, so that equal ones are equal files.
        with self._archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as member:
            for block in blocks:
                member.write(block.content)
                digest.update(block.content)
                size_bytes += len(block.content)
                self.rows_done = block.rows_done
                yield ExportBlock(self._sink.take(), block.rows_done)
        self._members.append({"name": name, "size_bytes": size_bytes, "sha256": digest.hexdigest()})

    def manifest(self) -> bytes:
        return json.dumps({"version": 1, "rows": self.rows_done, "members": self._members}, indent=1).encode()
