"""`measure`: numbers about runs that are made from their readings."""

from argparse import Namespace

from barograph.cli.api_client import ApiClient
from barograph.cli.resources.calls import deletion, given, items, listing, read, verb, whole
from barograph.cli.resources.places import OF_PROJECT, OF_RUN, path
from barograph.cli.verb import Answer, CommandRefused, Noun, argument

_OF_MEASURE = (argument("measure", metavar="MEASURE", help="its id"),)
_FIELDS = ("name", "sensor", "stat", "layer", "over")
_WHEN = (
    argument("--when", metavar="SENSOR", help="only the time counts in which this sensor's last value is …"),
    argument("--above", type=float, metavar="X", help="… above this"),
    argument("--below", type=float, metavar="X", help="… below this"),
)
_CHOICES = (
    argument("--layer", choices=("physical", "raw"), help="of which values (physical)"),
    argument("--over", choices=("run", "capture_session"), help="one value for a run, or for each session"),
)


def _create(api: ApiClient, options: Namespace) -> Answer:
    return api.post(path(api, options, "{project}/measures"), given(options, *_FIELDS) | _condition(options))


def _change(api: ApiClient, options: Namespace) -> Answer:
    changes = given(options, *_FIELDS) | _condition(options)
    if options.always:
        changes["when"] = None
    if not changes:
        raise CommandRefused("Say what to change; `--help` lists the options.")
    return api.patch(path(api, options, "{measure}"), changes)


def _condition(options: Namespace) -> dict[str, object]:
    bounds = given(options, "above", "below")
    if options.when is None:
        if bounds:
            raise CommandRefused("--above and --below go with --when.")
        return {}
    # The one that is not said goes, should it be a change.
    return {"when": {"above": None, "below": None, "sensor": options.when} | bounds}


MEASURE = Noun(
    "measure",
    "numbers about runs that are made from their readings",
    (
        verb(
            "add",
            "define one; it is computed for the runs that there are, and those that come",
            _create,
            *OF_PROJECT,
            argument("name", metavar="NAME"),
            argument("sensor", metavar="SENSOR", help="its key or id"),
            argument("stat", metavar="STAT", help="count, mean, min, max, p99, duration, …"),
            *_CHOICES,
            *_WHEN,
            examples=(
                "measure add 'Rig 7' max_p1 p1 max",
                "measure add 'Rig 7' burn_s p1 duration --when valve --above 0.5",
            ),
        ),
        listing(
            "list",
            "list a project's measures",
            items("{project}/measures"),
            *OF_PROJECT,
            columns=("id", "name", "sensor", "stat", "layer", "over", "when", "unit"),
            examples=("measure list 'Rig 7'",),
        ),
        verb(
            "show",
            "show one",
            read("{measure}"),
            *_OF_MEASURE,
            examples=("measure show 3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11",),
        ),
        verb(
            "change",
            "change one; but for its name, its values are computed again",
            _change,
            *_OF_MEASURE,
            argument("--name"),
            argument("--sensor", help="its key or id"),
            argument("--stat"),
            *_CHOICES,
            *_WHEN,
            argument("--always", action="store_true", help="without a condition"),
            examples=("measure change 3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11 --stat p99",),
        ),
        deletion(
            "delete",
            "delete one, with its values",
            "{measure}",
            *_OF_MEASURE,
            examples=("measure delete 3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11 --yes",),
        ),
        listing(
            "values",
            "list the values of a run and of its capture sessions",
            whole("{run}/measures"),
            *OF_RUN,
            columns=("name", "ordinal", "value", "unit", "readings", "is_stale", "problem", "computed_at"),
            examples=("measure values 3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11",),
        ),
    ),
)
