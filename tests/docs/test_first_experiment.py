"""`docs/first-experiment.md`: its commands, in order, against real programs, answer what the page says."""

import shutil
from pathlib import Path

import pytest

from tests.docs.pages import check_page, serving_page
from tests.programs import ROOT


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page's second part is for people with curl")
def test_its_commands_answer_what_it_says(database_url: str, tmp_path: Path) -> None:
    with serving_page(database_url, tmp_path, "ada@example.org") as data_dir:
        check_page(ROOT / "docs" / "first-experiment.md", data_dir)
