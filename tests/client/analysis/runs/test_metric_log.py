"""Points in the background: bounded, in order, each sent until it is known what became of it."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from barograph_client import ApiUnavailable, MetricsUnsaved, NotAllowed
from barograph_client.analysis.runs.metric_log import MetricLog
from barograph_client.analysis.runs.points import LoggedValue
from hypothesis import given
from hypothesis import strategies as st

WAIT_S = 60


class Sink:
    """Stores points, unless told otherwise."""

    def __init__(self) -> None:
        self.stored: list[LoggedValue] = []
        self.sizes: list[int] = []
        self.failure: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()

    def post(self, points: Sequence[LoggedValue]) -> Mapping[str, Any]:
        self.gate.wait(WAIT_S)
        if self.failure is not None:
            raise self.failure
        self.stored += points
        self.sizes.append(len(points))
        return {"rejected": [], "rejected_total": 0}


def points(count: int, first: int = 0) -> list[LoggedValue]:
    return [LoggedValue("loss", first + n, float(n), 0) for n in range(count)]


def test_points_are_sent_in_order_and_in_bodies_of_bounded_size() -> None:
    sink = Sink()
    log = MetricLog(sink.post, batch_s=WAIT_S)
    log.add(points(25_000))
    log.flush(WAIT_S)
    assert sink.stored == points(25_000)
    assert max(sink.sizes) <= 10_000
    log.close(WAIT_S)


def test_what_can_not_be_sent_now_is_sent_later() -> None:
    sink = Sink()
    sink.failure = ApiUnavailable("away")
    log = MetricLog(sink.post, batch_s=0.01)
    log.add(points(3))
    with pytest.raises(MetricsUnsaved, match="3 points of metrics are not stored: away"):
        log.flush(WAIT_S)
    sink.failure = None
    log.flush(WAIT_S)
    assert sink.stored == points(3)
    log.close(WAIT_S)


def test_too_much_waits_for_room_and_is_told_when_there_will_be_none() -> None:
    sink = Sink()
    sink.gate.clear()
    log = MetricLog(sink.post, batch_s=0.01, max_waiting=5)
    log.add(points(5))
    waiting = threading.Thread(target=log.add, args=(points(5, 5),))
    waiting.start()
    waiting.join(0.1)
    assert waiting.is_alive(), "there is no room yet"
    sink.gate.set()
    waiting.join(WAIT_S)
    log.flush(WAIT_S)
    assert [point.step for point in sink.stored] == list(range(10))
    sink.failure = ApiUnavailable("away")
    log.add(points(5, 10))
    with pytest.raises(MetricsUnsaved, match="away") as told:
        log.add(points(1, 15))
    assert told.value.points[-1] == ("loss", 15, 0.0)
    with pytest.raises(MetricsUnsaved):
        log.close(WAIT_S)


def test_what_is_refused_for_good_is_told_once_and_makes_room() -> None:
    sink = Sink()
    sink.failure = NotAllowed(403, {"detail": "this takes the role editor"})
    log = MetricLog(sink.post, batch_s=0.01)
    log.add(points(2))
    with pytest.raises(MetricsUnsaved, match="role editor") as told:
        log.flush(WAIT_S)
    assert len(told.value.points) == 2
    sink.failure = None
    log.add(points(1, 2))
    log.close(WAIT_S)
    assert [point.step for point in sink.stored] == [2]


def test_closing_tells_what_was_never_sent() -> None:
    sink = Sink()
    sink.gate.clear()
    log = MetricLog(sink.post, batch_s=0.01)
    log.add(points(4))
    with pytest.raises(MetricsUnsaved, match="4 points"):
        log.close(0.05)
    sink.gate.set()
    with pytest.raises(ValueError, match="has ended"):
        log.add(points(1))


@given(st.lists(st.sampled_from(["store", "away", "flush"]), max_size=12))
def test_each_point_is_stored_once_whatever_happens_between(course: list[str]) -> None:
    sink = Sink()
    log = MetricLog(sink.post, batch_s=0.0)
    added = 0
    for step in course:
        sink.failure = ApiUnavailable("away") if step == "away" else None
        log.add(points(3, added))
        added += 3
        if step == "flush":
            log.flush(WAIT_S)
    sink.failure = None
    log.close(WAIT_S)
    assert [point.step for point in sink.stored] == list(range(added))
