"""The views and functions of `sql/views`, with what is said of each: made again where their text, or what
became of it, has changed.

A view that is made again is locked against everybody who reads it. So one that is as it should be is left
alone.

Why: decision 121.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString, cast

import psycopg

from barograph.database.queries import query

# Each statement of these files begins a line so, and goes on to the next one.
_BEGINNING = re.compile(r"^create or replace (?:view|function) ((?:\w+\.)?\w+)", re.MULTILINE)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class ViewDefinition:
    """One view or function, and the statement that makes it.

    Attributes:
        checksum: of the statement, and of the definitions it names: `select sensor.*` means what the view of
            sensors was when the statement ran.
    """

    name: str
    text: LiteralString
    checksum: str

    def make(self, connection: psycopg.Connection) -> None:
        """Makes it, and records what it was made from. Within the caller's transaction."""
        connection.execute(self.text)
        parameters = {"name": self.name, "checksum": self.checksum}
        connection.execute(query("migration.record_view"), parameters)


def read_views(folder: Path) -> list[ViewDefinition]:
    """The definitions, in the order of the files and of their lines: each after those it names."""
    views: dict[str, ViewDefinition] = {}
    for path in sorted(folder.glob("*.sql")):
        for name, text in _statements(path.read_text(encoding="utf-8")):
            views[name] = ViewDefinition(name, text, _checksum(text, views))
    return list(views.values())


def differing_views(connection: psycopg.Connection, folder: Path) -> list[ViewDefinition]:
    """The views that are missing in the database, or not what their text says."""
    made = dict(connection.execute(query("migration.views")).fetchall())
    return [view for view in read_views(folder) if made.get(view.name) != view.checksum]


def _statements(text: str) -> Iterator[tuple[str, LiteralString]]:
    """Names and statements of a file, without the comments before them."""
    beginnings = list(_BEGINNING.finditer(text))
    ends = [*(match.start() for match in beginnings[1:]), len(text)]
    for match, end in zip(beginnings, ends, strict=True):
        yield match[1], cast("LiteralString", text[match.start() : end].rpartition(";")[0])


def _checksum(text: str, earlier: Mapping[str, ViewDefinition]) -> str:
    named = [earlier[name].checksum for name in sorted(earlier.keys() & set(_WORD.findall(text)))]
    return hashlib.sha256("\0".join([text, *named]).encode()).hexdigest()
