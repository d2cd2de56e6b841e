"""The text of an EPICS database or definition file: groups such as `record(ai, "name") { … }`."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conversion.errors import ImportRefused

MAX_CHARACTERS = 16 * 2**20

# The quoted alternative also matches when its end is missing, so that no text is scanned twice.
_TOKEN = re.compile(r'[\s,]+|#[^\n]*|"(?:[^"\\\n]|\\.)*+(?:"|$)|[(){}]|[^\s,"(){}#]+', re.MULTILINE)
_KEYWORDS = {"breaktable": "breaktable", "record": "record", "grecord": "record"}


@dataclass(frozen=True, slots=True)
class Group:
    """A keyword, what it has in parentheses, and the tokens in its braces."""

    keyword: str
    arguments: Sequence[str]
    body: Sequence[str]

    @property
    def name(self) -> str:
        """The name of the table or record."""
        return self.arguments[-1]

    @property
    def fields(self) -> dict[str, str]:
        """A record's fields with a plain value; links in JSON are left out."""
        body = self.body
        return {
            body[i + 2]: body[i + 3]
            for i in range(len(body) - 4)
            if body[i : i + 2] == ["field", "("] and body[i + 4] == ")"
        }


def groups(text: str) -> Iterator[Group]:
    """The breakpoint tables and records of the text."""
    if len(text) > MAX_CHARACTERS:
        raise ImportRefused("EPICS text", f"is longer than {MAX_CHARACTERS:,} characters")
    tokens = _tokens(text)
    for token in tokens:
        if token in _KEYWORDS:
            yield _group(_KEYWORDS[token], tokens)


def _group(keyword: str, tokens: Iterator[str]) -> Group:
    opening = next(tokens, None)
    arguments = list(iter(lambda: next(tokens, ")"), ")"))
    if opening != "(" or len(arguments) != (1 if keyword == "breaktable" else 2):
        raise ImportRefused(keyword, "must be followed by its name in parentheses")
    if next(tokens, None) != "{":
        return Group(keyword, arguments, [])
    return Group(keyword, arguments, _body(arguments[-1], tokens))


def _body(name: str, tokens: Iterator[str]) -> list[str]:
    body: list[str] = []
    depth = 1
    for token in tokens:
        depth += {"{": 1, "}": -1}.get(token, 0)
        if depth == 0:
            return body
        body.append(token)
    raise ImportRefused(name, "has no closing brace")


def _tokens(text: str) -> Iterator[str]:
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token.startswith('"'):
            yield re.sub(r"\\(.)", r"\1", token.strip('"'))
        elif not token.startswith("#") and token.strip(", \t\r\n"):
            yield token
