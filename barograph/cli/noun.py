"""How commands are added: a noun with its verbs, as in `project create`."""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from barograph.cli import connect, show
from barograph.cli.api_client import ApiClient
from barograph.cli.show import Answer, Item
from barograph.settings import Settings

Action: TypeAlias = Callable[[ApiClient, argparse.Namespace], Answer]
Lister: TypeAlias = Callable[[ApiClient, argparse.Namespace], Iterable[Item]]
# argparse keeps the class of its subparsers to itself.
Commands: TypeAlias = Any


class Noun:
    """A kind of thing.

    Args:
        commands: where it is added.
        name: what people type.
        columns: fields that a table of them shows.
    """

    def __init__(self, commands: Commands, name: str, purpose: str, columns: Sequence[str]) -> None:
        parser = commands.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.")
        self._verbs: Commands = parser.add_subparsers(required=True, metavar="VERB")
        self._columns = columns

    def verb(
        self, name: str, action: Action, purpose: str, *, columns: Sequence[str] | None = None
    ) -> argparse.ArgumentParser:
        """Something to do; the parser takes further arguments. `columns` are those of its own table."""
        parser: argparse.ArgumentParser = self._verbs.add_parser(
            name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}."
        )

        def run(options: argparse.Namespace, settings: Settings) -> int:
            show.show(action(connect.connect(options, settings), options), options, columns or self._columns)
            return 0

        parser.add_argument("--data", type=Path, metavar="DIR", help="data directory of `up` (.data)")
        connect.add_options(parser)
        show.add_options(parser)
        parser.set_defaults(command=run)
        return parser

    def lister(
        self, lister: Lister, purpose: str, *, verb: str = "list", columns: Sequence[str] | None = None
    ) -> argparse.ArgumentParser:
        """The verb `list`, or another that lists something, newest first."""

        def first(api: ApiClient, options: argparse.Namespace) -> Answer:
            items = list(islice(lister(api, options), options.limit + 1))
            if len(items) > options.limit:
                sys.stderr.write(f"These are the first {options.limit}; there are more (--limit).\n")
            return items[: options.limit]

        parser = self.verb(verb, first, purpose, columns=columns)
        parser.add_argument("--limit", type=int, default=50, metavar="N", help="most items shown (50)")
        return parser


def given(options: argparse.Namespace, *names: str) -> dict[str, Any]:
    """The options of these names that were said, for a body or a query."""
    return {name: value for name in names if (value := getattr(options, name)) is not None}
