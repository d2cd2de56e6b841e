"""`reject`: readings that were refused, kept to be looked at and tried again."""

from argparse import Namespace
from collections.abc import Iterable

from barograph.cli.api_client import ApiClient
from barograph.cli.resources.calls import PERIOD, given, items, listing, verb
from barograph.cli.resources.places import OF_PROJECT, path
from barograph.cli.verb import Answer, Item, Noun, argument

CODES = (
    "unknown-channel",
    "unknown-sensor",
    "sensor-inactive",
    "bad-value",
    "bad-time",
    "not-finite",
    "too-old",
    "too-far-ahead",
    "storage-refused",
)
FILTERS = ("sensor", "producer", "code", "from", "to")
_FILTERS = (
    argument("--sensor", help="its key or id, or as it was sent"),
    argument("--producer", metavar="NAME"),
    argument("--code", choices=CODES, help="why they were refused"),
    *PERIOD,
)


def _replay(api: ApiClient, options: Namespace) -> Answer:
    """All of them, however many answers that takes."""
    letters = path(api, options, "{project}/rejected-readings:replay")
    body, counts = given(options, *FILTERS, "ids"), {"replayed": 0, "rejected": 0}
    while True:
        answer = api.post(letters, body)
        counts = {name: counts[name] + answer[name] for name in counts}
        if answer["next_cursor"] is None:
            return counts
        body = {**body, "cursor": answer["next_cursor"]}


def _summary(api: ApiClient, options: Namespace) -> Iterable[Item]:
    there = path(api, options, "{project}/rejected-readings/summary")
    return api.get(there, **given(options, "by", "from", "to"))["items"]


REJECT = Noun(
    "reject",
    "readings that were refused, kept as dead letters",
    (
        listing(
            "list",
            "list readings that were refused, newest first",
            items("{project}/rejected-readings", *FILTERS, "replayed"),
            *OF_PROJECT,
            *_FILTERS,
            argument(
                "--replayed",
                choices=("true", "false"),
                help="only those that are stored by now, or that are not",
            ),
            columns=("id", "received_at", "producer", "seq", "sensor", "value", "code", "replayed_at"),
            examples=("reject list 'Rig 7' --code unknown-sensor --from -1d",),
        ),
        listing(
            "summary",
            "count those that wait, by what they have in common",
            _summary,
            *OF_PROJECT,
            argument(
                "--by",
                metavar="NAMES",
                default="code,sensor,producer",
                help="code, sensor, producer, with commas",
            ),
            *PERIOD,
            columns=("count", "code", "sensor", "producer", "first_received_at", "last_received_at"),
            examples=("reject summary 'Rig 7' --by code,sensor --from -7d",),
        ),
        verb(
            "replay",
            "try them again, once the cause is put right",
            _replay,
            *OF_PROJECT,
            *_FILTERS,
            argument("--id", action="append", dest="ids", metavar="ID", help="this one; repeatable"),
            examples=("reject replay 'Rig 7' --sensor p9",),
        ),
    ),
)
