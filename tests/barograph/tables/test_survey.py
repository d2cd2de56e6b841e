"""What a whole column tells: which hour is meant where clocks were put back, and the order of dates."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barograph.errors import Invalid
from barograph.tables.mapping import TableMapping
from barograph.tables.readings import TableReadings, read
from barograph.tables.scan import batches, scan
from barograph.tables.survey import survey
from barograph.tables.unreadable import Unreadable
from barograph.times import to_us

BERLIN = ZoneInfo("Europe/Berlin")
PATTERN = "%Y-%m-%d %H:%M:%S.%f"
FOLD = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)  # 02:00 to 03:00 twice, until 02:00 UTC


def how(zone: str = "Europe/Berlin", pattern: str = PATTERN) -> TableMapping:
    return TableMapping.model_validate(
        {
            "format": "csv",
            "csv": {},
            "time": {"column": "t", "format": "pattern", "pattern": pattern, "zone": zone},
            "columns": {"v": "v"},
        }
    )


def read_all(texts: list[str], described: TableMapping, rows: int = 7) -> list[TableReadings]:
    """In pieces, as the worker reads."""
    content = "t,v\n" + "".join(f"{text},{i}\n" for i, text in enumerate(texts))
    table = scan(content.encode(), "csv", described.csv)
    repeats = survey(table, described)
    pieces = enumerate(batches(table, described.used, rows))
    return [read(piece, described, 1 + number * rows, repeats=repeats) for number, piece in pieces]


@settings(deadline=None, max_examples=60)
@given(
    start=st.integers(-90 * 60, 30 * 60),
    steps=st.lists(st.integers(0, 3000), min_size=1, max_size=60),
)
def test_a_rising_file_is_read_right_or_counted(start: int, steps: list[int]) -> None:
    when = [FOLD + timedelta(seconds=start)]
    for step in steps:
        when.append(when[-1] + timedelta(seconds=step))
    pieces = read_all([time.astimezone(BERLIN).strftime(PATTERN) for time in when], how())
    stored = {
        int(row): int(t_us) for piece in pieces for row, t_us in zip(piece.row, piece.t_us, strict=True)
    }
    lost = sum(piece.unreadable.get(Unreadable.AMBIGUOUS_TIME, 0) for piece in pieces)
    assert len(stored) + lost == len(when)
    for row, t_us in stored.items():
        assert t_us == to_us(when[row - 1])


def test_both_hours_of_a_steady_file_are_told_apart() -> None:
    when = [FOLD + timedelta(minutes=i - 60) for i in range(240)]
    pieces = read_all([time.astimezone(BERLIN).strftime(PATTERN) for time in when], how())
    assert [int(t_us) for piece in pieces for t_us in piece.t_us] == [to_us(time) for time in when]


@pytest.mark.parametrize(
    "clocks",
    [
        ["02:10", "02:20", "02:30"],  # one of the two hours
        ["02:50", "02:49", "02:59"],  # a clock that was set
        ["05:00", "02:50", "02:10"],  # not in the order of time
        ["02:50", "02:10", "02:55", "02:05"],
    ],
)
def test_what_the_rows_do_not_tell_is_counted(clocks: list[str]) -> None:
    pieces = read_all([f"2026-10-25 {clock}:00.0" for clock in clocks], how())
    inside = sum(clock.startswith("02") for clock in clocks)
    assert sum(piece.unreadable.get(Unreadable.AMBIGUOUS_TIME, 0) for piece in pieces) == inside


def test_times_that_never_were_are_counted() -> None:
    (piece,) = read_all(["2026-03-29 01:59:59.9", "2026-03-29 02:30:00.0", "2026-03-29 03:00:00.0"], how())
    assert piece.unreadable == {Unreadable.SKIPPED_TIME: 1}
    assert [(each.code, each.text) for each in piece.faults] == [
        (Unreadable.SKIPPED_TIME, "2026-03-29 02:30:00.0")
    ]


def test_an_order_that_a_late_row_contradicts_is_refused_before_any_is_read(tmp_path: Path) -> None:
    path = tmp_path / "us.csv"
    days = [f"0{day}/01/2026 00:00" for day in range(1, 10)] * 10_000 + ["01/13/2026 00:00"]
    path.write_text("t,v\n" + "".join(f"{day},1\n" for day in days))
    table = scan(path, "csv", None)
    with pytest.raises(Invalid, match=r"row 90001 holds '01/13/2026 00:00'"):
        survey(table, how("UTC", "%d/%m/%Y %H:%M"))
    survey(table.head(90_000), how("UTC", "%d/%m/%Y %H:%M"))


def test_rows_that_no_order_reads_are_only_rows() -> None:
    described = how("UTC", "%d/%m/%Y")
    (piece,) = read_all(["01/02/2026", "yesterday", "99/99/2026"], described)
    assert piece.unreadable == {Unreadable.BAD_TIME: 2}
    assert pl.Series(piece.t_us).to_list() == [to_us(datetime(2026, 2, 1, tzinfo=UTC))]
