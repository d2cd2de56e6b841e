"""What docs/operations.md tells operators to type, for drills to type it."""

import re
from collections.abc import Iterator

import psycopg

from tests.programs import ROOT

PAGE = ROOT / "docs" / "operations.md"


def blocks_of(chapter: str, language: str) -> list[str]:
    """Those of a chapter (`###`), in its order."""
    _, _, text = PAGE.read_text(encoding="utf-8").partition(f"\n### {chapter}\n")
    return re.findall(rf"```{language}\n(.*?)```", re.split(r"\n##+ ", text)[0], re.DOTALL)


def execute(superuser_url: str, block: str) -> None:
    """Statements, one by one."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for statement in _statements(block):
            connection.execute(statement.encode())


def _statements(block: str) -> Iterator[str]:
    yield from filter(str.strip, block.split(";\n"))
