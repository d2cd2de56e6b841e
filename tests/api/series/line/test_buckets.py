"""Buckets: how they are written and chosen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.series.line.buckets import ROUND_US, choose_bucket, count_buckets, format_bucket, parse_bucket
from barograph.errors import Invalid

TIMES_US = st.integers(-(10**16), 10**17)


@pytest.mark.parametrize(
    ("text", "size_us"),
    [
        ("1us", 1),
        ("10ms", 10_000),
        ("0.5ms", 500),
        ("1.5s", 1_500_000),
        ("1m", 60_000_000),
        ("2d", 172_800 * 10**6),
    ],
)
def test_a_bucket_is_a_number_and_a_unit(text: str, size_us: int) -> None:
    assert parse_bucket(text) == size_us


@pytest.mark.parametrize(
    "text", ["", "10", "s", "0s", "-1s", "0.5us", "1e3s", "1 s", "1S", "1w", "\u0661s", "9" * 18 + "d"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_bucket(text)


@given(st.integers(1, 10**18))
def test_a_written_bucket_reads_as_the_same(size_us: int) -> None:
    assert parse_bucket(format_bucket(size_us)) == size_us


def test_round_buckets_rise() -> None:
    assert list(ROUND_US) == sorted(set(ROUND_US))


@given(TIMES_US, st.integers(1, 10**15), st.integers(1, 5000))
def test_a_chosen_bucket_gives_at_most_the_points_asked_for(
    from_us: int, length_us: int, max_points: int
) -> None:
    to_us = from_us + length_us
    try:
        size_us = choose_bucket(from_us, to_us, max_points)
    except Invalid:
        assert max_points == 1
        assert from_us < 0 < to_us
    else:
        assert count_buckets(from_us, to_us, size_us) <= max_points


def test_the_smallest_round_bucket_that_fits_is_chosen() -> None:
    assert choose_bucket(0, 3600 * 10**6, 1000) == 5 * 10**6
    assert choose_bucket(0, 3600 * 10**6, 720) == 5 * 10**6
    assert choose_bucket(0, 3600 * 10**6, 719) == 10 * 10**6
