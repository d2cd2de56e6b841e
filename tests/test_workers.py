"""Workers begin with what is long, and nothing is left out or told twice."""

from hypothesis import given
from hypothesis import strategies as st

from tests.workers import LONG_ROOMS, ROOT, begin_with


def test_each_worker_begins_with_a_group_and_goes_on_with_the_others_in_their_order() -> None:
    items = ["a1", "a2", "long1", "a3", "a4", "long2", "a5", "a6"]
    assert begin_with(items, [None, None, 0, None, None, 1, None, None], 2) == [
        *("long1", "a1", "a2", "a3"),
        *("long2", "a4", "a5", "a6"),
    ]


def test_more_groups_than_workers_and_a_group_longer_than_a_part() -> None:
    assert begin_with(["a", "b", "c", "d"], [2, 0, None, 0], 2) == ["a", "b", "d", "c"]
    assert begin_with(["a", "b", "c"], [1, None, 0], 4) == ["c", "a", "b"]


@given(st.lists(st.none() | st.integers(0, 5)), st.integers(1, 6))
def test_all_stay(groups: list[int | None], workers: int) -> None:
    ordered = begin_with(range(len(groups)), groups, workers)
    assert sorted(ordered) == list(range(len(groups)))
    for group in {*groups}:
        of_it = [n for n in ordered if groups[n] == group]
        assert of_it == sorted(of_it)


def test_rooms_are_there() -> None:
    assert [room for rooms in LONG_ROOMS for room in rooms if not (ROOT / "tests" / room).is_dir()] == []
