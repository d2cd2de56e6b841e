"""`python -m tools.notebooks`: pages of worked examples as notebooks, for those who want to run them.

Blocks of Python become cells, with what the page shows as their answers below them. All else is Markdown.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent.parent / "docs"
PAGES = ("analysis",)
_BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<answer>.*?)^```\n)?", re.DOTALL | re.MULTILINE
)


def notebook_of(page: str) -> str:
    """The text of a notebook in format 4.5, of a page in Markdown."""
    cells: list[dict[str, Any]] = [
        {"id": f"cell-{number}", **cell} for number, cell in enumerate(_cells(page), 1)
    ]
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    document: dict[str, Any] = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _cells(page: str) -> Iterator[Mapping[str, Any]]:
    end = 0
    for block in _BLOCK.finditer(page):
        yield from _prose(page[end : block.start()])
        yield _code(block["code"], block["answer"])
        end = block.end()
    yield from _prose(page[end:])


def _prose(text: str) -> Iterator[Mapping[str, Any]]:
    if text.strip():
        yield {"cell_type": "markdown", "metadata": {}, "source": _lines(text.strip())}


def _code(code: str, answer: str | None) -> Mapping[str, Any]:
    shown = [] if answer is None else [{"name": "stdout", "output_type": "stream", "text": _lines(answer)}]
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": shown,
        "source": _lines(code.rstrip("\n")),
    }


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def main() -> None:
    """Writes them beside their pages."""
    for name in PAGES:
        page = (DOCS / f"{name}.md").read_text(encoding="utf-8")
        (DOCS / f"{name}.ipynb").write_text(notebook_of(page), encoding="utf-8")


if __name__ == "__main__":
    main()
