"""Notes that nobody can make too many of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.edge.rates import bounded_notes
from api.edge.rates.bounded_notes import MAX_SUBJECTS, BoundedNotes


class _Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 7))))
def test_each_subject_has_so_many_in_a_window(steps: list[tuple[int, int]]) -> None:
    clock, notes = _Clock(), BoundedNotes(max_notes=2, window_s=10)
    taken: list[tuple[int, float]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bounded_notes, "time", clock)
        for subject, wait_s in steps:
            clock.now_s += wait_s
            if notes.take(subject):
                taken.append((subject, clock.now_s))
            # Never none, and of two windows that touch at most all.
            assert any(subject == each and at_s > clock.now_s - 10 for each, at_s in taken)
            near = [at_s for each, at_s in taken if each == subject and at_s > clock.now_s - 10]
            assert len(near) <= 4


def test_a_crowd_of_subjects_ends_somewhere() -> None:
    notes = BoundedNotes(max_notes=2, window_s=3600)
    assert sum(notes.take(subject) for subject in range(MAX_SUBJECTS + 5)) == MAX_SUBJECTS
    assert notes.take(0)
