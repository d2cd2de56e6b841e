"""`docs/analysis.md` and `docs/from-mlflow.md`: their blocks print what the pages say."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.conftest import database_name, temporary_database
from tests.docs.notebook_pages import check_notebook
from tests.docs.pages import one_of_the_pages, serving_page
from tests.programs import ROOT, running


@pytest.fixture(scope="module")
def folder(
    server_url: str, template_name: str, redis_server_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Path]:
    """Where API, ingest and worker serve, as `up` leaves it."""
    data_dir = tmp_path_factory.mktemp("here") / ".data"
    data_dir.mkdir()
    environment = {"BAROGRAPH_REDIS_URL": redis_server_url, "BAROGRAPH_DATA_DIR": str(data_dir)}
    with (
        pytest.MonkeyPatch.context() as patched,
        temporary_database(server_url, database_name(), template_name) as database_url,
    ):
        patched.setenv("BAROGRAPH_DATA_DIR", str(data_dir))
        with (
            serving_page(database_url, data_dir, "admin@example.org"),
            running("backfill", database_url, data_dir / "worker.log", environment),
        ):
            yield data_dir.parent


@one_of_the_pages(1)
def test_an_analyst_goes_from_a_question_to_a_better_calibration(folder: Path) -> None:
    check_notebook(ROOT / "docs" / "analysis.md", folder)


def test_somebody_who_comes_from_mlflow_is_at_home_soon(folder: Path) -> None:
    check_notebook(ROOT / "docs" / "from-mlflow.md", folder)
