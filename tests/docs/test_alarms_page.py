"""`docs/alarms.md`: its commands answer what the page says."""

import shutil
from pathlib import Path

import pytest

from tests.docs.pages import check_page, one_of_the_pages, serving_page
from tests.programs import ROOT

PAGE = ROOT / "docs" / "alarms.md"


@one_of_the_pages(0)
@pytest.mark.skipif(shutil.which("curl") is None, reason="the page is for people with curl")
def test_its_commands_answer_what_it_says(database_url: str, tmp_path: Path) -> None:
    with serving_page(database_url, tmp_path, "admin@example.org") as data_dir:
        check_page(PAGE, data_dir)
