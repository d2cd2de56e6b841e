"""What a JSON body may wish: sensors to be made, and to count as history."""

import httpx
import psycopg

from tests.ingest.database import ask
from tests.ingest.line_posting import keys, set_project
from tests.ingest.posting import post, reading, receipt
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
