"""The notebooks beside pages are what the pages say, and are notebooks."""

import json

import pytest

from tests.docs.notebook_pages import python_blocks_of
from tools.notebooks import DOCS, PAGES, notebook_of


@pytest.mark.parametrize("name", PAGES)
def test_a_notebook_is_as_its_page(name: str) -> None:
    page, kept = (DOCS / f"{name}{suffix}" for suffix in (".md", ".ipynb"))
    told = "python -m tools.notebooks makes it again"
    assert kept.read_text(encoding="utf-8") == notebook_of(page.read_text(encoding="utf-8")), told


@pytest.mark.parametrize("name", PAGES)
def test_its_cells_are_the_blocks_that_the_tests_run(name: str) -> None:
    document = json.loads((DOCS / f"{name}.ipynb").read_text(encoding="utf-8"))
    assert (document["nbformat"], document["nbformat_minor"]) == (4, 5)
    code = ["".join(cell["source"]) for cell in document["cells"] if cell["cell_type"] == "code"]
    wanted = [block.commands.strip() for block in python_blocks_of(DOCS / f"{name}.md")]
    assert [each.strip() for each in code] == wanted
    assert len({cell["id"] for cell in document["cells"]}) == len(document["cells"])
