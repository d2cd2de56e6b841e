"""`docs/exports.md`: its commands answer what the page says."""

from pathlib import Path

import pytest

from tests.docs.pages import check_page, one_of_the_pages, serving_page
from tests.programs import ROOT, running

PAGE = ROOT / "docs" / "exports.md"


@one_of_the_pages(0)
def test_its_commands_answer_what_it_says(
    database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # API and worker share it.
    monkeypatch.setenv("BAROGRAPH_DATA_DIR", str(tmp_path))
    environment = {"BAROGRAPH_REDIS_URL": redis_url}
    with (
        serving_page(database_url, tmp_path, "admin@example.org") as data_dir,
        running("backfill", database_url, tmp_path / "worker.log", environment),
    ):
        check_page(PAGE, data_dir)
