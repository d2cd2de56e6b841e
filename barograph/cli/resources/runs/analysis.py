"""`metric`, `comparison`: what is said of runs, and how they differ."""

import json
from argparse import Namespace
from collections.abc import Iterable, Iterator
from typing import Any

from barograph.cli.api_client import ApiClient
from barograph.cli.resources.calls import deletion, given, items, listing, read, verb, whole
from barograph.cli.resources.places import OF_PROJECT, OF_RUN, path, the_id
from barograph.cli.verb import Answer, CommandRefused, Item, Noun, Reply, argument
from barograph.similar import did_you_mean

_SPOKEN = {"nan": "NaN", "inf": "Infinity", "+inf": "Infinity", "-inf": "-Infinity"}
_OF_COMPARISON = (argument("comparison", metavar="COMPARISON", help="its id"),)
_SOME_RUN = "3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11"
_COMPARED = ("run_id", "capture_session_id", "key", "unit", "count", "min", "mean", "max", "stddev")


def _value(text: str) -> float | str:
    """A value as the API has it: JSON has no NaN."""
    if text.lower() in _SPOKEN:
        return _SPOKEN[text.lower()]
    if text in _SPOKEN.values():
        return text
    try:
        return float(text)
    except ValueError:
        raise CommandRefused(f"{text!r} is no number.") from None


def _log(api: ApiClient, options: Namespace) -> Answer:
    point = {"name": options.name, "step": options.step, "value": _value(options.value)}
    body = {"points": [point], "replace": options.replace}
    said = api.post(path(api, options, "{run}/metrics"), body)
    if said["rejected"]:
        raise CommandRefused(
            f"Step {options.step} has the value {said['rejected'][0]['stored']}; say --replace."
        )
    return said


def _points(api: ApiClient, options: Namespace) -> Iterable[Item]:
    asked = given(options, "name", "from_step", "to_step", "max_points")
    answer = api.get(path(api, options, "{run}/metrics"), **asked)
    found = {metric["name"] for metric in answer["metrics"]}
    for name in options.name or ():
        if name not in found:
            known = api.get(path(api, options, "{run}/metrics/summary"))["items"]
            hint = did_you_mean(name, (each["name"] for each in known))
            raise CommandRefused(f"The run has no metric {name!r}.{hint}")
    for metric in answer["metrics"]:
        for step, value in zip(metric["step"], metric["value"], strict=True):
            yield {"name": metric["name"], "step": step, "value": value}


def _compare(api: ApiClient, options: Namespace) -> Reply:
    body: dict[str, Any] = {
        "sensors": options.sensor or [],
        "metrics": options.metric or [],
        **given(options, "by", "columns", "stat", "layer", "baseline"),
    }
    body["capture_sessions" if options.sessions else "runs"] = [
        the_id(each, "run") for each in options.member
    ]
    if options.align is not None:
        body["align"] = _zero(options.align)
    answer = api.post("/api/v1/comparisons", body)
    return Reply(answer, _COMPARED, list(_summaries(answer)))


def _zero(text: str) -> object:
    """`start`, or one of the API's objects as JSON."""
    if text == "start":
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise CommandRefused('Write `start`, or JSON such as \'{"annotation": "ignition"}\'.') from None


def _summaries(answer: Item) -> Iterator[Item]:
    yield from answer["summary"]


METRIC = Noun(
    "metric",
    "metrics: numbers that are logged of runs, by step",
    (
        verb(
            "log",
            "log a value",
            _log,
            *OF_RUN,
            argument("name", metavar="NAME"),
            argument("step", type=int, metavar="STEP"),
            argument("value", metavar="VALUE", help="a number, nan or inf"),
            argument("--replace", action="store_true", help="in place of the value that the step has"),
            examples=("metric log 3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11 loss 12 0.25",),
        ),
        listing(
            "list",
            "list the metrics of a run in short",
            whole("{run}/metrics/summary"),
            *OF_RUN,
            columns=("name", "count", "first", "last", "min", "min_step", "max", "max_step", "mean"),
            examples=("metric list 3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11",),
        ),
        listing(
            "show",
            "list the points of metrics by step",
            _points,
            *OF_RUN,
            argument("--name", action="append", metavar="NAME", help="repeatable; else all"),
            argument("--from-step", type=int, metavar="STEP", help="from this step on"),
            argument("--to-step", type=int, metavar="STEP", help="before this step"),
            argument("--max-points", type=int, metavar="N", help="of each name; the extremes stay"),
            columns=("name", "step", "value"),
            examples=("metric show 3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11 --name loss --all",),
        ),
    ),
)
COMPARISON = Noun(
    "comparison",
    "comparisons: runs over one another",
    (
        verb(
            "make",
            "compare runs, or capture sessions; --json has every column",
            _compare,
            argument("member", nargs="+", metavar="RUN", help="ids: 2 to 20"),
            argument("--sessions", action="store_true", help="the ids are those of capture sessions"),
            argument("--sensor", action="append", metavar="KEY", help="repeatable"),
            argument("--metric", action="append", metavar="NAME", help="in place of sensors; repeatable"),
            argument("--by", choices=("step", "time"), help="what metrics are laid along; else step"),
            argument("--align", metavar="T0", help="start, or JSON: what each one's time is counted from"),
            argument("--columns", type=int, metavar="N"),
            argument("--stat", help="what spread and differences are of"),
            argument("--layer", choices=("physical", "raw")),
            argument("--baseline", metavar="RUN", help="the id of the one that others are compared with"),
            columns=_COMPARED,
            examples=(
                f"comparison make {_SOME_RUN} 8f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b12 --sensor p1",
                f"comparison make {_SOME_RUN} 8f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b12 --metric loss",
            ),
        ),
        listing(
            "list",
            "list the comparisons that a project keeps",
            items("{project}/comparisons"),
            *OF_PROJECT,
            columns=("id", "name", "created_at"),
            examples=("comparison list 'Rig 7'",),
        ),
        verb(
            "show",
            "show one, with what it asks",
            read("{comparison}"),
            *_OF_COMPARISON,
            examples=("comparison show 3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11",),
        ),
        verb(
            "answer",
            "answer one that is kept, from what is stored now",
            read("{comparison}/answer"),
            *_OF_COMPARISON,
            examples=("comparison answer 3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11 --json",),
        ),
        deletion(
            "delete",
            "delete a comparison that is kept",
            "{comparison}",
            *_OF_COMPARISON,
            examples=("comparison delete 3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11 --yes",),
        ),
    ),
)
