"""`docs/queries.md`: its commands answer what the page says, and its limits are those of the code."""

import shutil
from pathlib import Path

import pytest

from api.periods import LONGEST
from api.series.answer import MOST_POINTS
from api.series.fetch import MOST_READINGS, MOST_ROLLUPS
from api.series.percentiles import MOST_EXACT
from api.series.question import MOST_SENSORS
from tests.pages import check_page, serving_page
from tests.programs import ROOT

PAGE = ROOT / "docs" / "queries.md"


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page is for people with curl")
def test_its_commands_answer_what_it_says(database_url: str, tmp_path: Path) -> None:
    with serving_page(database_url, tmp_path, "admin@example.org") as data_dir:
        check_page(PAGE, data_dir)


def test_its_limits_are_those_of_the_code() -> None:
    text = PAGE.read_text()
    for limit, row in (
        (MOST_POINTS, "| points in an answer, all sensors together |"),
        (MOST_READINGS, "| raw readings read |"),
        (MOST_ROLLUPS, "| roll-ups read |"),
        (MOST_SENSORS, "| sensors named |"),
    ):
        assert f"{row} {limit:,} |" in text
    assert f"| period | {LONGEST.days} days |" in text
    assert f"of up to {MOST_EXACT:,} readings in an answer" in text
