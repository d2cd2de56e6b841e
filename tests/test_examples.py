"""The long form of a property test ends in its time, and a failure is still found and made small. Of a long
table CI takes some cases, each commit others.
"""

import time

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests import examples
from tests.examples import ended_in_time, in_its_turn, in_time, some_of


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


def for_ci(cases: list[pytest.ParameterSet]) -> list[object]:
    return [case.values[0] for case in cases if not case.marks]


def test_of_a_long_table_each_commit_takes_others(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: set[object] = set()
    for number in range(40):
        monkeypatch.setattr(examples, "sample", lambda commit=str(number): commit)
        cases = some_of(range(20), 4)
        assert [case.values for case in cases] == [(n,) for n in range(20)]
        assert len(for_ci(cases)) == 4
        assert for_ci(cases) == for_ci(some_of(range(20), 4))
        taken |= set(for_ci(cases))
    assert taken == set(range(20))
    assert for_ci(some_of("ab", 4)) == ["a", "b"]


def test_of_tests_in_turns_one_is_for_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: set[int] = set()
    for number in range(20):
        monkeypatch.setattr(examples, "sample", lambda commit=str(number): commit)
        (turn,) = filter(is_for_ci, range(3))
        turns.add(turn)
    assert turns == {0, 1, 2}


def is_for_ci(turn: int) -> bool:
    def one() -> None: ...

    return not hasattr(in_its_turn(turn, 3)(one), "pytestmark")
