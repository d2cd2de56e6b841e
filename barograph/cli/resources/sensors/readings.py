"""`readings`, `series`: questions about what sensors measured."""

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from barograph.cli.api_client import ApiClient
from barograph.cli.moments import moment
from barograph.cli.resources.calls import PERIOD, given, listing, verb
from barograph.cli.resources.places import OF_PROJECT, OF_SENSOR, path, project_path, sensor_id
from barograph.cli.verb import CommandRefused, Item, Reply, argument
from barograph.times import format_us

DEFAULT_FROM = "-1h"
ASKED = (
    *("from", "to", "as_of", "run", "capture_session", "layer", "stat", "fill", "max_gap", "downsample"),
    "include",
)
AS_OF = argument("--as-of", type=moment, metavar="TIME", help="as it was believed then")
ORDER = (argument("--oldest-first", action="store_true", help="default: newest first"), AS_OF)


def order(options: Namespace) -> str:
    """The order as the API calls it."""
    return "asc" if options.oldest_first else "desc"


def _readings(api: ApiClient, options: Namespace) -> Iterator[Item]:
    place = path(api, options, "{sensor}/readings")
    return api.items(place, order=order(options), **given(options, "from", "to", "as_of"))


def _series(api: ApiClient, options: Namespace) -> Reply:
    project = project_path(api, options)
    ids = [sensor_id(api, project, key) for key in options.sensor]
    answer = api.get("/api/v1/series", sensor=ids or None, **_question(options))
    each = [_flat(series) for series in answer["series"]]
    columns = _columns(each)
    rows = [row for series in each for row in _rows(series)]
    return Reply(answer, ("time", "sensor", "unit", *columns), rows)


def _question(options: Namespace) -> dict[str, Any]:
    question = given(options, *ASKED)
    if not options.sensor and not {"run", "capture_session"} & question.keys():
        raise CommandRefused("Name a sensor, or a --run or --capture-session.")
    if not {"from", "run", "capture_session"} & question.keys():
        question["from"] = moment(DEFAULT_FROM)
    if options.bucket is not None:
        return question | {"bucket": options.bucket}
    return question | {"max_points": options.max_points}


def _flat(series: Item) -> Item:
    """A column of its own for the time in each state."""
    states: dict[str, list[float]] = series.get("time_in_state", {})
    return {**series, **{f"time_in_state {label}": seconds for label, seconds in states.items()}}


def _columns(series: Sequence[Item]) -> list[str]:
    """The statistics, or the value of samples."""
    names = {name: None for each in series for name, values in each.items() if isinstance(values, list)}
    return [name for name in names if name != "t_us"]


def _rows(series: Mapping[str, Any]) -> Iterator[Item]:
    names = _columns([series])
    for index, t_us in enumerate(series["t_us"]):
        row = {"time": format_us(t_us), "sensor": series["key"], "unit": series["unit"]}
        yield row | {name: series[name][index] for name in names}


READINGS = listing(
    "readings",
    "list the readings of a sensor, newest first",
    _readings,
    *OF_SENSOR,
    *PERIOD,
    *ORDER,
    columns=("time", "raw", "physical", "flags", "profile_id"),
    examples=(
        "readings 'Rig 7' p1 --from -15m",
        "readings 'Rig 7' p1 --from 2026-05-01T00:00:00Z --to 2026-05-02T00:00:00Z --all --csv",
    ),
)

SERIES = verb(
    "series",
    "show statistics of sensors over time, of the last hour unless said otherwise",
    _series,
    *OF_PROJECT,
    argument("sensor", nargs="*", metavar="SENSOR", help="its key or id"),
    *PERIOD,
    argument("--bucket", metavar="LENGTH", help="10s, 5m, 1h, …; default: as --max-points needs"),
    argument(
        "--max-points", type=int, default=60, metavar="N", help="most rows of all sensors together (60)"
    ),
    argument(
        "--stat",
        action="append",
        metavar="NAME",
        help="mean, min, max, count, p95, time_weighted_mean, time_in_state, …; repeatable (mean)",
    ),
    argument("--layer", choices=("physical", "raw")),
    argument("--fill", choices=("none", "null", "previous", "linear"), help="what stands where nothing was"),
    argument("--max-gap", metavar="LENGTH", help="longest gap that is filled, or for which a value is held"),
    argument("--include", choices=("labels",), help="what codes are called, beside them"),
    argument(
        "--downsample", choices=("minmax", "m4", "lttb"), help="samples for a plot in place of statistics"
    ),
    argument("--run", metavar="ID", help="its sensors and sessions, in place of a period"),
    argument("--capture-session", metavar="ID", help="its sensors and its time, in place of a period"),
    AS_OF,
    examples=(
        "series 'Rig 7' p1 --from -1h --bucket 5m --stat mean --stat max",
        "series 'Rig 7' p1 p2 --from -1d --csv",
        "series 'Rig 7' --run 3f0c8d5e-0b1f-4a57-9d6e-2f6a1c9b7e10 --downsample lttb --max-points 500 --csv",
    ),
)
