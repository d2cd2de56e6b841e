"""`producer`: the gateways' streams, how they do, and which of their frames are missing."""

import argparse
from collections.abc import Iterator

from barograph.cli.api_client import ApiClient
from barograph.cli.noun import Commands, Noun
from barograph.cli.projects import add_project, is_id, project_path, the_one
from barograph.cli.show import Answer, Item

COLUMNS = ("name", "connected", "rate_hz", "delay_s", "last_seq", "last_commit_at", "rejected_24h", "agent")


def add_commands(commands: Commands) -> None:
    """Adds them."""
    producer = Noun(commands, "producer", "what gateways stream as", COLUMNS)
    listing = producer.lister(_list, "list a project's producers")
    add_project(listing)
    listing.add_argument("--connected", action=argparse.BooleanOptionalAction, default=None)
    show = producer.verb(
        "show", _show, "show one, with the frames that are missing", columns=(*COLUMNS, "gaps")
    )
    add_project(show)
    show.add_argument("producer", metavar="PRODUCER", help="its name or id")


def _list(api: ApiClient, options: argparse.Namespace) -> Iterator[Item]:
    path = f"{project_path(api, options)}/producers"
    if options.connected is None:
        return api.items(path)
    return api.items(path, connected="true" if options.connected else "false")


def _show(api: ApiClient, options: argparse.Namespace) -> Answer:
    name = options.producer
    if not is_id(name):
        found = [each["id"] for each in api.items(f"{project_path(api, options)}/producers", name=name)]
        name = the_one(found, f"producer called {name!r}")
    return api.call("GET", f"/api/v1/producers/{name}")
