"""Times in questions, relative to the request or not."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.edge.times.asked_times import parse_asked_time
from barograph.times import DAY_US, SECOND_US, format_time, now_us, to_us
from tests.api.conftest import People
from tests.api.lab import Lab
from tests.api.stored import Stored, store

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
UNITS_US = {
    "us": 1,
    "ms": 1000,
    "s": SECOND_US,
    "m": 60 * SECOND_US,
    "h": 3600 * SECOND_US,
    "d": DAY_US,
    "w": 7 * DAY_US,
}


@given(st.integers(0, 100_000), st.sampled_from([*UNITS_US.items()]))
def test_a_relative_time_lies_so_long_before_now(number: int, unit: tuple[str, int]) -> None:
    name, unit_us = unit
    assert to_us(NOW) - to_us(parse_asked_time(f"-{number}{name}", NOW)) == number * unit_us


@given(st.integers(10**6, 10**18 - 1))
def test_a_time_before_the_calendar_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="years 1 to 9999"):
        parse_asked_time(f"-{number}d", NOW)


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_absolute_time_is_what_it_is(time: datetime) -> None:
    assert parse_asked_time(format_time(time), NOW) == time
    assert parse_asked_time("now", NOW) == NOW


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "-h",
        "1h",
        "+1h",
        "- 1h",
        "-1 h",
        "-1.5h",
        "-1y",
        "now-1h",
        "NOW",
        "-1h\n",
        "-1h30m",
        "-\u0661h",
    ],
)
def test_what_is_neither_is_refused_with_what_is_meant(text: str) -> None:
    with pytest.raises(ValueError, match="such as -15m"):
        parse_asked_time(text, NOW)


def test_a_plus_that_is_not_escaped_is_named() -> None:
    with pytest.raises(ValueError, match="%2B"):
        parse_asked_time("2026-01-31T12:00:00 01:00", NOW)


def test_questions_take_relative_times(lab: Lab) -> None:
    sensor = lab.sensor()
    now = now_us()
    ages_us = (50, 90 * SECOND_US, 30 * 60 * SECOND_US, 5 * 3600 * SECOND_US)
    store(lab.server.database_url, sensor, [Stored(now - age, n, n) for n, age in enumerate(ages_us)])
    person = lab.person

    def raws(start: str, end: str = "now") -> list[float]:
        period = {"from": start, "to": end}
        return [item["raw"] for item in person.read(f"/sensors/{sensor}/readings", **period)["items"]]

    assert raws("-1h") == [2, 1, 0]
    assert raws("-1d", "-5m") == [3, 2]
    assert raws("-1d", "-1h") == [3]
    answer = person.read("/series", sensor=sensor, bucket="1d", stat="count", **{"from": "-1h", "to": "-1m"})
    assert sum(answer["series"][0]["count"]) == 2
    refused = person.get("/series", {"sensor": sensor, "from": "-99999999999w"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/query/from"


def test_both_ends_count_from_one_moment(lab: Lab) -> None:
    """Else the period would be longer than it says, and need one bucket more."""
    sensor = lab.sensor()
    for _ in range(20):
        period = {"from": "-1000s", "to": "now"}
        answer = lab.person.read("/series", sensor=sensor, align="start", max_points=1000, **period)
        assert answer["meta"]["bucket"] == "1s"


def test_lists_and_backfills_take_relative_times(lab: Lab, people: People) -> None:
    lab.new_run()
    lab.sensor()
    project = lab.project

    def count(path: str, **period: str) -> int:
        return len(people.owner.read(path, **period)["items"])

    for path in (f"/projects/{project}/runs", f"/projects/{project}/experiments"):
        assert count(path, created_from="-1h") == 1
        assert count(path, created_to="-1h") == 0
    assert count(f"/projects/{project}/audit", **{"from": "-1h", "to": "now"}) > 0
    assert count(f"/projects/{project}/audit", to="-1h") == 0
    assert count(f"/projects/{project}/rejected-readings", received_from="-1h") == 0
    body = {"from": "-1h", "to": "now", "reason": "a try", "dry_run": True}
    made = people.owner.made(f"/projects/{project}/backfills", body)
    start, end = (datetime.fromisoformat(made[name]) for name in ("from", "to"))
    assert end - start == timedelta(hours=1)


def test_what_is_no_time_is_refused_in_plain_words(people: People) -> None:
    answer = people.owner.get("/series", {"sensor": "0190f5fe-7c00-7a00-8000-000000000001", "from": "-1x"})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["detail"].startswith("'-1x' is no time: a time is RFC 3339")
