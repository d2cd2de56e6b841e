"""`backfill`: converting stored readings again, from the first look to taking it back."""

import sys
import time
from argparse import Namespace
from collections.abc import Callable
from typing import Any, TextIO

from barograph.cli.api_client import ApiClient
from barograph.cli.progress import ProgressBar, duration
from barograph.cli.resources.calls import PERIOD, act, given, items, listing, read, verb
from barograph.cli.resources.places import OF_PROJECT, is_id, path, project_path, sensor_id, version_of
from barograph.cli.show import table
from barograph.cli.verb import Answer, CommandRefused, Item, Noun, Reply, argument

POLL_S = 0.5
COLUMNS = ("id", "status", "dry_run", "profile", "readings_done", "readings_total", "created_at", "reason")
EFFECT = ("key", "readings", "changed", "mean_change", "max_change", "new_flags", "cleared_flags")
PLANNED = ("readings_total", "windows_total", "runs", "capture_sessions", "estimated_s")
STATUSES = ("planned", "running", "paused", "finished", "failed", "cancelled", "undoing", "undone")
ENDED = {"finished", "failed", "cancelled", "undone"}
_ID = "3f0c8d5e-0b1f-4a57-9d6e-2f6a1c9b7e10"
_BACKFILL = argument("backfill", metavar="ID")
_WATCH = argument("--watch", action="store_true", help="and show its progress until it ends")
_SCOPE = (
    *OF_PROJECT,
    argument("--sensor", action="append", metavar="KEY", help="these only; repeatable"),
    argument("--run", metavar="ID", help="readings of its capture sessions"),
    argument("--capture-session", metavar="ID"),
    *PERIOD,
    argument(
        "--profile",
        metavar="N",
        help="number or id of a version of the one sensor's calibration, which is given the range first; "
        "default: the versions that are valid at the readings' times",
    ),
    argument("--reason", required=True, help="for the audit trail"),
    argument("--priority", type=int, metavar="N", help="-100 to 100; higher ones first (0)"),
    argument(
        "--share", type=float, metavar="F", help="of one connection's time, at most so much: 0.25 (no limit)"
    ),
)
_SCOPE_EXAMPLE = "'Rig 7' --sensor p1 --profile 2 --from -30d --reason 'certificate of May'"


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


def _watched(api: ApiClient, backfill_id: str) -> Reply:
    item = watch(api, backfill_id, sys.stderr)
    return Reply(item, code=1 if item["status"] == "failed" else 0)


def _plan(api: ApiClient, options: Namespace) -> Answer:
    made = _ask(api, options, dry_run=True)
    while made["status"] == "planned":
        time.sleep(POLL_S)
        made = api.get(f"/api/v1/backfills/{made['id']}")
    if made["status"] not in ENDED:
        made = _cancelled(api, made)
    return {name: made[name] for name in PLANNED}


def _cancelled(api: ApiClient, made: Item) -> dict[str, Any]:
    try:
        return api.post(f"/api/v1/backfills/{made['id']}:cancel")
    except CommandRefused:  # it has just ended by itself
        return api.get(f"/api/v1/backfills/{made['id']}")


def _dry_run(api: ApiClient, options: Namespace) -> Reply:
    """Reports a line for each sensor, for eyes, in place of everything there is to know."""
    tried = watch(api, _ask(api, options, dry_run=True)["id"], sys.stderr)
    lines = [f"{name.replace('_', ' ')} touched: {len(tried[name])}" for name in ("runs", "capture_sessions")]
    if tried["estimated_s"] is not None:
        lines.append(f"estimated: {duration(tried['estimated_s'])} of one worker")
    rows = [[_cell(sensor[name]) for name in EFFECT] for sensor in tried["effect"]]
    lines += table([[name.upper().replace("_", " ") for name in EFFECT], *rows])
    return Reply(tried, text="\n".join(lines), code=1 if tried["status"] == "failed" else 0)


def _start(api: ApiClient, options: Namespace) -> Reply:
    made = _ask(api, options, dry_run=False)
    return _watched(api, made["id"]) if options.watch else Reply(made)


def _watch(api: ApiClient, options: Namespace) -> Reply:
    return _watched(api, path(api, options, "{backfill}").rpartition("/")[2])


def _undo(api: ApiClient, options: Namespace) -> Reply:
    made = api.post(path(api, options, "{backfill}:undo"))
    return _watched(api, made["id"]) if options.watch else Reply(made)


def _ask(api: ApiClient, options: Namespace, *, dry_run: bool) -> dict[str, Any]:
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


BACKFILL = Noun(
    "backfill",
    "converting stored readings again",
    (
        verb(
            "plan",
            "count what a backfill would convert, without converting it",
            _plan,
            *_SCOPE,
            examples=(f"backfill plan {_SCOPE_EXAMPLE}",),
        ),
        verb(
            "dry-run",
            "find out what a backfill would change",
            _dry_run,
            *_SCOPE,
            examples=(f"backfill dry-run {_SCOPE_EXAMPLE}",),
        ),
        verb(
            "start",
            "convert stored readings again",
            _start,
            *_SCOPE,
            _WATCH,
            examples=(f"backfill start {_SCOPE_EXAMPLE} --watch",),
        ),
        verb(
            "watch",
            "show a backfill's progress until it ends",
            _watch,
            _BACKFILL,
            examples=(f"backfill watch {_ID}",),
        ),
        verb(
            "show",
            "show a backfill",
            read("{backfill}"),
            _BACKFILL,
            examples=(f"backfill show {_ID} --json",),
        ),
        *(
            verb(name, purpose, act(f"{{backfill}}:{name}"), _BACKFILL, examples=(f"backfill {name} {_ID}",))
            for name, purpose in (
                ("pause", "stop a backfill for now"),
                ("resume", "let a paused backfill go on"),
                ("cancel", "end a backfill for good; what it has done stays"),
            )
        ),
        verb(
            "undo",
            "put back what a backfill has replaced",
            _undo,
            _BACKFILL,
            _WATCH,
            examples=(f"backfill undo {_ID} --watch",),
        ),
        listing(
            "list",
            "list a project's backfills",
            items("{project}/backfills", "status"),
            *OF_PROJECT,
            argument("--status", choices=STATUSES),
            columns=COLUMNS,
            examples=("backfill list 'Rig 7' --status running",),
        ),
    ),
)
