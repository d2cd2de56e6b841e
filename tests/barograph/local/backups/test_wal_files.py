"""Names of WAL files."""

import pytest

from barograph.local.backups.wal_files import (
    has_break,
    last_unbroken,
    parse_position,
    parse_segment,
    segment_name,
)

SEGMENT = 16 * 2**20


@pytest.mark.parametrize("size", [2**20, SEGMENT, 2**30])
@pytest.mark.parametrize("text", ["0/0", "0/2000028", "1A/FF000000", "7/FFFFFFFF"])
def test_a_position_lies_in_the_segment_that_bears_its_number(text: str, size: int) -> None:
    segment = parse_segment(segment_name(3, parse_position(text), size), size)
    assert segment is not None
    assert (segment.timeline, segment.is_partial) == (3, False)
    assert segment.number == parse_position(text) // size


def test_what_is_no_segment_is_none() -> None:
    for name in ("00000002.history", "backup_manifest", "000000010000000000000001.gz", ""):
        assert parse_segment(name, SEGMENT) is None


def test_a_line_ends_before_the_first_that_is_missing() -> None:
    names = [segment_name(1, number * SEGMENT, SEGMENT) for number in (2, 3, 4, 6)]
    last = last_unbroken([*names, names[-1] + ".partial"], names[0], SEGMENT)
    assert last is not None
    assert last.number == 4
    assert has_break(names, names[0], SEGMENT)
    assert not has_break(names[:3], names[0], SEGMENT)
    assert not has_break([], names[0], SEGMENT)
    other = segment_name(2, 9 * SEGMENT, SEGMENT)
    assert not has_break([*names[:3], other], names[0], SEGMENT)
    assert last_unbroken(names[1:], names[0], SEGMENT) is None
