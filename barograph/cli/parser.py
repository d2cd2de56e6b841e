"""The parser of the command line, built from the tables of nouns and verbs."""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from barograph.cli.show import FORMS
from barograph.cli.verb import CommandArgument, Noun, Verb
from barograph.similar import did_you_mean

PROGRAM = "barograph"
VERSION = "0.1.0"
DATA = CommandArgument(
    ("--data",), {"type": Path, "metavar": "DIR", "help": "data directory of `up` (.data of the project)"}
)
EXIT_CODES = """\
exit codes:
  0  done
  1  refused, failed, or not well
  2  the command line makes no sense
  3  nobody answers at the address
  130, 141  ended by Ctrl-C, or because nobody reads on (`| head`)"""
KINDS_OF_VALUES: Mapping[object, str] = {int: "whole number", float: "number"}
# argparse keeps the class of its subparsers to itself.
SubParsers = Any


class CommandParser(argparse.ArgumentParser):
    """Says what was probably meant."""

    def __init__(self, **keywords: Any) -> None:  # noqa: ANN401  # argparse's
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **keywords)

    def _check_value(self, action: argparse.Action, value: Any) -> None:  # noqa: ANN401
        if action.choices is not None and value not in action.choices:
            known = list(map(str, action.choices))
            hint = did_you_mean(str(value), known) or f" There are {', '.join(known)}."
            raise argparse.ArgumentError(action, f"there is no {str(value)!r}.{hint}")

    def _get_value(self, action: argparse.Action, arg_string: str) -> Any:  # noqa: ANN401
        # argparse would name the function that could not read it.
        read = action.type if callable(action.type) else str
        try:
            return read(arg_string)
        except ValueError as error:
            what = KINDS_OF_VALUES.get(read)
            said = f"{arg_string!r} is no {what}" if what else str(error)
            raise argparse.ArgumentError(action, said) from None

    def refuse(self, unknown: Sequence[str]) -> NoReturn:
        """Ends the program because of words that no argument takes."""
        options = [word for action in self._actions for word in action.option_strings]
        name = unknown[0].partition("=")[0]
        self.error(f"unrecognized arguments: {' '.join(unknown)}.{did_you_mean(name, options)}")


def build_parser(commands: Iterable[Noun | Verb]) -> CommandParser:
    """Makes the parser of all commands. What it parses has `verb`, and `parser`, the verb's own."""
    parser = CommandParser(
        prog=PROGRAM,
        description="Runs Barograph on this machine, and uses it here or elsewhere.",
        epilog=f"{EXIT_CODES}\n\n`{PROGRAM} COMMAND --help` says more, with examples.",
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {VERSION}")
    parsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in commands:
        if isinstance(command, Noun):
            _add_noun(parsers, command)
        else:
            _add_verb(parsers, command)
    return parser


def parse(parser: CommandParser, words: Sequence[str]) -> argparse.Namespace:
    """The options; ends the program with code 2 if the words make no sense."""
    options, unknown = parser.parse_known_args(words)
    if unknown:
        options.parser.refuse(unknown)
    return options


def _add_noun(parsers: SubParsers, noun: Noun) -> None:
    examples = [verb.examples[0] for verb in noun.verbs if verb.examples]
    parser = parsers.add_parser(noun.name, **_described(noun.purpose, examples))
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    for verb in noun.verbs:
        _add_verb(verbs, verb)


def _add_verb(parsers: SubParsers, verb: Verb) -> None:
    parser: CommandParser = parsers.add_parser(verb.name, **_described(verb.purpose, verb.examples))
    for each in (*verb.arguments, DATA):
        parser.add_argument(*each.words, **each.keywords)
    forms = parser.add_mutually_exclusive_group()
    for each in FORMS:
        forms.add_argument(*each.words, **each.keywords)
    parser.set_defaults(verb=verb, parser=parser)


def _described(purpose: str, examples: Iterable[str]) -> dict[str, str]:
    shown = "".join(f"\n  {PROGRAM} {example}" for example in examples)
    return {
        "help": purpose,
        "description": f"{purpose[0].upper()}{purpose[1:]}.",
        "epilog": f"examples:{shown}" if shown else "",
    }
