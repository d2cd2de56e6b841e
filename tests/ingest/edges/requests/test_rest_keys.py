"""Requests that name an Idempotency-Key are stored once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from barograph.database.queries import query
from barograph.identity.secret_tokens import digest
from tests.ingest.database import ask, raw
from tests.ingest.posting import READINGS, assert_problem, post_once, reading
from tests.programs import Program
from tests.seed import Project, add_token


def test_a_repeat_with_a_key_gets_the_first_answer_again(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    readings = [reading(1.0), reading(None)]
    first, second = (post_once(client, "key-1", *readings) for _ in range(2))
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert first.json()["rejected"] == [{"index": 1, "code": "not-finite"}]
    assert raw(database_url, project) == [1]


def test_a_refusal_is_replayed_too(client: httpx.Client, project: Project, database_url: str) -> None:
    unknown = reading(1.0, "nobody")
    first, second = (post_once(client, "key-2", unknown) for _ in range(2))
    assert (first.status_code, second.status_code) == (422, 422)
    assert first.json() == second.json()
    kept = ask(database_url, "select count(*) from dead_letter where project_id = %s", project.id)
    assert kept == [(1,)]


def test_a_key_with_another_body_is_invalid(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    post_once(client, "key-3", reading(1.0))
    assert_problem(post_once(client, "key-3", reading(2.0)), 422, "invalid")
    assert raw(database_url, project) == [1]


def test_keys_belong_to_their_token(
    client: httpx.Client, ingest: Program, project: Project, database_url: str
) -> None:
    same = reading(1.0)
    post_once(client, "key-4", same)
    with psycopg.connect(database_url) as connection:
        token, _ = add_token(connection, project.id)
    with httpx.Client(base_url=ingest.url, headers={"Authorization": f"Bearer {token}"}) as other:
        assert "Idempotent-Replayed" not in post_once(other, "key-4", same).headers
    assert raw(database_url, project) == [1, 1]


def test_a_key_survives_the_rotation_of_its_token(
    client: httpx.Client, ingest: Program, project: Project, database_url: str
) -> None:
    same = reading(1.0)
    first = post_once(client, "key-7", same)
    token_id = project.token_id
    for _ in range(2):
        token, token_id = rotate(database_url, token_id)
        with httpx.Client(base_url=ingest.url, headers={"Authorization": f"Bearer {token}"}) as rotated:
            again = post_once(rotated, "key-7", same)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert (again.status_code, again.json()) == (200, first.json())
    assert raw(database_url, project) == [1]


def rotate(database_url: str, token_id: UUID) -> tuple[str, UUID]:
    """A token's successor, as the API makes it: its text and its id."""
    token = f"bgi_{uuid4()}"
    secret = {"id": token_id, "token_hash": digest(token), "created_by": None}
    with psycopg.connect(database_url) as connection:
        (row,) = connection.execute(query("ingest_token.copy"), secret).fetchall()
        connection.execute(query("ingest_token.revoke"), {"id": token_id})
    return token, row[0]


def test_a_key_used_by_many_at_once_stores_once(
    ingest: Program, own_ingest: Program, project: Project, database_url: str
) -> None:
    same = reading(1.0)

    def send(number: int) -> int:
        url = (ingest, own_ingest)[number % 2].url
        with httpx.Client(base_url=url, headers=project.headers, timeout=20) as client:
            return post_once(client, "key-5", same).status_code

    with ThreadPoolExecutor(8) as threads:
        statuses = set(threads.map(send, range(16)))
    assert statuses <= {200, 409}
    assert 200 in statuses
    assert raw(database_url, project) == [1]


def test_while_the_first_request_runs_its_key_is_a_conflict(
    client: httpx.Client, database_url: str, project: Project
) -> None:
    same = reading(1.0)
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(post_once(client, "key-6", same)))
    with psycopg.connect(database_url) as blocker:
        blocker.execute("lock table ingest_receipt in exclusive mode")
        thread.start()
        time.sleep(0.5)
        assert_problem(post_once(client, "key-6", same), 409, "conflict")
    thread.join()
    assert answers[0].status_code == 200
    assert raw(database_url, project) == [1]


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_has_1_to_255_characters(client: httpx.Client, key: str) -> None:
    assert_problem(post_once(client, key, reading()), 422, "invalid")


def test_beside_a_producers_sequence_a_key_has_no_say(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    frames = {seq: reading(seq) for seq in (1, 2)}
    for seq in (1, 2, 2):
        body = {"producer": "rig/keyed", "seq": seq, "readings": [frames[seq]]}
        answer = client.post(READINGS, json=body, headers={"Idempotency-Key": "key-of-many-frames"})
        assert answer.status_code == 200
        assert "Idempotent-Replayed" not in answer.headers
    assert raw(database_url, project) == [1, 2]
