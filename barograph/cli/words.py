"""Rewrites the words of a command line before they are parsed: former names, left-out verbs, relative
times.
"""

import re
from collections.abc import Iterable, Sequence

from barograph.cli.verb import Noun, Verb

# Commands as they were called in earlier releases.
FORMER = {("imports",): ("import",), ("audit-verify",): ("audit", "verify")}
# argparse takes -1h for an option.
NEGATIVE = re.compile(r"-\d[\w.:+-]*")


def plain(words: Sequence[str], commands: Iterable[Noun | Verb]) -> list[str]:
    """The words as the parser takes them."""
    return _joined(_with_usual_verb(_renamed(list(words)), commands))


def _renamed(words: list[str]) -> list[str]:
    for former, now in FORMER.items():
        if tuple(words[: len(former)]) == former:
            return [*now, *words[len(former) :]]
    return words


def _with_usual_verb(words: list[str], commands: Iterable[Noun | Verb]) -> list[str]:
    """`import old.csv` is `import start old.csv`."""
    for noun in commands:
        if isinstance(noun, Noun) and noun.usual and words[:1] == [noun.name]:
            if len(words) == 1:
                return [noun.name, noun.usual] if noun.stands_alone else words
            known = {verb.name for verb in noun.verbs} | {"-h", "--help"}
            # A verb that needs nothing takes options only: what is no option there was meant for a verb.
            is_verb = words[1] in known or (noun.stands_alone and not words[1].startswith("-"))
            return words if is_verb else [noun.name, noun.usual, *words[1:]]
    return words


def _joined(words: list[str]) -> list[str]:
    """`--from -1h` becomes `--from=-1h`."""
    joined: list[str] = []
    for word in words:
        if joined and joined[-1].startswith("--") and "=" not in joined[-1] and NEGATIVE.fullmatch(word):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined
