"""What a benchmark printed, as figures, and which of them have moved."""

import pytest

from benchmarks.compare import compare, figures_of, judge
from benchmarks.table import print_table


def test_every_number_of_a_table_is_a_figure(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(
        "Ingest", ("path", "readings/s", "cold / warm, ms"), [("raw COPY", "1,234,567", "12.5 / 3.0")]
    )
    print_table("In words", ("who", "says"), [("one", "nothing")])
    print_table("Asking", ("question", "ms"), [("last", "-"), ("day", "7")])
    assert figures_of(capsys.readouterr().out) == {
        "Ingest: raw COPY: readings/s": 1_234_567,
        "Ingest: raw COPY: cold / warm, ms": 12.5,
        "Ingest: raw COPY: cold / warm, ms (1)": 3,
        "Asking: day: ms": 7,
    }


@pytest.mark.parametrize(
    ("before", "after", "has_moved"),
    [
        ([100, 101, 99], [110, 112, 111], True),
        ([100, 101, 99], [90, 89, 91], True),
        ([100, 101, 99], [101.5, 102, 102], False),  # apart, but by little
        ([100, 130, 99], [120, 125, 122], False),  # its rounds overlap
        ([0, 0, 0], [0, 0, 0], False),
        ([0, 0, 0], [1, 2, 3], True),
    ],
)
def test_a_figure_has_moved_if_all_rounds_lie_apart_and_not_by_little(
    before: list[float], after: list[float], *, has_moved: bool
) -> None:
    assert judge("it", before, after).moved is has_moved


def test_only_what_all_rounds_have_is_compared() -> None:
    found = compare([{"a": 1, "b": 1}, {"a": 1}], [{"a": 2, "c": 1}, {"a": 2}])
    assert [(each.figure, each.ratio) for each in found] == [("a", 2)]
