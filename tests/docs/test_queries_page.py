"""`docs/queries.md`: its commands answer what the page says, and its limits are those of the code. The
README's first session ends with its questions.
"""

import shutil
from pathlib import Path

import pytest

from api.edge.tables.sensor_tables import MAX_CELLS
from api.edge.times.periods import MAX_PERIOD
from api.series.answers.answer import MAX_POINTS
from api.series.asked.named_sensors import MAX_SENSORS
from api.series.computed.percentiles import MAX_EXACT
from api.series.stored.chunks import MAX_CHUNKS
from api.series.stored.fetch import MAX_ROLLUPS
from api.series.stored.slices import MAX_READINGS
from tests.docs.pages import blocks_of, check_page, one_of_the_pages, run_all, serving_page
from tests.programs import ROOT

PAGE = ROOT / "docs" / "queries.md"


@one_of_the_pages(2)
@pytest.mark.skipif(shutil.which("curl") is None, reason="the page is for people with curl")
def test_its_commands_answer_what_it_says(database_url: str, tmp_path: Path) -> None:
    with serving_page(database_url, tmp_path, "admin@example.org") as data_dir:
        check_page(PAGE, data_dir)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the session is for people with curl")
def test_the_first_session_ends_with_a_series_to_plot(database_url: str, tmp_path: Path) -> None:
    session = [block for block in blocks_of(ROOT / "README.md") if "LOGIN=" in block.commands]
    with serving_page(database_url, tmp_path, "admin@example.org") as data_dir:
        (answer,) = run_all(session, data_dir)
    header = "sensor_id,key,unit,time,t_us,value\n"
    for shown in ('"accepted":60', '"mean":[50.0]', '"max":[100.0]', '"p95":[100.0]', header):
        assert shown in answer
    plotted = answer.partition(header)[2].splitlines()
    assert len(plotted) == 30


def test_its_limits_are_those_of_the_code() -> None:
    text = PAGE.read_text()
    for limit, row in (
        (MAX_POINTS, "| points in an answer, all sensors together |"),
        (MAX_READINGS, "| raw readings read |"),
        (MAX_ROLLUPS, "| roll-ups read |"),
        (MAX_SENSORS, "| sensors named |"),
    ):
        assert f"{row} {limit:,} |" in text
    weeks, days = MAX_CHUNKS["rollup"], MAX_CHUNKS["reading"]
    limits = f"{weeks} weeks that hold roll-ups, and {days} days of which raw readings are needed"
    assert f"| period | any; of more than {MAX_PERIOD.days} days, {limits} |" in text
    assert f"A wide table has at most {MAX_CELLS:,} cells" in text
    assert f"of up to {MAX_EXACT:,} readings in an answer" in text
