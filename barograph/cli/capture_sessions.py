"""`capture-session`: the intervals of a run whose readings count."""

import argparse
from collections.abc import Iterator

from barograph.cli.api_client import ApiClient
from barograph.cli.experiments import add_run, run_path
from barograph.cli.noun import Commands, Noun, given
from barograph.cli.projects import the_id
from barograph.cli.show import Answer, Item

STATUSES = ("draft", "running", "succeeded", "failed", "backfilling", "archived")


def add_commands(commands: Commands) -> None:
    """Adds them."""
    noun = Noun(
        commands,
        "capture-session",
        "capture sessions of runs",
        ("id", "ordinal", "status", "started_at", "stopped_at"),
    )
    create = noun.verb("create", _create, "create a capture session of a run")
    add_run(create)
    create.add_argument("--start", action="store_true", help="start it at once")
    create.add_argument("--notes")
    _add_session(noun.verb("start", _start, "start one, with the sensors of its run"))
    stop = noun.verb("stop", _stop, "stop one")
    _add_session(stop)
    stop.add_argument(
        "--failed", action="store_const", const="failed", dest="status", help="it did not succeed"
    )
    listing = noun.lister(_list, "list a run's capture sessions")
    add_run(listing)
    listing.add_argument("--status", choices=STATUSES)
    readings = noun.lister(
        _list_readings,
        "list the readings of one, newest first",
        verb="readings",
        columns=("time", "sensor_id", "raw", "physical", "flags"),
    )
    readings.add_argument("session", metavar="SESSION", help="its id")


def _add_session(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("session", metavar="SESSION", help="its id")
    parser.add_argument("--reason", help="for the history")


def _create(api: ApiClient, options: argparse.Namespace) -> Answer:
    return api.post(f"{run_path(api, options)}/capture-sessions", given(options, "start", "notes"))


def _start(api: ApiClient, options: argparse.Namespace) -> Answer:
    return api.post(f"{_path(options)}:start", given(options, "reason"))


def _stop(api: ApiClient, options: argparse.Namespace) -> Answer:
    return api.post(f"{_path(options)}:stop", given(options, "status", "reason"))


def _list(api: ApiClient, options: argparse.Namespace) -> Iterator[Item]:
    return api.items(f"{run_path(api, options)}/capture-sessions", **given(options, "status"))


def _list_readings(api: ApiClient, options: argparse.Namespace) -> Iterator[Item]:
    return api.items(f"{_path(options)}/readings", order="desc")


def _path(options: argparse.Namespace) -> str:
    return f"/api/v1/capture-sessions/{the_id(options.session, 'capture session')}"
