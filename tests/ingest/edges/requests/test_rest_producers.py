"""Frames of a producer by REST: one more way into the same sequence."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product

import httpx
import psycopg
import pytest

from barograph.times import now_us
from tests.ingest.database import ask, raw
from tests.ingest.gateway import open_gateway
from tests.ingest.posting import PRODUCERS, assert_problem, pointers, post, reading, receipt
from tests.programs import Program
from tests.seed import Project, add_token, change_catalog


def test_a_producers_frames_follow_one_another(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    for seq in (1, 2):
        answer = post(client, reading(seq), producer="rig/rest", seq=seq)
        assert (answer.status_code, answer.json()) == (200, receipt(1, seq=seq))
    answer = client.get(PRODUCERS, params={"name": "rig/rest"})
    assert answer.status_code == 200
    assert answer.json()["last_seq"] == 2
    assert raw(database_url, project) == [1, 2]


def test_a_repeated_frame_is_a_duplicate(client: httpx.Client, project: Project, database_url: str) -> None:
    frames = {seq: [reading(seq), reading(10.0 + seq, "s1")] for seq in (1, 2)}
    for seq in (1, 2):
        post(client, *frames[seq], producer="rig/rest", seq=seq)
    for seq in (2, 1):
        # Its readings in another order are the same readings.
        answer = post(client, *reversed(frames[seq]), producer="rig/rest", seq=seq)
        assert answer.status_code == 200
        assert answer.json() == {**receipt(0), "duplicate": 2, "seq": 2}
    assert raw(database_url, project) == [1, 2, 11, 12]


def test_a_repeat_is_a_duplicate_whatever_became_of_its_sensors_meanwhile(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    sent = [reading(1.0), reading(2.0, "s1"), reading(3.0, "made later")]
    first = post(client, *sent, producer="rig/rest", seq=1)
    assert first.json()["rejected_total"] == 1
    with psycopg.connect(database_url) as connection:
        change_catalog(connection, project.id)
        for key, sensor_id in (("passing", 0), ("s0", 1), ("s1", 0)):
            renamed = "update sensor set key = %s where id = %s"
            connection.execute(renamed, (key, project.sensor_ids[sensor_id]))
        connection.execute("insert into sensor (project_id, key) values (%s, %s)", (project.id, "made later"))
    again = post(client, *sent, producer="rig/rest", seq=1)
    assert (again.status_code, again.json()["duplicate"]) == (200, 3)
    assert raw(database_url, project) == [1, 2]


def test_other_readings_under_a_used_seq_are_a_conflict_and_no_duplicate(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    t_us = now_us()
    for seq in (1, 2):
        post(client, reading(seq, t_us=t_us), producer="rig/rest", seq=seq)
    others = [reading(9.0, t_us=t_us), reading(1.0, t_us=t_us + 1), reading(1.0, "s1", t_us=t_us)]
    for seq, other in product((1, 2), others):
        answer = post(client, other, producer="rig/rest", seq=seq)
        assert str(seq) in assert_problem(answer, 409, "sequence-conflict")["detail"]
    assert raw(database_url, project) == [1, 2]


def test_a_repeat_of_what_a_socket_sent_is_a_duplicate(
    client: httpx.Client, ingest: Program, project: Project
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s1", "s0"])
        (t_us,) = gateway.send_values(1, [1.0])
        gateway.acked_up_to(1)
    same, other = (reading(1.0, key, t_us=t_us) for key in ("s1", "s0"))
    assert post(client, same, producer="rig/daq", seq=1).json() == {**receipt(0), "duplicate": 1, "seq": 1}
    assert_problem(post(client, other, producer="rig/daq", seq=1), 409, "sequence-conflict")


def test_a_gap_is_a_conflict_that_says_what_is_expected(client: httpx.Client) -> None:
    post(client, reading(), producer="rig/rest", seq=1)
    problem = assert_problem(post(client, reading(), producer="rig/rest", seq=3), 409, "sequence-gap")
    assert "expected seq 2" in problem["detail"]
    assert post(client, reading(), producer="rig/rest", seq=2).status_code == 200


def gaps(database_url: str, project: Project) -> list[tuple[object, ...]]:
    return ask(
        database_url,
        "select gap.first_seq, gap.last_seq, gap.sensor_ids, gap.was_refused from producer_gap as gap"
        " join producer on producer.id = gap.producer_id where project_id = %s",
        project.id,
    )


def test_a_frame_may_go_on_where_others_are_gone_and_the_gap_is_on_record(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    post(client, reading(1), producer="rig/rest", seq=1)
    fifth = reading(5)
    answer = post(client, fifth, producer="rig/rest", seq=5, resume_at=5)
    assert answer.json() == receipt(1, seq=5)
    # Its answer was lost, and it comes again.
    again = post(client, fifth, producer="rig/rest", seq=5, resume_at=5)
    assert again.json() == {**receipt(0), "duplicate": 1, "seq": 5}
    # Nothing is missing before this one.
    assert post(client, reading(6), producer="rig/rest", seq=6, resume_at=6).json() == receipt(1, seq=6)
    assert raw(database_url, project) == [1, 5, 6]
    assert gaps(database_url, project) == [(2, 4, [project.sensor_ids[0]], False)]


def test_a_frame_that_says_another_place_is_refused(client: httpx.Client) -> None:
    answer = post(client, reading(), producer="rig/rest", seq=5, resume_at=4)
    assert pointers(answer) == ["/resume_at"]
    assert pointers(post(client, reading(), resume_at=4)) == ["/resume_at"]


def test_a_token_that_may_not_move_a_sequence_is_told_and_the_gap_is_on_record(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    ask(database_url, "update ingest_token set may_resume = false where project_id = %s", project.id)
    post(client, reading(1), producer="rig/rest", seq=1)
    assert_problem(post(client, reading(), producer="rig/rest", seq=5, resume_at=5), 403, "forbidden")
    assert post(client, reading(2), producer="rig/rest", seq=2).json() == receipt(1, seq=2)
    assert gaps(database_url, project) == [(2, 4, [project.sensor_ids[0]], True)]


def test_each_place_that_is_refused_is_on_record_once(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    ask(database_url, "update ingest_token set may_resume = false where project_id = %s", project.id)
    post(client, reading(1), producer="rig/rest", seq=1)
    for seq in (5, 5, 4, 9, 9):
        assert_problem(post(client, reading(), producer="rig/rest", seq=seq, resume_at=seq), 403, "forbidden")
    sensor_ids = [project.sensor_ids[0]]
    assert sorted(gaps(database_url, project)) == [(2, 4, sensor_ids, True), (2, 8, sensor_ids, True)]


def test_a_frame_of_rejects_alone_uses_its_seq(client: httpx.Client) -> None:
    refused = reading(None)
    answer = post(client, refused, producer="rig/rest", seq=1)
    assert (answer.status_code, answer.json()["seq"]) == (422, 1)
    again = post(client, refused, producer="rig/rest", seq=1)
    assert (again.status_code, again.json()["duplicate"]) == (200, 1)


def test_a_frame_without_readings_uses_its_seq(client: httpx.Client) -> None:
    assert post(client, producer="rig/rest", seq=1).json() == receipt(0, seq=1)
    assert client.get(PRODUCERS, params={"name": "rig/rest"}).json()["last_seq"] == 1


def test_a_request_supersedes_the_producers_open_socket(
    client: httpx.Client, ingest: Program, project: Project, database_url: str
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/daq", ["s0"])
        gateway.send_values(1, [1.0])
        gateway.acked_up_to(1)
        assert post(client, reading(2.0), producer="rig/daq", seq=2).json() == receipt(1, seq=2)
        assert gateway.close_code() == (4409, "superseded")
    with open_gateway(ingest, project) as gateway:
        assert gateway.bind("rig/daq", ["s0"])["last_seq"] == 2
    assert raw(database_url, project) == [1, 2]


def test_the_same_frame_sent_by_many_at_once_is_stored_once(
    ingest: Program, project: Project, database_url: str
) -> None:
    same = reading(7.0)

    def send(_: int) -> int:
        with httpx.Client(base_url=ingest.url, headers=project.headers, timeout=20) as client:
            return post(client, same, producer="rig/rest", seq=1).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = set(threads.map(send, range(16)))
    assert statuses <= {200, 409}
    assert raw(database_url, project) == [7]


def test_a_producer_that_is_not_there_or_not_covered_is_not_found(
    client: httpx.Client, ingest: Program, project: Project, database_url: str
) -> None:
    assert_problem(client.get(PRODUCERS, params={"name": "rig/nobody"}), 404, "not-found")
    post(client, reading(), producer="rig/rest", seq=1)
    with psycopg.connect(database_url) as connection:
        token, _ = add_token(connection, project.id, producers=["other/*"])
    with httpx.Client(base_url=ingest.url, headers={"Authorization": f"Bearer {token}"}) as other:
        assert_problem(other.get(PRODUCERS, params={"name": "rig/rest"}), 404, "not-found")
        assert_problem(post(other, reading(), producer="rig/rest", seq=2), 403, "forbidden")
        assert post(other, reading(), producer="other/a", seq=1).status_code == 200


@pytest.mark.parametrize("name", ["", "\0", "a" * 501, "\ud800", "ü/⏱", "%"])
def test_any_name_may_be_asked_for(client: httpx.Client, name: str) -> None:
    url = httpx.URL(PRODUCERS, params={"name": name.encode("utf-8", "surrogatepass").decode("latin-1")})
    assert client.get(url).status_code in {404, 422}
    assert client.get(PRODUCERS).status_code == 422
