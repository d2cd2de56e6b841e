"""The long form of a property test ends in its time, and a failure is still found and made small."""

import time

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.examples import ended_in_time, in_time


def test_an_attempt_ends_in_its_time_and_passes() -> None:
    tried: list[int] = []

    @settings(max_examples=100_000, deadline=None, database=None)
    @given(st.integers())
    def attempt(number: int) -> None:
        tried.append(number)
        time.sleep(0.01)

    limited = ended_in_time(attempt, 0.3)
    began_s = time.monotonic()
    limited()
    assert time.monotonic() - began_s < 5
    before = len(tried)
    assert 0 < before < 1000
    # The next of its cases has as long.
    limited()
    assert len(tried) > before + 1


def test_what_fails_is_made_small_although_the_time_is_over() -> None:
    @settings(max_examples=100_000, deadline=None, database=None, phases=[Phase.generate, Phase.shrink])
    @given(st.integers(min_value=0))
    def attempt(number: int) -> None:
        time.sleep(0.01)
        assert number < 1000

    with pytest.raises(AssertionError) as failure:
        ended_in_time(attempt, 0.5)()
    assert "number=1000" in "".join(failure.value.__notes__)


@pytest.mark.parametrize("first", [0, 5])
@settings(max_examples=3, deadline=None)
@given(number=st.integers())
def limited_with_fixtures(tmp_path_factory: pytest.TempPathFactory, first: int, number: int) -> None:
    assert tmp_path_factory.getbasetemp().exists()
    assert isinstance(first + number, int)


test_fixtures_and_cases_reach_it = ended_in_time(limited_with_fixtures)


def test_cases_end_in_time_after_one_at_least() -> None:
    assert list(in_time(range(5))) == [0, 1, 2, 3, 4]
    assert list(in_time(range(5), 0.0)) == [0]
