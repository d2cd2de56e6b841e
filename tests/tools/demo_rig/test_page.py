"""`docs/demo.md`: its commands, in order, against the rig as `make up` runs it."""

import shutil
import time
from pathlib import Path

import psycopg
import pytest

from tests.docs.pages import check_page, one_of_the_pages, serving_page
from tests.programs import ROOT, running
from tests.tools.demo_rig.rig import start, stop

KEY = "infrasound.hawaii.miscalibrated"


@one_of_the_pages(2)
@pytest.mark.skipif(shutil.which("curl") is None, reason="the page is for people with curl")
def test_its_commands_answer_what_it_says(database_url: str, redis_url: str, tmp_path: Path) -> None:
    environment = {"BAROGRAPH_REDIS_URL": redis_url}
    with (
        serving_page(database_url, tmp_path, "admin@example.org") as data_dir,
        running("backfill", database_url, tmp_path / "worker.log", environment),
    ):
        rig = start(data_dir / "connection.json", speed=20)
        wait_until_it_measures(database_url)
        stop(rig)
        check_page(ROOT / "docs" / "demo.md", data_dir)


def wait_until_it_measures(database_url: str) -> None:
    """Until there are some readings, older than what the page asks about, and a capture session."""
    question = (
        "select count(*) > 100 and exists (select from capture_session) from any_reading"
        " join sensor on sensor.id = sensor_id"
        " where key = %s and time < now() - interval '3 seconds'"
    )
    for _ in range(200):
        with psycopg.connect(database_url) as connection:
            row = connection.execute(question, [KEY]).fetchone()
        if row == (True,):
            return
        time.sleep(0.1)
    raise TimeoutError("the rig does not measure")
