"""Named SQL statements from `sql/queries/<room>/<area>.sql`.

A file holds statements under `-- name: <statement>` headers, and `query("area.statement")` is one of
them, whatever the room. This is the only place where text from a file becomes a query.

Why: decision 970.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import LiteralString, cast

SQL_DIR = Path(__file__).parent.parent.parent / "sql"
# Whole lines of comment, and what lines are indented by. A statement above 4,096 characters is read by the
# driver each time, for its parameters; what people read need not count.
_FOR_PEOPLE = re.compile(r"^ *(--.*\n?)?", re.MULTILINE)
_HEADER = re.compile(r"^-- name: *([a-z0-9_]+) *$", re.MULTILINE)


@cache
def load_queries(folder: Path = SQL_DIR / "queries") -> Mapping[str, LiteralString]:
    """Every statement by `area.name`.

    Raises:
        ValueError: a file has text before its first header, or two files or statements share a name.
    """
    queries: dict[str, LiteralString] = {}
    areas: set[str] = set()
    for path in sorted(folder.rglob("*.sql")):
        if path.stem in areas:
            raise ValueError(f"{path.name} stands twice")
        areas.add(path.stem)
        preamble, *parts = _HEADER.split(path.read_text(encoding="utf-8"))
        if any(line.strip() and not line.startswith("--") for line in preamble.splitlines()):
            raise ValueError(f"{path.name}: a statement stands before the first '-- name:'")
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            full_name = f"{path.stem}.{name}"
            if full_name in queries:
                raise ValueError(f"{full_name} stands twice in {path.name}")
            queries[full_name] = cast("LiteralString", _plain(text).strip().removesuffix(";"))
    return queries


def query(name: str) -> LiteralString:
    """The statement called `area.name`.

    Raises:
        KeyError: there is none.
    """
    return load_queries()[name]


def _plain(text: str) -> str:
    return _FOR_PEOPLE.sub("", text)
