"""Streams in Redis: every event once, in an order that agrees with commits, whatever Redis forgets."""

import threading
from typing import Any

import psycopg
from redis import Redis

from tests.events.carrying import carrying
from tests.events.conftest import HookScene
from tests.examples import in_its_turn
from tests.servers.own_redis import OwnRedis
from tests.waiting import wait_until

PLACE = "barograph:events"


def client_of(redis: OwnRedis) -> Any:  # noqa: ANN401  # its answers are untyped
    return Redis.from_url(redis.url, decode_responses=True)  # pyright: ignore[reportUnknownMemberType]


def stream(redis: OwnRedis, scene: HookScene) -> list[dict[str, str]]:
    with client_of(redis) as client:
        return [fields for _, fields in client.xrange(f"barograph:events:{scene.project}")]


def ids(redis: OwnRedis, scene: HookScene) -> list[str]:
    return [fields["id"] for fields in stream(redis, scene)]


def test_events_stand_in_the_projects_stream(scene: HookScene, redis: OwnRedis) -> None:
    with carrying(scene.database_url, scene.data_dir, redis_url=redis.url):
        told = scene.tell("run.started", "run.finished")
        wait_until(lambda: ids(redis, scene) == told)
    listed = scene.owner.read(f"/projects/{scene.project}/events")["items"][::-1]
    first = stream(redis, scene)[0]
    assert first == {"id": told[0], "type": "run.started", "time": listed[0]["time"], "data": '{"n":0}'}


def test_what_commits_late_is_told_all_the_same(scene: HookScene, redis: OwnRedis) -> None:
    insert = (
        "insert into event (project_id, kind, payload) select id, 'run.started', '{}' from project"
        " returning public_id::text"
    )
    with (
        carrying(scene.database_url, scene.data_dir, redis_url=redis.url),
        psycopg.connect(scene.database_url) as late,
    ):
        ((slow,),) = late.execute(insert).fetchall()
        told = scene.tell("run.finished")
        wait_until(lambda: ids(redis, scene) == told)
        late.commit()
        wait_until(lambda: ids(redis, scene) == [*told, slow])


def test_a_new_process_goes_on_where_the_last_one_was(scene: HookScene, redis: OwnRedis) -> None:
    with carrying(scene.database_url, scene.data_dir, redis_url=redis.url):
        told = scene.tell("run.started")
        wait_until(lambda: ids(redis, scene) == told)
    told += scene.tell("run.finished")
    with carrying(scene.database_url, scene.data_dir, redis_url=redis.url):
        told += scene.tell("run.archived")
        wait_until(lambda: len(ids(redis, scene)) >= 3)
    assert ids(redis, scene) == told


def test_a_redis_that_was_away_or_emptied_is_told_what_it_lacks(scene: HookScene, redis: OwnRedis) -> None:
    with carrying(scene.database_url, scene.data_dir, redis_url=redis.url):
        told = scene.tell("run.started")
        wait_until(lambda: ids(redis, scene) == told)
        redis.kill()
        told += scene.tell("run.finished")
        redis.start()
        wait_until(lambda: ids(redis, scene) == told)
        with client_of(redis) as client:
            client.flushall()
        told += scene.tell("run.archived")
        wait_until(lambda: ids(redis, scene) == told)


@in_its_turn(0, 2)
def test_a_redis_as_it_was_some_time_ago_is_told_the_rest(scene: HookScene, redis: OwnRedis) -> None:
    with carrying(scene.database_url, scene.data_dir, redis_url=redis.url):
        told = scene.tell("run.started")
        wait_until(lambda: ids(redis, scene) == told)
        with client_of(redis) as client:
            place = client.get(PLACE)
            told += scene.tell("run.finished")
            wait_until(lambda: ids(redis, scene) == told)
            newest = client.xrevrange(f"barograph:events:{scene.project}", count=1)[0][0]
            with client.pipeline(transaction=True) as pipe:
                pipe.xdel(f"barograph:events:{scene.project}", newest)
                pipe.set(PLACE, place)
                pipe.execute()
        wait_until(lambda: ids(redis, scene) == told)


def test_a_stream_is_trimmed(scene: HookScene, redis: OwnRedis) -> None:
    with carrying(scene.database_url, scene.data_dir, redis_url=redis.url, event_stream_length=100):
        told = scene.tell_together(["run.started"] * 1200)
        wait_until(lambda: ids(redis, scene)[-1:] == told[-1:])
        kept = ids(redis, scene)
    assert 100 <= len(kept) < 400
    assert kept == told[-len(kept) :]


def test_two_processes_tell_each_event_once(scene: HookScene, redis: OwnRedis) -> None:
    told: list[str] = []

    def write() -> None:
        for _ in range(20):
            told.extend(scene.tell("run.started", "run.finished"))

    with (
        carrying(scene.database_url, scene.data_dir, redis_url=redis.url),
        carrying(scene.database_url, scene.data_dir, redis_url=redis.url),
    ):
        writer = threading.Thread(target=write)
        writer.start()
        writer.join()
        wait_until(lambda: len(ids(redis, scene)) >= 40)
    assert ids(redis, scene) == told
