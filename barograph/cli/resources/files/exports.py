"""`export`: every reading of sensors, in a file here."""

import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import TextIO

from barograph.cli.api_client import ApiClient
from barograph.cli.progress import ProgressBar, bar
from barograph.cli.resources.calls import PERIOD, act, given, items, listing, read, verb
from barograph.cli.resources.files.downloads import RemoteFile, download
from barograph.cli.resources.places import OF_PROJECT, path, project_path
from barograph.cli.verb import CommandRefused, Item, Noun, Reply, argument

POLL_S = 0.5
COLUMNS = ("id", "status", "rows_done", "rows_total", "size_bytes", "created_at")
FIELDS = ("from", "to", "as_of", "run", "capture_session", "layer", "shape", "format")
SUFFIXES = {".csv": "csv", ".jsonl": "json", ".ndjson": "json", ".parquet": "parquet", ".arrow": "arrow"}
ENDED = {"finished", "failed", "cancelled"}
_ID = "3f0c8d5e-0b1f-4a57-9d6e-2f6a1c9b7e10"
_EXPORT = argument("export_id", metavar="ID")
_OUT = argument("--out", type=Path, required=True, metavar="FILE", help="where to; one that is there goes")


def _start(api: ApiClient, options: Namespace) -> Reply:
    body = given(options, *FIELDS)
    if options.sensor:
        body["sensor"] = options.sensor
    if "format" not in body:
        body["format"] = _format_of(options.out)
    made = api.post(f"{project_path(api, options)}/exports", body)
    return _downloaded(api, made["id"], options.out)


def _download(api: ApiClient, options: Namespace) -> Reply:
    return _downloaded(api, path(api, options, "{export}").rpartition("/")[2], options.out)


def _format_of(file: Path) -> str:
    """The format that the file's name says."""
    if file.suffix not in SUFFIXES:
        raise CommandRefused(f"Say --format, or end the file's name with {', '.join(SUFFIXES)}.")
    return SUFFIXES[file.suffix]


def _downloaded(api: ApiClient, export_id: str, out: Path) -> Reply:
    export = watch(api, export_id, sys.stderr)
    if export["status"] != "finished":
        remark = f"The export has {export['status']}" if export["status"] == "failed" else "It was cancelled"
        said = f"{remark}: {export['failure']}." if export["failure"] else f"{remark}."
        return Reply(export, remarks=[said], code=1)
    content = f"/api/v1/exports/{export_id}/content"
    command = f"export download {export_id}"
    remote = RemoteFile(export_id, content, export["size_bytes"], export["sha256"], command)
    download(api, remote, out, sys.stderr)
    return Reply(export)


def watch(api: ApiClient, export_id: str, screen: TextIO) -> Item:
    """Draws the progress until the export has ended; the export as it is then."""
    progress = ProgressBar(screen)
    while True:
        item = api.get(f"/api/v1/exports/{export_id}")
        progress.show(_described(item))
        if item["status"] in ENDED:
            progress.end()
            return item
        time.sleep(POLL_S)


def _described(item: Item) -> str:
    part = 1.0 if item["status"] == "finished" else item["rows_done"] / max(1, item["rows_total"])
    size = f"{item['size_bytes'] / 1e6:,.1f} MB"
    return f"{item['status']:9s}  {bar(min(1.0, part))}  {item['rows_done']:,} rows, {size}"


EXPORT = Noun(
    "export",
    "every reading of sensors, whole, as CSV, JSON lines, Parquet or Arrow",
    (
        verb(
            "start",
            "make a file of readings, and download it; `export PROJECT` is short for it",
            _start,
            *OF_PROJECT,
            argument("sensor", nargs="*", metavar="SENSOR", help="its key or id"),
            _OUT,
            *PERIOD,
            argument("--run", metavar="ID", help="its sensors and sessions, in place of a period"),
            argument("--capture-session", metavar="ID", help="its sensors and its time"),
            argument("--as-of", metavar="TIME", help="with the values that were stored then"),
            argument("--layer", choices=("physical", "raw", "both")),
            argument("--shape", choices=("long", "wide"), help="a row for each reading, or for each time"),
            argument("--format", choices=("csv", "json", "parquet", "arrow"), help="as the file's name ends"),
            examples=(
                "export 'Rig 7' p1 p2 --from -1d --layer both --out yesterday.parquet",
                f"export 'Rig 7' --run {_ID} --shape wide --out run.csv",
            ),
        ),
        verb(
            "download",
            "download a file that was made, or what is missing of it after a break",
            _download,
            _EXPORT,
            _OUT,
            examples=(f"export download {_ID} --out run.parquet",),
        ),
        listing(
            "list",
            "list a project's exports",
            items("{project}/exports"),
            *OF_PROJECT,
            columns=COLUMNS,
            examples=("export list 'Rig 7'",),
        ),
        verb("show", "show an export", read("{export}"), _EXPORT, examples=(f"export show {_ID} --json",)),
        verb(
            "cancel",
            "end an export that is not finished",
            act("{export}:cancel"),
            _EXPORT,
            examples=(f"export cancel {_ID}",),
        ),
    ),
    usual="start",
)
