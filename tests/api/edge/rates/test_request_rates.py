"""Rates: a burst, then so many in a second, for each sender by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.edge.rates import request_rates
from api.edge.rates.request_rates import BURST_S, RequestRate
from barograph.errors import TooManyRequests
from tests.api.server import serving


class Clock:
    """Tells the time that a test sets."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def passes(rate: RequestRate, sender: str) -> bool:
    try:
        rate.take(sender)
    except TooManyRequests:
        return False
    return True


@given(st.lists(st.sampled_from([0.0, 0.0, 0.01, 0.3, 2.0, 30.0]), max_size=200), st.integers(1, 20))
def test_no_stretch_of_time_lets_more_pass_than_its_rate_and_a_burst(
    pauses_s: list[float], per_s: int
) -> None:
    clock = Clock()
    rate, passed = RequestRate(per_s, clock), list[float]()
    for pause_s in pauses_s:
        clock.now_s += pause_s
        if passes(rate, "ada"):
            passed.append(clock.now_s)
    for first, start_s in enumerate(passed):
        for last, end_s in enumerate(passed[first:], first):
            assert last - first + 1 <= per_s * (end_s - start_s + BURST_S) + 1e-6


def test_a_sender_that_waits_as_told_goes_on_and_others_notice_nothing() -> None:
    clock = Clock()
    rate = RequestRate(2, clock)
    assert [passes(rate, "ada") for _ in range(2 * BURST_S + 1)] == [True] * 2 * BURST_S + [False]
    assert passes(rate, "bob")
    clock.now_s += 1
    assert [passes(rate, "ada") for _ in range(3)] == [True, True, False]


def test_senders_that_are_not_counted_any_more_take_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_rates, "MAX_SENDERS", 10)
    clock = Clock()
    rate = RequestRate(1, clock)
    for number in range(100):
        rate.take(number)
    assert len(rate._until_s) <= 10  # pyright: ignore[reportPrivateUsage]
    clock.now_s += 1000
    assert passes(rate, "ada")


def test_every_route_is_limited_by_log_in_and_by_address(database_url: str) -> None:
    with serving(database_url, requests_per_s_of_login=1, requests_per_s_of_address=3) as server:
        owner, other = server.person("owner@example.org"), server.person("other@example.org")
        answers = [owner.get("/projects").status_code for _ in range(BURST_S + 1)]
        assert answers == [200] * BURST_S + [429]
        refused = owner.get("/projects")
        assert int(refused.headers["Retry-After"]) >= 1
        assert other.get("/projects").status_code == 200
        with server.client() as nobody:
            # A stranger has the address in common with all of them.
            answers = [nobody.post("/auth/login", json={}).status_code for _ in range(3 * BURST_S)]
        assert answers[-1] == 429
        for person in (owner, other):
            person.client.close()
