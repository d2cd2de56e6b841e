"""`producer`: the gateways' streams, how they do, and which of their frames are missing."""

from argparse import BooleanOptionalAction, Namespace
from collections.abc import Iterator

from barograph.cli.api_client import ApiClient
from barograph.cli.resources.calls import listing, read, verb
from barograph.cli.resources.places import OF_PROJECT, path
from barograph.cli.verb import Item, Noun, argument

COLUMNS = ("name", "connected", "rate_hz", "delay_s", "last_seq", "last_commit_at", "rejected_24h", "agent")


def _list(api: ApiClient, options: Namespace) -> Iterator[Item]:
    connected = None if options.connected is None else str(options.connected).lower()
    return api.items(path(api, options, "{project}/producers"), connected=connected)


PRODUCER = Noun(
    "producer",
    "producers: what gateways stream as",
    (
        listing(
            "list",
            "list a project's producers",
            _list,
            *OF_PROJECT,
            argument("--connected", action=BooleanOptionalAction, default=None),
            columns=COLUMNS,
            examples=("producer list 'Rig 7' --connected",),
        ),
        verb(
            "show",
            "show one, with the frames that are missing",
            read("{producer}"),
            *OF_PROJECT,
            argument("producer", metavar="PRODUCER", help="its name or id"),
            examples=("producer show 'Rig 7' rig-7/daq-1",),
        ),
    ),
)
