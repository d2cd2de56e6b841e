"""The bridge's clock against the server's, by the `Date` of answers."""

from email.utils import formatdate

import pytest

from ingest.mqtt.delivery.server_clock import server_clock

NOW_S = 1_790_000_000.25


@pytest.mark.parametrize(
    ("shift_s", "said"),
    [
        (3600, "this machine's clock is 3,600 s ahead of the server's"),
        (-90, "this machine's clock is 90 s behind the server's"),
    ],
)
def test_a_clock_that_is_wrong_is_told_by_how_much(shift_s: float, said: str) -> None:
    asked_s = NOW_S + shift_s
    clock = server_clock(formatdate(NOW_S, usegmt=True), asked_s, asked_s + 0.5)
    assert clock is not None
    assert clock.is_apart
    assert str(clock) == said


def test_a_clock_that_may_be_right_is_not_called_wrong() -> None:
    date = formatdate(NOW_S, usegmt=True)
    for asked_s, heard_s in ((NOW_S - 5, NOW_S - 4.9), (NOW_S, NOW_S + 60)):
        clock = server_clock(date, asked_s, heard_s)
        assert clock is not None
        assert not clock.is_apart


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_an_answer_without_a_date_tells_nothing(date: str | None) -> None:
    assert server_clock(date, NOW_S, NOW_S) is None
