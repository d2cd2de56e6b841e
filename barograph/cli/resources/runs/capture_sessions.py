"""`capture-session`: the intervals of a run whose readings count."""

from argparse import Namespace
from collections.abc import Iterator

from barograph.cli.api_client import ApiClient
from barograph.cli.resources.calls import (
    PERIOD,
    REASON,
    act,
    create,
    deletion,
    given,
    items,
    listing,
    read,
    verb,
)
from barograph.cli.resources.places import OF_RUN, OF_SESSION, path
from barograph.cli.resources.runs.experiments import HISTORY
from barograph.cli.resources.sensors.readings import ORDER, order
from barograph.cli.verb import Item, Noun, argument

STATUSES = ("draft", "running", "succeeded", "failed", "backfilling", "archived")
_ID = "3f0c8d5e-0b1f-4a57-9d6e-2f6a1c9b7e10"


def _list_readings(api: ApiClient, options: Namespace) -> Iterator[Item]:
    place = path(api, options, "{session}/readings")
    return api.items(place, order=order(options), **given(options, "from", "to", "as_of"))


CAPTURE_SESSION = Noun(
    "capture-session",
    "capture sessions: intervals of a run whose readings count",
    (
        verb(
            "create",
            "create a capture session of a run",
            create("{run}/capture-sessions", "start", "notes"),
            *OF_RUN,
            argument("--start", action="store_true", help="start it at once"),
            argument("--notes"),
            examples=(f"capture-session create {_ID} --start --field id",),
        ),
        verb(
            "start",
            "start one, with the sensors of its run",
            act("{session}:start", "reason"),
            *OF_SESSION,
            REASON,
            examples=(f"capture-session start {_ID}",),
        ),
        verb(
            "stop",
            "stop one",
            act("{session}:stop", "status", "reason"),
            *OF_SESSION,
            REASON,
            argument(
                "--failed", action="store_const", const="failed", dest="status", help="it did not succeed"
            ),
            examples=(f"capture-session stop {_ID}", f"capture-session stop {_ID} --failed --reason 'leak'"),
        ),
        listing(
            "list",
            "list a run's capture sessions",
            items("{run}/capture-sessions", "status"),
            *OF_RUN,
            argument("--status", choices=STATUSES),
            columns=("id", "ordinal", "status", "started_at", "stopped_at"),
            examples=(f"capture-session list {_ID}",),
        ),
        verb("show", "show one", read("{session}"), *OF_SESSION, examples=(f"capture-session show {_ID}",)),
        listing(
            "readings",
            "list the readings of one, newest first",
            _list_readings,
            *OF_SESSION,
            *PERIOD,
            *ORDER,
            columns=("time", "sensor_id", "raw", "physical", "flags"),
            examples=(f"capture-session readings {_ID} --all --csv",),
        ),
        listing(
            "sensors",
            "list the sensors of one",
            items("{session}/sensors"),
            *OF_SESSION,
            columns=("id", "key", "output_unit", "status"),
            examples=(f"capture-session sensors {_ID}",),
        ),
        listing(
            "history",
            "list when its status changed, by whom, and why",
            items("{session}/history"),
            *OF_SESSION,
            columns=HISTORY,
            examples=(f"capture-session history {_ID}",),
        ),
        deletion(
            "delete",
            "delete one that is a draft or has failed",
            "{session}",
            *OF_SESSION,
            examples=(f"capture-session delete {_ID}",),
        ),
    ),
)
