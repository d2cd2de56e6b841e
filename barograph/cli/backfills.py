"""`backfill`: converting stored readings again, from the first look to taking it back."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, TextIO

from barograph.cli.api_client import ApiClient, CommandRefused
from barograph.cli.noun import Commands, Noun, given
from barograph.cli.progress import ProgressBar, duration
from barograph.cli.projects import add_project, is_id, project_path, sensor_id
from barograph.cli.sensors import version_of
from barograph.cli.show import Answer, Item, table

POLL_S = 0.5
COLUMNS = ("id", "status", "dry_run", "profile", "readings_done", "readings_total", "created_at", "reason")
EFFECT = ("key", "readings", "changed", "mean_change", "max_change", "new_flags", "cleared_flags")
ENDED = {"finished", "failed", "cancelled", "undone"}


def add_commands(commands: Commands) -> None:
    """Adds them."""
    backfill = Noun(commands, "backfill", "converting stored readings again", COLUMNS)
    plan = backfill.verb("plan", _plan, "count what a backfill would convert, without converting it")
    dry_run = backfill.verb("dry-run", _dry_run, "find out what a backfill would change")
    start = backfill.verb("start", _start, "convert stored readings again")
    for parser in (plan, dry_run, start):
        _add_scope(parser)
    start.add_argument("--watch", action="store_true", help="and show its progress until it ends")
    _add_id(backfill.verb("watch", _watch, "show a backfill's progress until it ends"))
    _add_id(backfill.verb("pause", _act("pause"), "stop a backfill for now"))
    _add_id(backfill.verb("resume", _act("resume"), "let a paused backfill go on"))
    _add_id(backfill.verb("cancel", _act("cancel"), "end a backfill for good; what it has done stays"))
    undo = backfill.verb("undo", _undo, "put back what a backfill has replaced")
    _add_id(undo)
    undo.add_argument("--watch", action="store_true", help="and show its progress until it ends")
    add_project(backfill.lister(_list, "list a project's backfills"))


def watch(
    api: ApiClient, backfill_id: str, screen: TextIO, sleep: Callable[[float], None] = time.sleep
) -> Item:
    """Draws the progress until the backfill has ended or is paused; the backfill as it is then."""
    progress = ProgressBar(screen)
    while True:
        item = api.get(f"/api/v1/backfills/{backfill_id}")
        progress.draw(item)
        if item["status"] in ENDED or item["status"] == "paused":
            progress.end()
            return item
        sleep(POLL_S)


def _add_scope(parser: argparse.ArgumentParser) -> None:
    add_project(parser)
    parser.add_argument("--sensor", action="append", metavar="KEY", help="these only; repeatable")
    parser.add_argument("--run", metavar="ID", help="readings of its capture sessions")
    parser.add_argument("--capture-session", metavar="ID")
    parser.add_argument("--from", metavar="TIME", help="readings at or after this time")
    parser.add_argument("--to", metavar="TIME", help="readings before this time")
    parser.add_argument(
        "--profile",
        metavar="N",
        help="number or id of a version of the one sensor's calibration, which is given the range first; "
        "default: the versions that hold at the readings' times",
    )
    parser.add_argument("--reason", required=True, help="for the audit trail")
    parser.add_argument("--priority", type=int, metavar="N", help="-100 to 100; higher ones first (0)")
    parser.add_argument(
        "--share", type=float, metavar="F", help="of one connection's time, at most so much: 0.25 (no limit)"
    )


def _add_id(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("backfill", metavar="ID")


def _plan(api: ApiClient, options: argparse.Namespace) -> Answer:
    made = _ask(api, options, dry_run=True)
    while made["status"] == "planned":
        time.sleep(POLL_S)
        made = api.get(f"/api/v1/backfills/{made['id']}")
    if made["status"] not in ENDED:
        made = _cancelled(api, made)
    names = ("readings_total", "windows_total", "runs", "capture_sessions", "estimated_s")
    return {name: made[name] for name in names}


def _cancelled(api: ApiClient, made: Item) -> dict[str, Any]:
    try:
        return api.post(f"/api/v1/backfills/{made['id']}:cancel")
    except CommandRefused:  # it has just ended by itself
        return api.get(f"/api/v1/backfills/{made['id']}")


def _dry_run(api: ApiClient, options: argparse.Namespace) -> Answer:
    """For eyes, a line for each sensor, in place of everything there is to know."""
    tried = watch(api, _ask(api, options, dry_run=True)["id"], sys.stderr)
    if options.json or options.field is not None:
        return tried
    for heading in ("runs", "capture_sessions"):
        sys.stdout.write(f"{heading.replace('_', ' ')} touched: {len(tried[heading])}\n")
    if tried["estimated_s"] is not None:
        sys.stdout.write(f"estimated: {duration(tried['estimated_s'])} of one worker\n")
    rows = [[_cell(sensor[name]) for name in EFFECT] for sensor in tried["effect"]]
    lines = table([[name.upper().replace("_", " ") for name in EFFECT], *rows])
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return None


def _start(api: ApiClient, options: argparse.Namespace) -> Answer:
    made = _ask(api, options, dry_run=False)
    return watch(api, made["id"], sys.stderr) if options.watch else made


def _watch(api: ApiClient, options: argparse.Namespace) -> Answer:
    return watch(api, options.backfill, sys.stderr)


def _undo(api: ApiClient, options: argparse.Namespace) -> Answer:
    made = api.post(f"/api/v1/backfills/{options.backfill}:undo")
    return watch(api, made["id"], sys.stderr) if options.watch else made


def _act(act: str) -> Callable[[ApiClient, argparse.Namespace], Answer]:
    return lambda api, options: api.post(f"/api/v1/backfills/{options.backfill}:{act}")


def _list(api: ApiClient, options: argparse.Namespace) -> Iterator[Item]:
    return api.items(f"{project_path(api, options)}/backfills")


def _ask(api: ApiClient, options: argparse.Namespace, *, dry_run: bool) -> dict[str, Any]:
    project = project_path(api, options)
    body = given(options, "run", "capture_session", "from", "to", "reason", "priority", "share")
    body["dry_run"] = dry_run
    if options.sensor:
        body["sensors"] = [sensor_id(api, project, key) for key in options.sensor]
    if options.profile is not None:
        body["profile"] = _profile(api, options.profile, body.get("sensors", []))
    return api.post(f"{project}/backfills", body)


def _profile(api: ApiClient, named: str, sensors: list[str]) -> str:
    """The id of a version, which may be told by its number if there is one sensor."""
    if is_id(named) or named == "timeline":
        return named
    if len(sensors) != 1 or not named.isdecimal():
        raise CommandRefused("Say which version by its id, or by its number and one --sensor.")
    return version_of(api, f"/api/v1/sensors/{sensors[0]}/conversion-profiles", int(named))["id"]


def _cell(value: str | float | None) -> str:
    match value:
        case None:
            return "-"
        case float():
            return f"{value:.6g}"
        case _:
            return str(value)
