"""Options of a request: sensors to be made, to count as history, and to be a producer's frame.

A JSON body says it itself, any other in the query.
"""

import httpx
import polars as pl
import psycopg
import pytest

from barograph.times import now_us
from tests.ingest.database import ask, raw
from tests.ingest.edges.requests.test_rest_tables import FORMATS, body_of
from tests.ingest.line_posting import keys, set_project
from tests.ingest.posting import (
    PRODUCERS,
    READINGS,
    assert_problem,
    pointers,
    post,
    post_csv,
    reading,
    receipt,
)
from tests.seed import Project, add_token
from tests.waiting import wait_until


def test_unknown_keys_become_sensors_when_body_and_project_want_it(
    database_url: str, project: Project, client: httpx.Client
) -> None:
    set_project(database_url, project, register_sensors_up_to=5)
    refused = post(client, reading(1, "new/a"))
    assert refused.json()["rejected"] == [{"index": 0, "code": "unknown-sensor"}]
    answer = post(
        client, reading(1, "new/a"), reading(2, "new/b"), reading(3, "new/c"), register_sensors=True
    )
    assert answer.json()["rejected"] == [{"index": 2, "code": "unknown-sensor"}]
    assert keys(database_url, project) == ["s0", "s1", "s2", "new/a", "new/b"]


def test_what_can_not_be_read_makes_no_sensor(
    database_url: str, project: Project, client: httpx.Client
) -> None:
    set_project(database_url, project, register_sensors_up_to=9)
    text = {"sensor": "new/text", "value": "open", "t_us": 1}
    answer = post(client, text, reading(1, "new/number"), register_sensors=True)
    assert answer.json()["accepted"] == 1
    assert keys(database_url, project)[3:] == ["new/number"]


def test_a_project_that_allows_none_and_a_token_of_some_sensors_make_none(
    database_url: str, project: Project, client: httpx.Client
) -> None:
    assert post(client, reading(1, "new"), register_sensors=True).status_code == 422
    set_project(database_url, project, register_sensors_up_to=9)
    with psycopg.connect(database_url) as connection:
        token, _ = add_token(connection, project.id, sensors=list(project.sensor_ids))
    limited = {"Authorization": f"Bearer {token}"}
    body = {"readings": [reading(1, "new")], "register_sensors": True}
    assert client.post("/ingest/v1/readings", json=body, headers=limited).status_code == 422
    assert keys(database_url, project) == ["s0", "s1", "s2"]


def test_history_moves_no_liveness(database_url: str, project: Project, client: httpx.Client) -> None:
    assert post(client, reading(1, "s0"), historical=True).json() == receipt(1)
    assert post(client, reading(1, "s1")).json() == receipt(1)
    # Liveness is written in turns; the one of history would be written before the other.
    seen = "select sensor_id from sensor_liveness where sensor_id = any(%s)"
    wait_until(lambda: ask(database_url, seen, list(project.sensor_ids)) != [])
    assert ask(database_url, seen, list(project.sensor_ids)) == [(project.sensor_ids[1],)]


def test_a_csv_is_a_producers_frame(client: httpx.Client, project: Project, database_url: str) -> None:
    first, second = (f"sensor,t_us,value\ns0,{now_us()},{value}\n" for value in (1, 2))
    assert post_csv(client, first, producer="rig/csv", seq=1).json() == receipt(1, seq=1)
    again = post_csv(client, first, producer="rig/csv", seq=1)
    assert again.json() == {**receipt(0), "duplicate": 1, "seq": 1}
    assert_problem(post_csv(client, second, producer="rig/csv", seq=1), 409, "sequence-conflict")
    assert_problem(post_csv(client, second, producer="rig/csv", seq=3), 409, "sequence-gap")
    assert post_csv(client, second, producer="rig/csv", seq=3, resume_at=3).json() == receipt(1, seq=3)
    assert client.get(PRODUCERS, params={"name": "rig/csv"}).json()["last_seq"] == 3
    assert raw(database_url, project) == [1, 2]


def test_the_same_readings_are_the_same_frame_in_any_form(client: httpx.Client) -> None:
    t_us = now_us()
    table = pl.DataFrame({"sensor": ["s0", "s1"], "t_us": [t_us, t_us], "value": [1.0, 2.0]})
    sent = [reading(1.0, "s0", t_us=t_us), reading(2.0, "s1", t_us=t_us)]
    assert post(client, *sent, producer="rig/any", seq=1).json() == receipt(2, seq=1)
    duplicate = {**receipt(0), "duplicate": 2, "seq": 1}
    named = {"producer": "rig/any", "seq": 1}
    for form in FORMATS:
        body = body_of(table, form)
        answer = client.post(READINGS, params=named, content=body, headers={"Content-Type": form})
        assert answer.json() == duplicate
    assert post_csv(client, table.write_csv(), producer="rig/any", seq=1).json() == duplicate


def test_a_csv_makes_sensors_and_counts_as_history(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    set_project(database_url, project, register_sensors_up_to=9)
    text = f"sensor,t_us,value\nnew/a,{now_us()},1\n"
    assert post_csv(client, text).json()["rejected"] == [{"index": 0, "code": "unknown-sensor"}]
    assert post_csv(client, text, register_sensors=True, historical=True).json() == receipt(1)
    assert post_csv(client, f"sensor,t_us,value\ns1,{now_us()},1\n").json() == receipt(1)
    assert keys(database_url, project)[3:] == ["new/a"]
    seen = "select key from sensor_liveness join sensor on sensor.id = sensor_id where project_id = %s"
    wait_until(lambda: ask(database_url, seen, project.id) != [])
    assert ask(database_url, seen, project.id) == [("s1",)]


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"seq": 1}, "/query/producer"),
        ({"producer": "rig/csv"}, "/query/seq"),
        ({"producer": "rig/csv", "seq": 0}, "/query/seq"),
        ({"producer": "rig/csv", "seq": 2, "resume_at": 1}, "/query/resume_at"),
        ({"historical": "perhaps"}, "/query/historical"),
    ],
)
def test_options_of_a_query_that_can_not_be_are_refused(
    client: httpx.Client, options: dict[str, str | int], place: str
) -> None:
    assert pointers(post_csv(client, f"sensor,t_us,value\ns0,{now_us()},1\n", **options)) == [place]


def test_a_json_body_is_told_to_say_it_itself(client: httpx.Client) -> None:
    asked = {"producer": "rig/json", "seq": 1}
    answer = client.post(READINGS, params=asked, json={"readings": [reading()]})
    assert pointers(answer) == ["/query/producer", "/query/seq"]


def test_a_key_with_other_options_is_invalid(client: httpx.Client) -> None:
    text = f"sensor,t_us,value\ns0,{now_us()},1\n"
    headers = {"Content-Type": "text/csv", "Idempotency-Key": "csv-1"}
    assert client.post(READINGS, content=text, headers=headers).json() == receipt(1)
    other = client.post(READINGS, content=text, headers=headers, params={"historical": True})
    assert_problem(other, 422, "invalid")
