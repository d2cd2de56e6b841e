"""`sensor`, `profile`: sensors and the versions of their calibration."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

from barograph.cli.api_client import ApiClient
from barograph.cli.moments import HELP, moment
from barograph.cli.resources.calls import (
    act,
    change,
    create,
    deletion,
    given,
    items,
    listing,
    read,
    verb,
    whole,
)
from barograph.cli.resources.places import OF_PROJECT, OF_SENSOR, path
from barograph.cli.verb import Answer, CommandRefused, Noun, argument

STATUSES = ("registering", "active", "inactive", "decommissioned")
FIELDS = ("key", "name", "kind", "input_unit", "output_unit", "tags", "silent_after_s", "status")
PROFILE = (*OF_SENSOR, argument("number", type=int, metavar="N", help="of the version"))
_DESCRIPTION = (
    *(argument(name) for name in ("--name", "--kind", "--input-unit", "--output-unit")),
    argument("--tag", action="append", dest="tags", help="repeatable"),
    argument(
        "--silent-after-s",
        type=int,
        metavar="SECONDS",
        help="raise an alarm when nothing is heard of it for so long",
    ),
)


def _create_profile(api: ApiClient, options: Namespace) -> Answer:
    fields = given(options, "kind", "note") | {"payload": _payload(options.payload)}
    return api.post(path(api, options, "{sensor}/conversion-profiles"), fields)


def _evaluate(api: ApiClient, options: Namespace) -> Answer:
    body = {"kind": options.kind, "payload": _payload(options.payload), "raw": options.raw}
    converted = api.post("/api/v1/conversion-profiles:evaluate", body)
    return [
        {"raw": raw, "physical": physical, "flags": flags}
        for raw, physical, flags in zip(options.raw, converted["physical"], converted["flags"], strict=True)
    ]


def _payload(text: str) -> Any:  # noqa: ANN401  # any JSON
    content = Path(text.removeprefix("@")).read_text(encoding="utf-8") if text.startswith("@") else text
    try:
        return json.loads(content)
    except ValueError as error:
        raise CommandRefused(f"The payload is no JSON: {error}") from None


_RULE = (
    argument("kind", help="such as linear, polynomial, thermocouple"),
    argument("payload", help="JSON, or @FILE"),
)

SENSOR = Noun(
    "sensor",
    "sensors: one scalar channel each",
    (
        verb(
            "create",
            "create a sensor",
            create("{project}/sensors", *FIELDS[:-1]),
            *OF_PROJECT,
            argument("key", help="unique in the project"),
            *_DESCRIPTION,
            examples=("sensor create 'Rig 7' p1 --input-unit V --output-unit bar",),
        ),
        listing(
            "list",
            "list a project's sensors",
            items("{project}/sensors", "status", "connection", "tag", "q", "sort"),
            *OF_PROJECT,
            argument("--status", choices=STATUSES),
            argument("--connection", choices=("online", "delayed", "offline")),
            argument("--tag", action="append", help="all must match; repeatable"),
            argument("--q", metavar="TEXT", help="stands in the key or name"),
            argument(
                "--sort",
                metavar="BY",
                help="key, name, last_seen_at or created_at; descending: --sort=-key",
            ),
            columns=("id", "key", "kind", "output_unit", "status", "last_seen_at"),
            examples=("sensor list 'Rig 7'", "sensor list 'Rig 7' --status active --field key"),
        ),
        verb("show", "show a sensor", read("{sensor}"), *OF_SENSOR, examples=("sensor show 'Rig 7' p1",)),
        verb(
            "change",
            "change what a sensor says of itself, or its status",
            change("{sensor}", *(name for name in FIELDS if name != "key")),
            *OF_SENSOR,
            *_DESCRIPTION,
            argument("--status", choices=STATUSES[1:], help="inactive ones take no readings"),
            examples=("sensor change 'Rig 7' p1 --status inactive",),
        ),
        listing(
            "timeline",
            "list which version of its calibration is valid when",
            whole("{sensor}/timeline"),
            *OF_SENSOR,
            columns=("valid_from", "valid_to", "number", "kind"),
            examples=("sensor timeline 'Rig 7' p1",),
        ),
        deletion(
            "delete",
            "delete a sensor without readings; one with readings is decommissioned",
            "{sensor}",
            *OF_SENSOR,
            examples=("sensor delete 'Rig 7' p1",),
        ),
    ),
)

CALIBRATION = Noun(
    "profile",
    "versions of a sensor's calibration",
    (
        verb(
            "create",
            "save a version; it is valid once it is activated",
            _create_profile,
            *OF_SENSOR,
            _RULE[0],
            argument("payload", nargs="?", default="{}", help="JSON, or @FILE"),
            argument("--note"),
            examples=("""profile create 'Rig 7' p1 linear '{"slope": 25, "offset": -12.5}'""",),
        ),
        verb(
            "activate",
            "let a version be valid",
            act("{profile}:activate", "valid_from", "valid_to"),
            *PROFILE,
            argument(
                "--valid-from",
                type=moment,
                metavar="TIME",
                help=f"default: now; the first time, always ({HELP})",
            ),
            argument("--valid-to", type=moment, metavar="TIME", help="default: without end"),
            examples=("profile activate 'Rig 7' p1 2 --valid-from -7d",),
        ),
        verb(
            "deprecate",
            "let a version be valid no longer, from now on",
            act("{profile}:deprecate"),
            *PROFILE,
            examples=("profile deprecate 'Rig 7' p1 1",),
        ),
        listing(
            "list",
            "list a sensor's versions",
            items("{sensor}/conversion-profiles"),
            *OF_SENSOR,
            columns=("number", "id", "kind", "validity"),
            examples=("profile list 'Rig 7' p1",),
        ),
        verb(
            "show",
            "show a version",
            read("{profile}"),
            *PROFILE,
            examples=("profile show 'Rig 7' p1 1 --json",),
        ),
        verb(
            "evaluate",
            "convert raw values by a rule, without saving it",
            _evaluate,
            *_RULE,
            argument("raw", type=float, nargs="+", help="values"),
            columns=("raw", "physical", "flags"),
            examples=("""profile evaluate linear '{"slope": 25, "offset": -12.5}' 0.5 4.5""",),
        ),
        listing(
            "kinds",
            "list the kinds of rules that there are",
            whole("/api/v1/conversion-kinds"),
            columns=("name", "title"),
            examples=("profile kinds",),
        ),
    ),
)
