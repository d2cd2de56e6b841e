"""The ingest protocol, simulated: some stories here, thousands by night."""

from collections.abc import Generator

import pytest

from tests.ingest.simulation.replaced import replaced
from tests.ingest.simulation.world import tell


@pytest.fixture(autouse=True)
def _replaced() -> Generator[None]:
    with replaced():
        yield


def test_stories_keep_the_laws() -> None:
    outcomes = [tell(seed) for seed in range(1, 91)]
    assert sum(outcome.readings for outcome in outcomes) > 500
    assert sum(outcome.missing for outcome in outcomes) > 10, "no restore took anything"


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_thousands_of_stories_keep_the_laws() -> None:
    for seed in range(1000, 26_000):
        tell(seed)


def test_a_seed_tells_the_same_story_again() -> None:
    assert [tell(seed) for seed in range(20, 26)] == [tell(seed) for seed in range(20, 26)]
