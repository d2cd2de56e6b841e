"""What tests of the views share."""

from collections.abc import Generator

import pytest

from tests.sql.analyst import AnalystMaker, analysts


@pytest.fixture
def make_analyst(database_url: str) -> Generator[AnalystMaker]:
    """Makes log-ins of this test."""
    with analysts(database_url) as make:
        yield make
