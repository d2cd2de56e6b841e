"""Who carries events sleeps while there are none, is woken by a commit, and misses none all the same."""

import time
from typing import Any

import psycopg
import pytest

from events import redis_streams
from events.leading import CHANNEL
from tests.events.carrying import carrying
from tests.events.conftest import HookScene
from tests.events.receiver import Receiver
from tests.events.test_redis_streams import ids
from tests.servers.own_redis import OwnRedis
from tests.waiting import wait_until

# Much shorter than the pause between two looks.
SOON_S = 2.0
REST_S = 3.0


def asked_last(scene: HookScene) -> list[Any]:
    """When each connection that carries events was last used."""
    with psycopg.connect(scene.database_url) as connection:
        return connection.execute(
            "select pid, state_change from pg_stat_activity"
            " where datname = current_database() and application_name = 'barograph-events' order by pid"
        ).fetchall()


def rests(scene: HookScene) -> bool:
    """Whether nobody asks for a while."""
    before = asked_last(scene)
    time.sleep(REST_S)
    return len(before) >= 2 and asked_last(scene) == before


def heard(database_url: str, statement: Any) -> int:  # noqa: ANN401  # psycopg's
    """How many notices one transaction of this statement gives."""
    with (
        psycopg.connect(database_url, autocommit=True) as listener,
        psycopg.connect(database_url) as connection,
    ):
        listener.execute("listen barograph_event")
        connection.execute(statement)
        connection.execute(statement)
        connection.commit()
        return len(list(listener.notifies(timeout=0.5)))


def test_a_transaction_says_once_that_it_has_written_events(scene: HookScene) -> None:
    assert CHANNEL == "barograph_event"
    insert = "insert into event (project_id, kind, payload) select id, 'run.started', '{}' from project"
    assert heard(scene.database_url, insert) == 1
    assert heard(scene.database_url, f"{insert} where false") == 0


def test_nobody_is_asked_while_nothing_happens(scene: HookScene, redis: OwnRedis) -> None:
    with carrying(scene.database_url, scene.data_dir, redis_url=redis.url):
        told = scene.tell("run.started")
        wait_until(lambda: ids(redis, scene) == told)
        # What the event leaves to do takes a while where the machine is busy.
        wait_until(lambda: rests(scene), 60)


def test_each_event_is_carried_at_once(scene: HookScene, redis: OwnRedis, receiver: Receiver) -> None:
    scene.hook(receiver.url)
    told: list[str] = []
    with carrying(scene.database_url, scene.data_dir, redis_url=redis.url):
        for count in range(1, 5):
            time.sleep(0.5)
            told += scene.tell("run.started")
            said_s = time.monotonic()
            wait_until(lambda: ids(redis, scene) == told)  # noqa: B023  # called at once
            receiver.wait_for_count(count)
            assert count == 1 or time.monotonic() - said_s < SOON_S


def test_who_wants_a_message_again_need_not_wait_for_a_look(scene: HookScene, receiver: Receiver) -> None:
    hook = scene.hook(receiver.url)
    with carrying(scene.database_url, scene.data_dir):
        scene.tell("run.started")
        receiver.wait_for_count(1)
        (delivery,) = scene.deliveries(hook)
        for count in range(2, 5):
            time.sleep(0.5)
            said_s = time.monotonic()
            scene.owner.made(f"/deliveries/{delivery['id']}:redeliver")
            receiver.wait_for_count(count)
            assert time.monotonic() - said_s < SOON_S


def test_an_event_that_nobody_told_of_is_found_by_a_look(
    scene: HookScene, redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_streams, "LOOK_S", 1.0)
    scene.execute("alter table event disable trigger tell_of_events")
    with carrying(scene.database_url, scene.data_dir, redis_url=redis.url):
        time.sleep(1)
        told = scene.tell("run.started")
        wait_until(lambda: ids(redis, scene) == told)
