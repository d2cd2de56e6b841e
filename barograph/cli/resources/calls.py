"""Verbs that are one call of the API: a template of its path, and the options that go with it."""

import sys
from argparse import Namespace
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, TypeAlias

from barograph.cli import connect
from barograph.cli.api_client import ApiClient
from barograph.cli.moments import HELP, moment
from barograph.cli.resources.places import path
from barograph.cli.verb import Answer, CommandArgument, CommandRefused, Item, Reply, Verb, argument
from barograph.settings import Settings

Action: TypeAlias = Callable[[ApiClient, Namespace], Answer | Reply]
Lister: TypeAlias = Callable[[ApiClient, Namespace], Iterable[Item]]

REASON = argument("--reason", help="for the history")
PERIOD = (
    argument("--from", type=moment, metavar="TIME", help=f"at or after this time ({HELP})"),
    argument("--to", type=moment, metavar="TIME", help="before this time"),
)
YES = argument("--yes", action="store_true", help="do not ask")
_LISTING = (
    argument("--limit", type=int, default=50, metavar="N", help="most items shown (50)"),
    argument("--all", action="store_const", const=None, dest="limit", help="show all"),
)


def verb(
    name: str,
    purpose: str,
    action: Action,
    *arguments: CommandArgument,
    columns: Sequence[str] = (),
    examples: tuple[str, ...] = (),
) -> Verb:
    """A verb that uses the API. `columns` are those of a table, if it answers with a list."""

    def run(options: Namespace, settings: Settings) -> Reply:
        answer = action(connect.connect(options, settings), options)
        return answer if isinstance(answer, Reply) else Reply(answer, columns)

    return Verb(name, purpose, run, (*arguments, *connect.ARGUMENTS), examples)


def listing(
    name: str,
    purpose: str,
    lister: Lister,
    *arguments: CommandArgument,
    columns: Sequence[str],
    examples: tuple[str, ...] = (),
) -> Verb:
    """A verb that lists something, as far as is asked for."""

    def first(api: ApiClient, options: Namespace) -> Reply:
        max_items: int | None = options.limit
        items = list(islice(lister(api, options), None if max_items is None else max_items + 1))
        there_are_more = max_items is not None and len(items) > max_items
        remarks = (
            [f"These are the first {max_items}; there are more (--limit, --all)."] if there_are_more else []
        )
        return Reply(items[:max_items], columns, remarks=remarks)

    return verb(name, purpose, first, *arguments, *_LISTING, examples=examples)


def deletion(
    name: str, purpose: str, template: str, *arguments: CommandArgument, examples: tuple[str, ...]
) -> Verb:
    """A verb that asks, and then deletes the item there."""

    def delete(api: ApiClient, options: Namespace) -> Answer:
        there = path(api, options, template)
        if not options.yes:
            _confirm_deletion(api.get(there))
        api.delete(there)
        return None

    return verb(name, purpose, delete, *arguments, YES, examples=examples)


def read(template: str) -> Action:
    """GET of one item."""
    return lambda api, options: api.get(path(api, options, template))


def create(template: str, *fields: str) -> Action:
    """POST of the options of these names."""
    return lambda api, options: api.post(path(api, options, template), given(options, *fields))


act = create
"""POST to something that is done to an item, such as `{run}:archive`."""


def change(template: str, *fields: str, **fixed: Any) -> Action:  # noqa: ANN401  # any JSON
    """PATCH of the options of these names, and of what is always the same."""

    def patch(api: ApiClient, options: Namespace) -> Answer:
        changes = fixed | given(options, *fields)
        if not changes:
            raise CommandRefused("Say what to change; `--help` lists the options.")
        return api.patch(path(api, options, template), changes)

    return patch


def end(template: str) -> Action:
    """DELETE without a question, of what can be had again."""
    return lambda api, options: api.delete(path(api, options, template))


def items(template: str, *filters: str) -> Lister:
    """GET of a list, narrowed down by the options of these names."""
    return lambda api, options: api.items(path(api, options, template), **given(options, *filters))


def whole(template: str) -> Lister:
    """GET of a list that is short, and comes without pages."""
    return lambda api, options: api.get(path(api, options, template))["items"]


def given(options: Namespace, *names: str) -> dict[str, Any]:
    """The options of these names that were said, for a body or a query."""
    return {name: value for name in names if (value := getattr(options, name)) is not None}


def confirm(act: str, name: str, item: Item, otherwise: str) -> None:
    """Asks whether to do this to an item.

    Raises:
        CommandRefused: the answer is not yes, or nobody can be asked.
    """
    if not sys.stdin.isatty():
        raise CommandRefused(f"Nobody can be asked whether to {act} {name}; say so with --yes.")
    sys.stderr.write(f"{act[0].upper()}{act[1:]} {name} ({item['id']})? Type yes: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() != "yes":
        raise CommandRefused(otherwise)


def _confirm_deletion(item: Item) -> None:
    name = item.get("name") or item.get("key") or item["id"]
    confirm("delete", name, item, "Nothing was deleted.")
