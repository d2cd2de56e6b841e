"""What commands are made of, as the tables in `machine` and `resources` declare them.

A noun has verbs (`project create`); a verb by itself is a command (`up`).
"""

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from barograph.settings import Settings

Item: TypeAlias = Mapping[str, Any]
Answer: TypeAlias = Item | Sequence[Item] | None
"""One thing, a list of them, or nothing to say."""


@dataclass(frozen=True)
class Reply:
    """The answer of a command.

    Attributes:
        answer: as JSON.
        columns: of a table of `rows`, or of the answer where it is a list.
        rows: for a table and CSV, if the answer is no list of rows.
        text: for people, in place of a table.
        remarks: for people, beside the reply.
        code: the exit code.
        is_said: the command has said all by itself.
    """

    answer: Answer = None
    columns: Sequence[str] = ()
    rows: Sequence[Item] | None = None
    text: str | None = None
    remarks: Sequence[str] = ()
    code: int = 0
    is_said: bool = False


Run: TypeAlias = Callable[[Namespace, Settings], Reply]


@dataclass(frozen=True)
class CommandArgument:
    """Words and keywords of `argparse.ArgumentParser.add_argument`."""

    words: tuple[str, ...]
    keywords: Mapping[str, Any] = field(default_factory=dict[str, Any])


def argument(*words: str, **keywords: Any) -> CommandArgument:  # noqa: ANN401  # argparse's
    """An argument or option of a verb."""
    return CommandArgument(words, keywords)


@dataclass(frozen=True)
class Verb:
    """Something to do.

    Attributes:
        examples: what people may type, without the program's name; each parses.
    """

    name: str
    purpose: str
    run: Run
    arguments: tuple[CommandArgument, ...] = ()
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Noun:
    """A kind of thing, and what can be done with it.

    Attributes:
        usual: the verb that is meant if none is named.
        stands_alone: whether the noun alone means that verb.
    """

    name: str
    purpose: str
    verbs: tuple[Verb, ...]
    usual: str | None = None
    stands_alone: bool = False


class CommandRefused(Exception):
    """Its message is shown to the user as it stands, without a traceback."""

    code = 1


class NobodyAnswers(CommandRefused):
    """Nothing answers at an address; it may later."""

    code = 3
