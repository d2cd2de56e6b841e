"""`import FILE`: readings from the past, out of a file. `imports`: those that there are."""

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

from barograph.cli import connect, show
from barograph.cli.api_client import ApiClient, CommandRefused
from barograph.cli.import_choice import FORMATS, MARKS, Undecided, choose, csv_changes, time_changes
from barograph.cli.noun import Commands, Noun
from barograph.cli.progress import ProgressBar, bar
from barograph.cli.projects import add_project, project_path, the_id
from barograph.cli.show import Answer, Item, table
from barograph.settings import Settings

PIECE_BYTES = 2**22
POLL_S = 0.5
COLUMNS = ("id", "file_name", "status", "rows_done", "rows_total", "accepted", "created_at")
ENDED = {"finished", "failed", "cancelled", "paused"}


def add_commands(commands: Commands) -> None:
    """Adds them."""
    purpose = "read readings from the past out of a CSV, Parquet or Arrow file"
    parser: argparse.ArgumentParser = commands.add_parser(
        "import", help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}."
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--project", required=True, help="its name or id")
    parser.add_argument("--preview", action="store_true", help="show how it would be read; store nothing")
    parser.add_argument("--how", metavar="JSON", help="how to read it, or @FILE; by default as it is guessed")
    parser.add_argument(
        "--time",
        metavar="FORMAT",
        help=f"{', '.join(FORMATS)}, or a pattern such as '%%d/%%m/%%Y %%H:%%M:%%S'",
    )
    parser.add_argument("--decimal", choices=MARKS, help="the mark in 1,5 or 1.5; the other groups thousands")
    parser.add_argument(
        "--repeated", choices=("order", "earlier", "later"), help="which of two local times is meant"
    )
    parser.add_argument("--zone", help="of times without an offset, such as Europe/Berlin")
    parser.add_argument(
        "--sensor", action="append", metavar="COLUMN=KEY", default=[], help="of a column; repeatable"
    )
    parser.add_argument(
        "--unit", action="append", metavar="KEY=UNIT", default=[], help="of the file's values; repeatable"
    )
    parser.add_argument("--allow-repeat", action="store_true", help="though the same file was read in before")
    parser.add_argument(
        "--allow-rejects", action="store_true", help="though sensors are missing: theirs become dead letters"
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="data directory of `up` (.data)")
    connect.add_options(parser)
    show.add_options(parser)
    parser.set_defaults(command=_import)
    imports = Noun(commands, "imports", "imports of files", COLUMNS)
    add_project(imports.lister(_list, "list a project's imports"))
    for name, action, does in (
        ("watch", _watch, "show an import's progress until it ends"),
        ("pause", _act("pause"), "stop an import for now"),
        ("resume", _act("resume"), "let a paused or failed import go on"),
        ("cancel", _act("cancel"), "end an import for good; what is stored stays"),
    ):
        imports.verb(name, action, does).add_argument("import_id", metavar="ID")


def _import(options: argparse.Namespace, settings: Settings) -> int:
    api = connect.connect(options, settings)
    imported = _upload(api, options, sys.stderr)
    if options.preview:
        _preview(api, imported, options)
        return 0
    how = _how(api, imported, options)
    body = {"how": how, "allow_repeat": options.allow_repeat, "allow_rejects": options.allow_rejects}
    started = api.post(f"{imported}:start", body)
    ended = watch(api, started["id"], sys.stderr)
    show.show(ended, options, COLUMNS)
    sys.stderr.writelines(f"{line}\n" for line in _remarks(ended))
    return 0 if ended["status"] == "finished" else 1


def watch(
    api: ApiClient, import_id: str, screen: TextIO, sleep: Callable[[float], None] = time.sleep
) -> Item:
    """Draws the progress until the import has ended or is paused; the import as it is then."""
    progress = ProgressBar(screen)
    while True:
        item = api.get(f"/api/v1/imports/{import_id}")
        progress.show(_described(item))
        if item["status"] in ENDED:
            progress.end()
            return item
        sleep(POLL_S)


def _described(item: Item) -> str:
    done, total = item["rows_done"], item["rows_total"]
    part = done / total if total else float(item["status"] == "finished")
    refused = sum(item["rejected"].values()) + sum(item["unreadable"].values())
    return f"{item['status']:9s}  {bar(part)}  {item['accepted']:,} stored, {refused:,} refused"


def _upload(api: ApiClient, options: argparse.Namespace, screen: TextIO) -> str:
    """Sends the file, or what is missing of it; the import's path."""
    path: Path = options.file
    if not path.is_file():
        raise CommandRefused(f"There is no file {path}.")
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    size_bytes = path.stat().st_size
    item = _begun(api, options, sha256, size_bytes)
    imported, progress = f"/api/v1/imports/{item['id']}", ProgressBar(screen)
    with path.open("rb") as file:
        while item["received_bytes"] < size_bytes:
            file.seek(item["received_bytes"])
            item = api.put_piece(f"{imported}/content", item["received_bytes"], file.read(PIECE_BYTES))
            progress.show(f"sending    {bar(item['received_bytes'] / size_bytes)}")
    progress.end()
    return imported


def _begun(api: ApiClient, options: argparse.Namespace, sha256: str, size_bytes: int) -> Item:
    """The import of this file that was broken off before it was started, or a new one."""
    imports = f"{project_path(api, options)}/imports"
    for item in api.items(imports, most=500):
        is_same = (item["sha256"], item["size_bytes"]) == (sha256, size_bytes)
        if is_same and item["status"] in {"uploading", "ready"}:
            return item
    return api.post(imports, {"file_name": options.file.name, "size_bytes": size_bytes, "sha256": sha256})


def _preview(api: ApiClient, imported: str, options: argparse.Namespace) -> None:
    """Shows how the file would be read, or what has to be said first."""
    try:
        how = _how(api, imported, options)
    except Undecided as undecided:
        _show_preview(undecided.shown, options)
        sys.stderr.write(f"{undecided}\n")
    else:
        _show_preview(api.post(f"{imported}:preview", {"how": how}), options)
    api.post(f"{imported}:cancel")


def _remarks(ended: Item) -> Iterator[str]:
    """What whoever imported should know about rows that were not stored."""
    if ended["failure"]:
        yield f"{ended['failure'][0].upper()}{ended['failure'][1:]}."
    elif ended["unreadable"] or ended["rejected"]:
        counts = {**ended["rejected"], **ended["unreadable"]}
        yield f"Not stored: {', '.join(f'{count:,} {code}' for code, count in counts.items())}."


def _how(api: ApiClient, imported: str, options: argparse.Namespace) -> dict[str, Any]:
    if options.how:
        how = _json(options.how)
        how = {**how, "time": {**how.get("time", {}), **time_changes(options)}} | csv_changes(how, options)
    else:
        how = choose(api.post(f"{imported}:preview"), options)
    if options.sensor:
        how |= {"sensor": None, "value": None, "columns": _pairs(options.sensor)}
    if options.unit:
        how["units"] = _pairs(options.unit)
    return how


def _show_preview(shown: Item, options: argparse.Namespace) -> None:
    if options.json:
        sys.stdout.write(json.dumps(shown, indent=2, ensure_ascii=False) + "\n")
        return
    columns = [["COLUMN", "TYPE", "EXAMPLES"]]
    columns += [[each["name"], each["type"], ", ".join(each["examples"])] for each in shown["columns"]]
    readings = [["ROW", "SENSOR", "TIME", "VALUE"]]
    readings += [
        [str(each["row"]), each["sensor"], each["time"], str(each["value"])] for each in shown["readings"]
    ]
    lines = [*table(columns), ""]
    lines += [*table(readings), ""] if shown["how"] else []
    lines += [f"Row {each['row']}: {each['code']}: {each['text']}" for each in shown["unreadable"]]
    lines += [f"{each[0].upper()}{each[1:]}." for each in shown["notes"]]
    if shown["unknown_sensors"]:
        lines.append(f"The project has no sensor {', '.join(shown['unknown_sensors'])}.")
    ways = [shown["how"]] if shown["how"] else shown["candidates"]
    lines += [f"--how '{json.dumps(each, ensure_ascii=False)}'" for each in ways]
    sys.stdout.write("".join(f"{line}\n" for line in lines))


def _list(api: ApiClient, options: argparse.Namespace) -> Iterator[Item]:
    return api.items(f"{project_path(api, options)}/imports")


def _watch(api: ApiClient, options: argparse.Namespace) -> Answer:
    return watch(api, the_id(options.import_id, "import"), sys.stderr)


def _act(name: str) -> Callable[[ApiClient, argparse.Namespace], Answer]:
    return lambda api, options: api.post(f"/api/v1/imports/{the_id(options.import_id, 'import')}:{name}")


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = {name: value for name, _, value in (text.rpartition("=") for text in texts)}
    if not all(name and value for name, value in pairs.items()):
        raise CommandRefused("Say it as NAME=VALUE.")
    return pairs


def _json(text: str) -> dict[str, Any]:
    content = Path(text.removeprefix("@")).read_text(encoding="utf-8") if text.startswith("@") else text
    try:
        return json.loads(content)
    except ValueError as error:
        raise CommandRefused(f"How to read it is no JSON: {error}") from None
