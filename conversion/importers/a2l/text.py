"""The text of an A2L file, as far as conversions need it: tokens, and blocks between /begin and /end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from conversion.errors import ImportRefused
from conversion.importers.rule import number

MAX_CHARACTERS = 64 * 2**20
MAX_SHOWN = 200
"""Tokens of a block that are shown as its text."""

# Each alternative also matches when its end is missing, so that no text is scanned twice.
_TOKEN = re.compile(
    r'\s+|//[^\n]*|/\*.*?(?:\*/|\Z)|"(?:[^"\\]|\\.|"")*+(?:"|\Z)|(?:[^\s"/]|/(?![/*]))+', re.DOTALL
)
_ESCAPED = re.compile(r'\\(.)|""', re.DOTALL)


class A2lToken(NamedTuple):
    """A word, or a quoted text without its quotes."""

    text: str
    is_quoted: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A block: all between /begin and /end, with the blocks inside it."""

    kind: str
    name: str
    tokens: tuple[A2lToken, ...]
    """After the name."""

    @property
    def rule(self) -> str:
        """The rule's name in errors."""
        return f"{self.kind} {self.name}"

    def text(self) -> str:
        """The beginning of the block, as it could stand in a file."""
        quoted = (f'"{each.text}"' if each.is_quoted else each.text for each in self.tokens[:MAX_SHOWN])
        return f"/begin {self.kind} {self.name} {' '.join(quoted)}"

    def at(self, place: int) -> str:
        """The text of the token at `place`, counted from the name on."""
        if place >= len(self.tokens):
            raise ImportRefused(self.rule, "ends too early")
        return self.tokens[place].text

    def after(self, keyword: str) -> tuple[A2lToken, ...] | None:
        """The tokens that follow a keyword, or None if the block has no such keyword."""
        place = next((i for i, token in enumerate(self.tokens) if token == (keyword, False)), None)
        return None if place is None else self.tokens[place + 1 :]

    def numbers(self, tokens: tuple[A2lToken, ...], count: int) -> list[float]:
        """The first `count` tokens as numbers."""
        if len(tokens) < count:
            raise ImportRefused(self.rule, f"{count} numbers are due, {len(tokens)} are there")
        return [number(self.rule, token.text) for token in tokens[:count]]


def blocks(text: str, kinds: frozenset[str]) -> Iterator[Block]:
    """The blocks of these kinds, wherever they stand; they must not stand inside one another."""
    tokens = _tokens(text)
    for token in tokens:
        if token == ("/begin", False):
            kind = next(tokens, A2lToken("", is_quoted=False)).text
            if kind in kinds:
                yield _block(kind, tokens)


def _block(kind: str, tokens: Iterator[A2lToken]) -> Block:
    inside: list[A2lToken] = []
    for token in tokens:
        if token == ("/end", False) and next(tokens, None) == (kind, False):
            break
        inside.append(token)
    else:
        raise ImportRefused(kind, "has no /end")
    if not inside:
        raise ImportRefused(kind, "has no name")
    return Block(kind, inside[0].text, tuple(inside[1:]))


def _tokens(text: str) -> Iterator[A2lToken]:
    if len(text) > MAX_CHARACTERS:
        raise ImportRefused("A2L text", f"is longer than {MAX_CHARACTERS:,} characters")
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token.startswith("/*") and not token.endswith("*/"):
            raise ImportRefused("A2L text", "a comment has no end")
        if token.startswith('"'):
            yield A2lToken(_unquoted(token), is_quoted=True)
        elif not token.startswith(("//", "/*")) and not token.isspace():
            yield A2lToken(token, is_quoted=False)


def _unquoted(token: str) -> str:
    if len(token) < 2 or not token.endswith('"'):
        raise ImportRefused("A2L text", "a quoted text has no end")
    return _ESCAPED.sub(lambda match: match[1] or '"', token[1:-1])
