"""`limit`, `alarm`: limits of sensors, and what violates them."""

from barograph.cli.moments import HELP, moment
from barograph.cli.resources.calls import PERIOD, act, create, deletion, items, listing, verb
from barograph.cli.resources.places import OF_PROJECT, OF_SENSOR
from barograph.cli.verb import Noun, argument

LEVELS = ("warning", "critical")
FIELDS = ("level", "min", "max", "hysteresis", "delay_s", "valid_from", "valid_to")
FILTERS = ("sensor", "level", "from", "to")
_FILTERS = (
    argument("--sensor", help="its key or id"),
    argument("--level", choices=LEVELS),
    *PERIOD,
)

LIMIT = Noun(
    "limit",
    "limits of sensors: between which physical values all is well",
    (
        verb(
            "add",
            "give a sensor a limit, for readings that are stored from now on",
            create("{sensor}/limits", *FIELDS),
            *OF_SENSOR,
            argument("level", choices=LEVELS),
            argument("--min", type=float, metavar="X", help="lower physical values violate it"),
            argument("--max", type=float, metavar="X", help="higher physical values violate it"),
            argument(
                "--hysteresis", type=float, metavar="X", help="an alarm ends this far within the limit (0)"
            ),
            argument(
                "--delay-s",
                type=float,
                metavar="SECONDS",
                help="how long readings violate it before an alarm is raised (0)",
            ),
            argument(
                "--valid-from",
                type=moment,
                metavar="TIME",
                help=f"for readings of this time or later ({HELP}); default: all",
            ),
            argument("--valid-to", type=moment, metavar="TIME", help="default: without end"),
            examples=("limit add 'Rig 7' p1 critical --max 6.5 --hysteresis 0.2 --delay-s 2",),
        ),
        listing(
            "list",
            "list a sensor's limits",
            items("{sensor}/limits"),
            *OF_SENSOR,
            columns=("id", "level", "min", "max", "hysteresis", "delay_s", "valid_from", "valid_to"),
            examples=("limit list 'Rig 7' p1",),
        ),
        deletion(
            "remove",
            "remove a limit; its alarms stay",
            "{limit}",
            argument("limit", metavar="LIMIT", help="its id"),
            examples=("limit remove 0190f5fe-7c00-7a00-8000-000000000001",),
        ),
    ),
)
ALARM = Noun(
    "alarm",
    "what violates limits, and sensors that fell silent",
    (
        listing(
            "list",
            "list a project's alarms, newest first",
            items("{project}/alarms", *FILTERS, "active"),
            *OF_PROJECT,
            argument("--active", choices=("true", "false"), help="only those that are, or that have ended"),
            *_FILTERS,
            columns=("id", "sensor", "kind", "level", "raised_at", "value", "cleared_at", "acknowledged_at"),
            examples=("alarm list 'Rig 7' --active true", "alarm list 'Rig 7' --sensor p1 --from -7d"),
        ),
        listing(
            "excursions",
            "list violations by readings that came late or were converted again",
            items("{project}/excursions", *FILTERS),
            *OF_PROJECT,
            *_FILTERS,
            columns=("sensor", "level", "from", "to", "extreme", "readings"),
            examples=("alarm excursions 'Rig 7' --from -7d",),
        ),
        verb(
            "acknowledge",
            "note that you have seen an alarm",
            act("{alarm}:acknowledge", "comment"),
            argument("alarm", metavar="ALARM", help="its id"),
            argument("--comment", metavar="TEXT"),
            examples=("alarm acknowledge 0190f5fe-7c00-7a00-8000-000000000001 --comment 'valve 3'",),
        ),
    ),
)
