"""`import`: readings from the past, out of a file."""

import hashlib
import json
import shlex
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

from barograph.cli.api_client import ApiClient
from barograph.cli.late import LateFunction
from barograph.cli.progress import ProgressBar, bar
from barograph.cli.resources.calls import YES, act, confirm, items, listing, read, verb
from barograph.cli.resources.files.import_choice import (
    FORMATS,
    MARKS,
    Undecided,
    choose,
    csv_changes,
    time_changes,
)
from barograph.cli.resources.files.pieces import send_pieces
from barograph.cli.resources.places import OF_PROJECT, path, project_path
from barograph.cli.show import table
from barograph.cli.verb import CommandRefused, Item, Noun, Reply, argument
from barograph.similar import did_you_mean

# It reads files as Arrow does, which takes longer to import than most commands take.
make_sensors = LateFunction("barograph.cli.resources.files.said_sensors", "make_sensors")
is_said = LateFunction("barograph.cli.resources.files.said_sensors", "is_said")
POLL_S = 0.5
# Of rows that could not be read, after an import.
SHOWN_ROWS = 10
COLUMNS = ("id", "file_name", "status", "rows_done", "rows_total", "accepted", "created_at")
NAMED_SIGNALS = {"mdf", "tdms"}
"""Formats that name their signals by themselves."""
ENDED = {"finished", "failed", "cancelled", "paused", "undone"}
VERBS = ("list", "show", "watch", "pause", "resume", "cancel", "undo")
UNDONE = {"undoing", "undone"}
_ID = "3f0c8d5e-0b1f-4a57-9d6e-2f6a1c9b7e10"
_IMPORT = argument("import_id", metavar="ID")
_SENSOR_FORM = "COLUMN=KEY"
_UNIT_FORM = "KEY=UNIT"


def _start(api: ApiClient, options: Namespace) -> Reply:
    is_export = options.create and is_said(options.file)
    if is_export and not options.preview:
        make_sensors(api, project_path(api, options), options.file)
    imported = _upload(api, options, sys.stderr)
    if options.preview:
        return _preview(api, imported, options)
    how = _how(api, imported, options)
    body = {
        "how": how,
        "allow_repeat": options.allow_repeat,
        "allow_rejects": options.allow_rejects,
        "create_sensors": options.create and not is_export,
    }
    return _watched(api, api.post(f"{imported}:start", body)["id"])


def _watch(api: ApiClient, options: Namespace) -> Reply:
    return _watched(api, path(api, options, "{import}").rpartition("/")[2])


def _watched(api: ApiClient, import_id: str) -> Reply:
    ended = watch(api, import_id, sys.stderr)
    return Reply(
        ended, remarks=list(_remarks(ended)), code=0 if ended["status"] in {"finished", "undone"} else 1
    )


def _undo(api: ApiClient, options: Namespace) -> Reply:
    imported = path(api, options, "{import}")
    item = api.get(imported)
    if item["status"] not in UNDONE and not options.yes:
        readings = f"the {item['accepted']:,} readings of {item['file_name']}"
        confirm("take out", readings, item, "Nothing was taken out.")
    return _watched(api, api.post(f"{imported}:undo")["id"])


def watch(
    api: ApiClient, import_id: str, screen: TextIO, sleep: Callable[[float], None] = time.sleep
) -> Item:
    """Draws the progress until the import has ended, is paused or can't go on; the import as it is then."""
    progress = ProgressBar(screen)
    while True:
        item = api.get(f"/api/v1/imports/{import_id}")
        progress.show(_described(item))
        if item["status"] in ENDED or (item["status"] == "undoing" and item["failure"]):
            progress.end()
            return item
        sleep(POLL_S)


def _described(item: Item) -> str:
    if item["status"] in UNDONE:
        part = item["removed"] / item["accepted"] if item["accepted"] else 1.0
        return f"{item['status']:9s}  {bar(part)}  {item['removed']:,} taken out"
    done, total = item["rows_done"], item["rows_total"]
    part = done / total if total else float(item["status"] == "finished")
    refused = sum(item["rejected"].values()) + sum(item["unreadable"].values())
    return f"{item['status']:9s}  {bar(part)}  {item['accepted']:,} stored, {refused:,} refused"


def _upload(api: ApiClient, options: Namespace, screen: TextIO) -> str:
    """Sends the file, or what is missing of it; the import's path."""
    file: Path = options.file
    if not file.is_file():
        hint = did_you_mean(str(file), VERBS)
        raise CommandRefused(f"There is no file {file}.{hint}")
    with file.open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    size_bytes = file.stat().st_size
    item = _begun(api, options, sha256, size_bytes)
    imported, progress = f"/api/v1/imports/{item['id']}", ProgressBar(screen)
    send_pieces(api, imported, item, file, progress)
    progress.end()
    return imported


def _begun(api: ApiClient, options: Namespace, sha256: str, size_bytes: int) -> Item:
    """The import of this file that was broken off before it was started, or a new one."""
    imports = f"{project_path(api, options)}/imports"
    for item in api.items(imports, max_items=500):
        is_same = (item["sha256"], item["size_bytes"]) == (sha256, size_bytes)
        if is_same and item["status"] in {"uploading", "ready"}:
            return item
    return api.post(imports, {"file_name": options.file.name, "size_bytes": size_bytes, "sha256": sha256})


def _preview(api: ApiClient, imported: str, options: Namespace) -> Reply:
    """How the file would be read, or what has to be said first."""
    try:
        how = _how(api, imported, options)
    except Undecided as undecided:
        shown, remarks = undecided.shown, [str(undecided)]
    else:
        shown, remarks = api.post(f"{imported}:preview", {"how": how}), []
    api.post(f"{imported}:cancel")
    return Reply(shown, ("row", "sensor", "time", "value"), shown["readings"], _previewed(shown), remarks)


def _remarks(ended: Item) -> Iterator[str]:
    """Remarks on rows that were not stored, for whoever imported them."""
    if ended["failure"]:
        yield f"{ended['failure'][0].upper()}{ended['failure'][1:]}."
    elif ended["status"] not in UNDONE and (ended["unreadable"] or ended["rejected"]):
        counts = {**ended["rejected"], **ended["unreadable"]}
        yield f"Not stored: {', '.join(f'{count:,} {code}' for code, count in counts.items())}."
    if ended["status"] not in UNDONE:
        yield from map(_unread, ended["unreadable_rows"][:SHOWN_ROWS])


def _unread(fault: Item) -> str:
    column = f", {fault['column']}" if fault["column"] else ""
    return f"Row {fault['row']}{column}: {fault['code']}: {fault['text']}"


def _how(api: ApiClient, imported: str, options: Namespace) -> dict[str, Any]:
    if options.how:
        how = _json(options.how)
        how = {**how, "time": {**how.get("time", {}), **time_changes(options)}} | csv_changes(how, options)
    else:
        how = choose(api.post(f"{imported}:preview"), options)
    if options.sensor:
        named = {"names": _pairs(_SENSOR_FORM, options.sensor)}
        of_columns = {
            "sensor": None,
            "value": None,
            "names": None,
            "columns": _pairs(_SENSOR_FORM, options.sensor),
        }
        how |= named if how["format"] in NAMED_SIGNALS else of_columns
    if options.unit:
        how["units"] = _pairs(_UNIT_FORM, options.unit)
    return how


def _previewed(shown: Item) -> str:
    columns = [["COLUMN", "TYPE", "EXAMPLES"]]
    columns += [[each["name"], each["type"], ", ".join(each["examples"])] for each in shown["columns"]]
    readings = [["ROW", "SENSOR", "TIME", "VALUE"]]
    readings += [
        [str(each["row"]), each["sensor"], each["time"], str(each["value"])] for each in shown["readings"]
    ]
    lines = [*table(columns), ""]
    lines += [*table(readings), ""] if shown["how"] else []
    lines += map(_unread, shown["unreadable"])
    lines += [f"{each[0].upper()}{each[1:]}." for each in shown["notes"]]
    if shown["unknown_sensors"]:
        lines.append(f"The project has no sensor {', '.join(shown['unknown_sensors'])}.")
    ways = [shown["how"]] if shown["how"] else shown["candidates"]
    lines += [f"--how {shlex.quote(json.dumps(each, ensure_ascii=False))}" for each in ways]
    return "\n".join(lines)


def _pairs(form: str, texts: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        name, _, value = text.rpartition("=")
        if not (name and value):
            raise CommandRefused(f"{text!r} is not as it should be: write {form}.")
        pairs[name] = value
    return pairs


def _json(text: str) -> dict[str, Any]:
    content = Path(text.removeprefix("@")).read_text(encoding="utf-8") if text.startswith("@") else text
    try:
        return json.loads(content)
    except ValueError as error:
        raise CommandRefused(f"How to read it is no JSON: {error}") from None


IMPORT = Noun(
    "import",
    "readings from the past, out of CSV, Parquet or Arrow files",
    (
        verb(
            "start",
            "read a file in; `import FILE` is short for it",
            _start,
            argument("file", type=Path, metavar="FILE"),
            argument("--project", required=True, help="its name or id"),
            argument("--preview", action="store_true", help="show how it would be read; store nothing"),
            argument("--how", metavar="JSON", help="how to read it, or @FILE; by default as it is guessed"),
            argument(
                "--time",
                metavar="FORMAT",
                help=f"{', '.join(FORMATS)}, or a pattern such as '%%d/%%m/%%Y %%H:%%M:%%S'",
            ),
            argument("--decimal", choices=MARKS, help="the mark in 1,5 or 1.5; the other groups thousands"),
            argument(
                "--repeated", choices=("order", "earlier", "later"), help="which of two local times is meant"
            ),
            argument("--zone", help="of times without an offset, such as Europe/Berlin"),
            argument(
                "--sensor", action="append", metavar=_SENSOR_FORM, default=[], help="of a column; repeatable"
            ),
            argument(
                "--unit",
                action="append",
                metavar=_UNIT_FORM,
                default=[],
                help="of the file's values; repeatable",
            ),
            argument("--start", metavar="TIME", help="when a count of seconds was 0, in RFC 3339"),
            argument(
                "--create",
                action="store_true",
                help="missing sensors first; those of an export with their profile versions",
            ),
            argument("--allow-repeat", action="store_true", help="though the same file was read in before"),
            argument(
                "--allow-rejects",
                action="store_true",
                help="though sensors are missing: theirs become dead letters",
            ),
            examples=(
                "import old.csv --project 'Rig 7' --preview",
                "import old.csv --project 'Rig 7' --zone Europe/Berlin --sensor Druck=p1 --unit p1=bar",
            ),
        ),
        listing(
            "list",
            "list a project's imports",
            items("{project}/imports"),
            *OF_PROJECT,
            columns=COLUMNS,
            examples=("import list 'Rig 7'",),
        ),
        verb("show", "show an import", read("{import}"), _IMPORT, examples=(f"import show {_ID} --json",)),
        verb(
            "watch",
            "show an import's progress until it ends",
            _watch,
            _IMPORT,
            examples=(f"import watch {_ID}",),
        ),
        *(
            verb(name, purpose, act(f"{{import}}:{name}"), _IMPORT, examples=(f"import {name} {_ID}",))
            for name, purpose in (
                ("pause", "stop an import for now"),
                ("resume", "let a paused or failed import go on"),
                ("cancel", "end an import for good; what is stored stays"),
            )
        ),
        verb(
            "undo",
            "take out again what an import has stored",
            _undo,
            _IMPORT,
            YES,
            examples=(f"import undo {_ID}", f"import undo {_ID} --yes"),
        ),
    ),
    usual="start",
)
