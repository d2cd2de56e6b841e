"""`audit`: who did what to what; and whether nobody has tampered with the record of it."""

from argparse import Namespace
from collections.abc import Iterator

from barograph.cli.api_client import ApiClient
from barograph.cli.resources.calls import PERIOD, given, listing
from barograph.cli.resources.places import path
from barograph.cli.verb import Item, argument

FILTERS = ("actor", "action", "kind", "subject", "request_id", "from", "to")


def _list(api: ApiClient, options: Namespace) -> Iterator[Item]:
    place = "/api/v1/audit" if options.project is None else path(api, options, "{project}/audit")
    return api.items(place, **given(options, *FILTERS))


AUDIT_LIST = listing(
    "list",
    "list who did what, newest first",
    _list,
    argument("project", nargs="?", metavar="PROJECT", help="its name or id; without it, all (for the admin)"),
    argument("--actor", metavar="ID", help="who did it"),
    argument("--action", metavar="NAME", help="such as sensor.change"),
    argument("--kind", metavar="NAME", help="of what was changed, such as sensor"),
    argument("--subject", metavar="ID", help="what was changed"),
    argument("--request-id", metavar="ID"),
    *PERIOD,
    columns=("at", "actor_name", "role", "action", "subject_id"),
    examples=("audit list 'Rig 7' --from -7d", "audit list 'Rig 7' --kind sensor --json"),
)
