"""Readings by REST, as JSON and as CSV, against a real process and a real database."""

import httpx
import pytest

from barograph.times import DAY_US, format_us, from_us, now_us
from tests.ingest.database import ask, raw, stored
from tests.ingest.posting import post, post_csv, reading, receipt
from tests.seed import Project


def test_json_is_stored_as_raw_and_physical(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    now = now_us()
    answer = post(
        client,
        reading(1.5, t_us=now),
        reading(-2, "s1", time=format_us(now)),
        reading(3.25, time=from_us(now + 1).isoformat()),
    )
    assert (answer.status_code, answer.json()) == (200, receipt(3))
    assert stored(database_url, project, "sensor_id, time, raw, physical") == [
        (project.sensor_ids[0], from_us(now), 1.5, 4.0),
        (project.sensor_ids[0], from_us(now + 1), 3.25, 7.5),
        (project.sensor_ids[1], from_us(now), -2.0, -3.0),
    ]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("last_line_end", [True, False])
def test_csv_is_stored_as_raw_and_physical(
    client: httpx.Client, project: Project, database_url: str, line_end: str, last_line_end: bool
) -> None:
    now = now_us()
    lines = ["sensor,time,value", f"s0,{format_us(now)},1.5", f's1,"{format_us(now)}", -2e0 ']
    answer = post_csv(client, line_end.join([*lines, ""] if last_line_end else lines))
    assert (answer.status_code, answer.json()) == (200, receipt(2))
    assert stored(database_url, project, "sensor_id, time, raw, physical") == [
        (project.sensor_ids[0], from_us(now), 1.5, 4.0),
        (project.sensor_ids[1], from_us(now), -2.0, -3.0),
    ]


def test_csv_takes_columns_in_any_order_and_microseconds(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    now = now_us()
    assert post_csv(client, f"value,sensor,t_us\n1.5,s0,{now}\n").json() == receipt(1)
    assert stored(database_url, project) == [(project.sensor_ids[0], from_us(now), 1.5)]


def test_sensors_may_be_named_by_id(client: httpx.Client, project: Project, database_url: str) -> None:
    ((public_id,),) = ask(
        database_url, "select public_id::text from sensor where id = %s", project.sensor_ids[2]
    )
    now = now_us()
    assert post(client, reading(1.0, public_id)).json() == receipt(1)
    assert post_csv(client, f"sensor,t_us,value\n{public_id},{now},2\ns2,{now},3\n").json() == receipt(2)
    assert [row[0] for row in stored(database_url, project)] == [project.sensor_ids[2]] * 3


@pytest.mark.parametrize(
    ("text", "offset_us"),
    [
        ("2026-01-02T03:04:05Z", 0),
        ("2026-01-02T03:04:05.5Z", 500_000),
        ("2026-01-02T03:04:05.123456Z", 123_456),
        ("2026-01-02T03:04:05.123456999Z", 123_456),  # nanoseconds are cut off
        ("2026-01-02t03:04:05z", 0),
        ("2026-01-02T05:04:05+02:00", 0),
        ("2026-01-01T21:34:05-05:30", 0),
    ],
)
def test_every_way_to_write_a_time_means_the_same_in_json_and_csv(
    client: httpx.Client, project: Project, database_url: str, text: str, offset_us: int
) -> None:
    expected_us = 1_767_323_045_000_000 + offset_us
    assert post(client, reading(1.0, time=text)).json() == receipt(1)
    assert post_csv(client, f"sensor,time,value\ns0,{text},2\n").json() == receipt(1)
    assert [row[1] for row in stored(database_url, project)] == [from_us(expected_us)] * 2


@pytest.mark.parametrize(
    "text",
    [
        *("2026-01-02T03:04:05", "2026-01-02", "2026-01-02 03:04:05", "03:04:05Z", "now", "", "1767323045"),
        *("2026-02-30T00:00:00Z", "2026-01-02T24:00:01Z", "2026-01-02T03:04:05+25:00"),
        *(
            "99999-01-01T00:00:00Z",
            "+262143-01-01T00:00:00Z",
            "2026-01-02T03:04:05Zz",
            "0000-00-00T00:00:00Z",
        ),
    ],
)
def test_a_time_that_is_none_or_has_no_offset_is_rejected_by_index(client: httpx.Client, text: str) -> None:
    now = format_us(now_us())
    csv = f"sensor,time,value\ns0,{now},1\ns0,{text},1\n\ns0,{now},1\n"
    for answer in (post(client, reading(), reading(time=text), reading()), post_csv(client, csv)):
        rejected = [{"index": 1, "code": "bad-time"}]
        assert answer.json() == receipt(2) | {"rejected": rejected, "rejected_total": 1}


def test_times_beyond_all_bounds_are_rejected_by_reading(client: httpx.Client) -> None:
    answer = post(client, *(reading(t_us=t_us) for t_us in (-(2**63), 2**63 - 1, 0)), reading(1.0))
    assert answer.status_code == 200
    assert [reject["code"] for reject in answer.json()["rejected"]] == ["too-old", "too-far-ahead", "too-old"]


def test_rejects_are_listed_by_index_and_kept(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    answer = post(client, reading(None), reading(2.0), reading(3.0, "nobody"), reading(4.0, t_us=0))
    assert answer.status_code == 200
    assert answer.json() == {
        "accepted": 1,
        "duplicate": 0,
        "rejected": [
            {"index": 0, "code": "not-finite"},
            {"index": 2, "code": "unknown-sensor"},
            {"index": 3, "code": "too-old"},
        ],
        "rejected_total": 3,
    }
    kept = ask(
        database_url,
        "select index, sensor, sensor_id, value, code, producer_id, seq from dead_letter"
        " where project_id = %s and index > 0 order by index",
        project.id,
    )
    assert kept == [
        (2, "nobody", None, 3.0, "unknown-sensor", None, None),
        (3, "s0", project.sensor_ids[0], 4.0, "too-old", None, None),
    ]


def test_when_all_are_rejected_the_answer_is_422_with_the_same_receipt(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    answer = post(client, *[reading(1.0, "nobody")] * 150)
    assert answer.status_code == 422
    document = answer.json()
    assert (document["accepted"], document["rejected_total"]) == (0, 150)
    assert document["rejected"] == [{"index": i, "code": "unknown-sensor"} for i in range(100)]
    kept = ask(database_url, "select count(*) from dead_letter where project_id = %s", project.id)
    assert kept == [(150,)]


def test_no_readings_at_all_are_accepted(client: httpx.Client) -> None:
    assert (post(client).status_code, post(client).json()) == (200, receipt(0))
    assert post_csv(client, "sensor,time,value\n").json() == receipt(0)


@pytest.mark.parametrize("text", ["nan", "NaN", "inf", "-inf", "Infinity", "1e999"])
def test_csv_values_that_are_not_finite_are_rejected_and_not_an_error(
    client: httpx.Client, text: str
) -> None:
    answer = post_csv(client, f"sensor,t_us,value\ns0,{now_us()},{text}\ns0,{now_us()},1\n")
    assert answer.json()["rejected"] == [{"index": 0, "code": "not-finite"}]


def test_readings_far_apart_in_time_are_one_request(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    now = now_us()
    assert post(client, *(reading(day, t_us=now - day * DAY_US) for day in range(50))).json() == receipt(50)
    assert raw(database_url, project) == list(range(50))
