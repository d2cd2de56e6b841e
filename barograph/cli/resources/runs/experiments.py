"""`experiment`, `run`: what is tried, and each go at it."""

import json
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from barograph.cli.api_client import ApiClient
from barograph.cli.resources.calls import (
    REASON,
    change,
    create,
    deletion,
    given,
    items,
    listing,
    read,
    verb,
)
from barograph.cli.resources.places import OF_EXPERIMENT, OF_PROJECT, OF_RUN, path, project_path, sensor_id
from barograph.cli.verb import Answer, CommandArgument, CommandRefused, Item, Noun, Verb, argument

STATUSES = ("draft", "running", "finished", "failed", "archived")
MOVES = {"start": "running", "finish": "finished", "fail": "failed", "archive": "archived"}
COLUMNS = ("id", "name", "status", "started_at", "finished_at")
HISTORY = ("at", "from", "to", "actor_name", "role", "reason")
FILTERS = ("status", "tag", "q", "sort")
_CREATION = (
    argument("--tag", action="append", dest="tags", help="repeatable"),
    argument("--start", action="store_const", const="running", dest="status", help="start it at once"),
)
_FILTERS = (
    argument("--status", choices=STATUSES),
    argument("--tag", action="append", help="all must match; repeatable"),
    argument("--q", metavar="TEXT", help="stands in the name, notes or description"),
    argument("--sort", metavar="FIELD", help="such as name, or -started_at for the latest first"),
)
_SENSORS = argument("sensor", nargs="+", metavar="SENSOR", help="its key or id")


def _moves(place: str, arguments: tuple[CommandArgument, ...], example: str) -> Iterator[Verb]:
    """The verbs that move a thing to another status."""
    for name, status in MOVES.items():
        yield verb(
            name,
            f"{name} it: its status becomes {status}",
            change(place, "reason", status=status),
            *arguments,
            REASON,
            examples=(example.format(name),),
        )


def _create_run(api: ApiClient, options: Namespace) -> Answer:
    project = project_path(api, options)
    sensors = [sensor_id(api, project, key) for key in options.sensor]
    fields = given(options, "name", "git_sha", "env", "notes", "tags", "status")
    fields["params"] = dict(_parameter(text) for text in options.param)
    run = api.post(path(api, options, "{experiment}/runs"), fields)
    for each in sensors:
        api.put(f"/api/v1/runs/{run['id']}/sensors/{each}")
    return run


def _list_runs(api: ApiClient, options: Namespace) -> Iterator[Item]:
    place = "{project}/runs" if options.experiment is None else "{experiment}/runs"
    return api.items(path(api, options, place), **given(options, *FILTERS))


def _bind(api: ApiClient, options: Namespace) -> Answer:
    return _each_sensor(api, options, "PUT")


def _unbind(api: ApiClient, options: Namespace) -> Answer:
    return _each_sensor(api, options, "DELETE")


def _each_sensor(api: ApiClient, options: Namespace, method: str) -> Answer:
    run = api.get(path(api, options, "{run}"))
    project = f"/api/v1/projects/{run['project_id']}"
    for each in [sensor_id(api, project, key) for key in options.sensor]:
        api.call(method, f"/api/v1/runs/{run['id']}/sensors/{each}")
    return run


def _parameter(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign:
        raise CommandRefused(f"{text!r} is no parameter: write KEY=VALUE.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


EXPERIMENT = Noun(
    "experiment",
    "experiments: questions that runs are made for",
    (
        verb(
            "create",
            "create an experiment",
            create("{project}/experiments", "name", "description", "tags", "status"),
            *OF_PROJECT,
            argument("name", help="unique in the project"),
            argument("--description"),
            *_CREATION,
            examples=("experiment create 'Rig 7' 'Hot fire' --start",),
        ),
        listing(
            "list",
            "list a project's experiments",
            items("{project}/experiments", *FILTERS),
            *OF_PROJECT,
            *_FILTERS,
            columns=COLUMNS,
            examples=("experiment list 'Rig 7' --status running",),
        ),
        verb(
            "show",
            "show an experiment",
            read("{experiment}"),
            *OF_EXPERIMENT,
            examples=("experiment show 'Rig 7' 'Hot fire'",),
        ),
        *_moves("{experiment}", OF_EXPERIMENT, "experiment {} 'Rig 7' 'Hot fire' --reason 'as planned'"),
        listing(
            "history",
            "list when its status changed, by whom, and why",
            items("{experiment}/history"),
            *OF_EXPERIMENT,
            columns=HISTORY,
            examples=("experiment history 'Rig 7' 'Hot fire'",),
        ),
        deletion(
            "delete",
            "delete an experiment",
            "{experiment}",
            *OF_EXPERIMENT,
            examples=("experiment delete 'Rig 7' 'Hot fire'",),
        ),
    ),
)

_ID = "3f0c8d5e-0b1f-4a57-9d6e-2f6a1c9b7e10"
RUN = Noun(
    "run",
    "runs: each go at an experiment",
    (
        verb(
            "create",
            "create a run of an experiment",
            _create_run,
            *OF_EXPERIMENT,
            argument("name"),
            argument(
                "--param",
                action="append",
                metavar="KEY=VALUE",
                help="JSON, else text; repeatable",
                default=[],
            ),
            argument("--sensor", action="append", metavar="KEY", help="bound to it; repeatable", default=[]),
            argument("--git-sha", help="of the code that runs"),
            argument("--env", help="where it runs"),
            argument("--notes"),
            *_CREATION,
            examples=(
                "run create 'Rig 7' 'Hot fire' 1 --param thrust_kn=12.5 --sensor p1 --start --field id",
            ),
        ),
        listing(
            "list",
            "list a project's runs",
            _list_runs,
            *OF_PROJECT,
            argument("--experiment", metavar="EXPERIMENT", help="of this one only: its name or id"),
            *_FILTERS,
            columns=COLUMNS,
            examples=("run list 'Rig 7' --experiment 'Hot fire' --sort=-started_at",),
        ),
        verb("show", "show a run", read("{run}"), *OF_RUN, examples=(f"run show {_ID}",)),
        verb(
            "change",
            "change a run's name, notes or tags",
            change("{run}", "name", "notes", "tags"),
            *OF_RUN,
            argument("--name"),
            argument("--notes"),
            argument("--tag", action="append", dest="tags", help="all that it will have; repeatable"),
            examples=(f"run change {_ID} --notes 'Smooth start'",),
        ),
        verb(
            "bind",
            "bind sensors to a run, and to its sessions under way",
            _bind,
            *OF_RUN,
            _SENSORS,
            examples=(f"run bind {_ID} p1 p2",),
        ),
        verb(
            "unbind",
            "unbind sensors from a run",
            _unbind,
            *OF_RUN,
            _SENSORS,
            examples=(f"run unbind {_ID} p2",),
        ),
        listing(
            "sensors",
            "list the sensors of a run",
            items("{run}/sensors"),
            *OF_RUN,
            columns=("id", "key", "output_unit", "status", "bound_at"),
            examples=(f"run sensors {_ID}",),
        ),
        *_moves("{run}", OF_RUN, f"run {{}} {_ID} --reason 'as planned'"),
        listing(
            "history",
            "list when its status changed, by whom, and why",
            items("{run}/history"),
            *OF_RUN,
            columns=HISTORY,
            examples=(f"run history {_ID}",),
        ),
        deletion("delete", "delete a run", "{run}", *OF_RUN, examples=(f"run delete {_ID}",)),
    ),
)
