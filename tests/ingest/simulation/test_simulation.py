"""The ingest protocol, simulated: some stories here, thousands by night."""

from collections.abc import Generator
from itertools import count

import pytest

from tests.examples import in_time, tonight
from tests.ingest.simulation.replaced import replaced
from tests.ingest.simulation.world import tell

NIGHTLY_S = 600


@pytest.fixture(autouse=True)
def _replaced() -> Generator[None]:
    with replaced():
        yield


def test_stories_keep_the_laws() -> None:
    outcomes = [tell(seed) for seed in range(201, 291)]
    assert sum(outcome.readings for outcome in outcomes) > 500
    assert sum(outcome.missing for outcome in outcomes) > 10, "no restore took anything"


@pytest.mark.nightly
@pytest.mark.timeout(NIGHTLY_S + 300)
def test_thousands_of_stories_keep_the_laws() -> None:
    for seed in in_time(count(tonight() * 100_000), NIGHTLY_S):
        tell(seed)


def test_a_seed_tells_the_same_story_again() -> None:
    assert [tell(seed) for seed in range(20, 26)] == [tell(seed) for seed in range(20, 26)]
