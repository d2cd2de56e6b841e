"""`annotation`, `view`, `event`, `search`: what people note and keep, what happened, and finding things."""

from argparse import Namespace
from collections.abc import Iterator

from barograph.cli.api_client import ApiClient
from barograph.cli.moments import HELP, moment
from barograph.cli.resources.calls import (
    PERIOD,
    change,
    create,
    deletion,
    given,
    items,
    listing,
    read,
    verb,
)
from barograph.cli.resources.places import OF_PROJECT, project_path
from barograph.cli.verb import Answer, Item, Noun, argument

KINDS = ("project", "experiment", "run", "sensor", "producer", "annotation", "view")
_FIELDS = ("from", "to", "text", "tags", "sensors", "run")
_OF_ANNOTATION = (argument("annotation", metavar="ANNOTATION", help="its id"),)
_OF_VIEW = (argument("view", metavar="VIEW", help="its id"),)
_OPTIONS = (
    argument("--to", type=moment, metavar="TIME", help="its end; without one it is a moment"),
    argument("--tag", action="append", dest="tags", help="repeatable"),
    argument("--sensor", action="append", dest="sensors", metavar="SENSOR", help="key or id; repeatable"),
    argument("--run", metavar="RUN", help="the id of the run that it belongs to"),
)


def _search(api: ApiClient, options: Namespace) -> Answer:
    asked = {"q": options.text, **given(options, "kind")}
    if options.project is not None:
        asked["project"] = project_path(api, options).rpartition("/")[2]
    found: list[Item] = api.get("/api/v1/search", **asked)["items"]
    return found


def _list_views(api: ApiClient, options: Namespace) -> Iterator[Item]:
    return api.items(f"{project_path(api, options)}/views")


ANNOTATION = Noun(
    "annotation",
    "annotations: notes about times",
    (
        verb(
            "add",
            "note something about a moment or a stretch of time",
            create("{project}/annotations", *_FIELDS),
            *OF_PROJECT,
            argument("from", type=moment, metavar="TIME", help=f"when it begins ({HELP})"),
            argument("text", metavar="TEXT"),
            *_OPTIONS,
            examples=("annotation add 'Rig 7' now 'Valve 3 stuck' --sensor p1 --tag fault",),
        ),
        listing(
            "list",
            "list a project's annotations, newest first",
            items("{project}/annotations", "from", "to", "sensor", "run", "tag", "q", "sort"),
            *OF_PROJECT,
            *PERIOD,
            argument("--sensor", metavar="SENSOR", help="those that name it, by key or id"),
            argument("--run", metavar="RUN", help="its id"),
            argument("--tag", action="append", help="all must match; repeatable"),
            argument("--q", metavar="TEXT", help="stands in the text"),
            argument("--sort", metavar="BY", help="from or created_at; descending: --sort=-from"),
            columns=("id", "from", "to", "text", "tags"),
            examples=("annotation list 'Rig 7' --from -7d --tag fault",),
        ),
        verb(
            "change",
            "change an annotation",
            change("{annotation}", "from", "to", "text", "tags", "sensors", "run"),
            *_OF_ANNOTATION,
            argument("--from", type=moment, metavar="TIME", help=f"when it begins ({HELP})"),
            argument("--text"),
            *_OPTIONS,
            examples=("annotation change 3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11 --text 'Valve 3 replaced'",),
        ),
        deletion(
            "delete",
            "delete an annotation",
            "{annotation}",
            *_OF_ANNOTATION,
            examples=("annotation delete 3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11 --yes",),
        ),
    ),
)
VIEW = Noun(
    "view",
    "views: plots kept by name",
    (
        listing(
            "list",
            "list one's own views and those that are shared",
            _list_views,
            *OF_PROJECT,
            columns=("id", "name", "shared", "created_by_name"),
            examples=("view list 'Rig 7'",),
        ),
        verb(
            "show",
            "show one, with what it plots",
            read("{view}"),
            *_OF_VIEW,
            examples=("view show 3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11",),
        ),
        deletion(
            "delete",
            "delete a view",
            "{view}",
            *_OF_VIEW,
            examples=("view delete 3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11 --yes",),
        ),
    ),
)
EVENT = Noun(
    "event",
    "events: what happened in a project",
    (
        listing(
            "list",
            "list what happened, newest first",
            items("{project}/events", "type", "from", "to"),
            *OF_PROJECT,
            argument("--type", action="append", metavar="TYPE", help="any of them; repeatable"),
            *PERIOD,
            columns=("time", "type", "data"),
            examples=("event list 'Rig 7' --type sensor.offline --from -1d",),
        ),
    ),
)
SEARCH = verb(
    "search",
    "find things by a text that stands in their names",
    _search,
    argument("text", metavar="TEXT"),
    argument("--project", metavar="PROJECT", help="only there: its name or id"),
    argument("--kind", action="append", choices=KINDS, help="any of them; repeatable"),
    columns=("kind", "title", "detail", "id"),
    examples=("search pressure", "search 'hot fire' --kind run"),
)
