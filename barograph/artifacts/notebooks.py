"""A Jupyter notebook as text: its cells, without their output.

It runs in a parser: it reads what strangers sent.
"""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ValidationError


class NotebookCell(BaseModel):
    """What is shown of one."""

    cell_type: Literal["code", "markdown", "raw"]
    source: str | list[str] = ""
    execution_count: int | None = None


class Notebook(BaseModel):
    cells: list[NotebookCell]


def notebook_text(content: bytes) -> str | None:
    """The cells, one after the other; None where it is no notebook."""
    try:
        notebook = Notebook.model_validate_json(content)
    except ValidationError:
        return None
    return "\n\n".join(_texts(notebook.cells))


def _texts(cells: list[NotebookCell]) -> Iterator[str]:
    for cell in cells:
        text = "".join(cell.source)
        count = " " if cell.execution_count is None else cell.execution_count
        if text.strip():
            yield f"In [{count}]:\n{text}" if cell.cell_type == "code" else text
