"""`experiment`, `run`: what is tried, and each go at it."""

import argparse
import json
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from barograph.cli.api_client import ApiClient, CommandRefused
from barograph.cli.noun import Commands, Noun, given
from barograph.cli.projects import add_project, is_id, project_path, sensor_id, the_id, the_one
from barograph.cli.show import Answer, Item

STATUSES = ("draft", "running", "finished", "failed", "archived")
MOVES = {"start": "running", "finish": "finished", "fail": "failed", "archive": "archived"}
Find: TypeAlias = Callable[[ApiClient, argparse.Namespace], str]


def add_commands(commands: Commands) -> None:
    """Adds them."""
    experiment = Noun(
        commands, "experiment", "experiments", ("id", "name", "status", "started_at", "finished_at")
    )
    create = experiment.verb("create", _create_experiment, "create an experiment")
    add_project(create)
    create.add_argument("name", help="unique in the project")
    create.add_argument("--description")
    _add_creation(create)
    listing = experiment.lister(_list_experiments, "list a project's experiments")
    add_project(listing)
    _add_filters(listing)
    for parser in _add_moves(experiment, _experiment_path):
        _add_experiment(parser)
    _add_run_commands(commands)


def add_run(parser: argparse.ArgumentParser) -> None:
    """The argument that names a run."""
    parser.add_argument("run", metavar="RUN", help="its id")


def run_path(_: ApiClient, options: argparse.Namespace) -> str:
    """Where the API keeps the run that a command names.

    Raises:
        CommandRefused: this is no id.
    """
    return f"/api/v1/runs/{the_id(options.run, 'run')}"


def _add_run_commands(commands: Commands) -> None:
    run = Noun(commands, "run", "runs of experiments", ("id", "name", "status", "started_at", "finished_at"))
    create = run.verb("create", _create_run, "create a run of an experiment")
    _add_experiment(create)
    create.add_argument("name")
    create.add_argument(
        "--param", action="append", metavar="KEY=VALUE", help="JSON, else text; repeatable", default=[]
    )
    create.add_argument(
        "--sensor", action="append", metavar="KEY", help="bound to it; repeatable", default=[]
    )
    create.add_argument("--git-sha", help="of the code that runs")
    create.add_argument("--env", help="where it runs")
    create.add_argument("--notes")
    _add_creation(create)
    listing = run.lister(_list_runs, "list a project's runs")
    add_project(listing)
    listing.add_argument("--experiment", metavar="EXPERIMENT", help="of this one only: its id or name")
    _add_filters(listing)
    bind = run.verb("bind", _bind_sensors, "bind sensors to a run, and to its sessions under way")
    add_run(bind)
    bind.add_argument("sensor", nargs="+", metavar="SENSOR", help="its key or id")
    for parser in _add_moves(run, run_path):
        add_run(parser)


def _add_experiment(parser: argparse.ArgumentParser) -> None:
    add_project(parser)
    parser.add_argument("experiment", metavar="EXPERIMENT", help="its id or name")


def _add_creation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tag", action="append", dest="tags", help="repeatable")
    parser.add_argument(
        "--start", action="store_const", const="running", dest="status", help="start it at once"
    )


def _add_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--status", choices=STATUSES)
    parser.add_argument("--tag", action="append", help="all must match; repeatable")
    parser.add_argument("--q", metavar="TEXT", help="stands in the name, notes or description")
    parser.add_argument("--sort", metavar="FIELD", help="such as name, or -started_at for the latest first")


def _add_moves(noun: Noun, find: Find) -> Iterator[argparse.ArgumentParser]:
    """The verbs that move a thing to another status."""

    def move(status: str) -> Callable[[ApiClient, argparse.Namespace], Answer]:
        return lambda api, options: api.patch(
            find(api, options), {"status": status} | given(options, "reason")
        )

    for verb, status in MOVES.items():
        parser = noun.verb(verb, move(status), f"{verb} it: its status becomes {status}")
        parser.add_argument("--reason", help="for the history")
        yield parser


def _create_experiment(api: ApiClient, options: argparse.Namespace) -> Answer:
    fields = given(options, "name", "description", "tags", "status")
    return api.post(f"{project_path(api, options)}/experiments", fields)


def _list_experiments(api: ApiClient, options: argparse.Namespace) -> Iterator[Item]:
    return api.items(f"{project_path(api, options)}/experiments", **_filters(options))


def _create_run(api: ApiClient, options: argparse.Namespace) -> Answer:
    project = project_path(api, options)
    sensors = [sensor_id(api, project, key) for key in options.sensor]
    fields = given(options, "name", "git_sha", "env", "notes", "tags", "status")
    fields["params"] = dict(_parameter(text) for text in options.param)
    run = api.post(f"{_experiment_path(api, options)}/runs", fields)
    _bind(api, run["id"], sensors)
    return run


def _list_runs(api: ApiClient, options: argparse.Namespace) -> Iterator[Item]:
    place = project_path if options.experiment is None else _experiment_path
    return api.items(f"{place(api, options)}/runs", **_filters(options))


def _bind_sensors(api: ApiClient, options: argparse.Namespace) -> Answer:
    run = api.get(run_path(api, options))
    project = f"/api/v1/projects/{run['project_id']}"
    _bind(api, run["id"], [sensor_id(api, project, key) for key in options.sensor])
    return run


def _bind(api: ApiClient, run_id: str, sensor_ids: list[str]) -> None:
    for each in sensor_ids:
        api.call("PUT", f"/api/v1/runs/{run_id}/sensors/{each}")


def _experiment_path(api: ApiClient, options: argparse.Namespace) -> str:
    experiment: str = options.experiment
    if not is_id(experiment):
        listed = api.items(f"{project_path(api, options)}/experiments", q=experiment)
        found = [each["id"] for each in listed if each["name"].lower() == experiment.lower()]
        experiment = the_one(found, f"experiment called {experiment!r}")
    return f"/api/v1/experiments/{experiment}"


def _filters(options: argparse.Namespace) -> dict[str, Any]:
    return given(options, "status", "tag", "q", "sort")


def _parameter(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign:
        raise CommandRefused(f"{text!r} is no parameter: write KEY=VALUE.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
