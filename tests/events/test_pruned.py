"""Consumers that were away for longer than events are kept are told so."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from barograph.database.connections import open_async_connection
from barograph.database.roles import Role
from barograph.events.cursor import EventCursor
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from barograph.times import DAY_US
from events.tail import PAGE, find_now, read_page
from tests.events.carrying import carrying
from tests.events.conftest import HookScene
from tests.events.queue_reader import QueuedEvent, QueueReader
from tests.events.receiver import Receiver
from tests.events.test_redis_streams import stream
from tests.servers.own_redis import own_redis
from tests.waiting import wait_until


def go_away(scene: HookScene) -> None:
    """An event goes that no consumer has read, as if all had been away for half a year."""
    scene.execute("update webhook set created_at = now() - interval '1 year'")
    scene.execute("update event set created_at = now() - interval '190 days'")
    scene.execute(
        "update event_consumer set told_at = now() - interval '200 days',"
        " place = regexp_replace(place, '^\\d+',"
        " ((extract(epoch from now() - interval '200 days') * 1000000)::int8)::text)"
    )
    scene.execute(
        "with gone as (delete from event returning project_id, xid, created_at)"
        " insert into event_pruned select project_id, max(xid), max(created_at) from gone group by 1"
    )


def test_webhooks_hear_of_it_whatever_they_want_to_know(scene: HookScene, receiver: Receiver) -> None:
    scene.hook(receiver.url, types=["run.finished"])
    with carrying(scene.database_url, scene.data_dir):
        scene.tell("run.finished")
        receiver.wait_for_count(1)
    scene.tell("run.started")
    go_away(scene)
    with carrying(scene.database_url, scene.data_dir):
        (last,) = scene.tell("run.finished")
        heard = receiver.wait_for(lambda heard: last in [each.event["id"] for each in heard])
        heard = receiver.wait_for_count(3)[1:]
    gone = next(each.event for each in heard if each.event["type"] == "events.gone")
    assert gone["data"]["consumer"] == "webhooks"
    (listed,) = [
        each
        for each in scene.owner.read(f"/projects/{scene.project}/events")["items"]
        if each["type"] == "events.gone"
    ]
    assert listed["data"] == gone["data"]


def test_a_stream_in_redis_says_so(
    scene: HookScene, tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    with own_redis(tmp_path, executables, account) as redis:
        with carrying(scene.database_url, scene.data_dir, redis_url=redis.url):
            scene.tell("run.finished")
            wait_until(lambda: len(stream(redis, scene)) == 1)
        scene.tell("run.started")
        go_away(scene)
        redis.kill()
        redis.forget()
        redis.start()
        with carrying(scene.database_url, scene.data_dir, redis_url=redis.url):
            wait_until(
                lambda: any(
                    '"redis"' in each["data"]
                    for each in stream(redis, scene)
                    if each["type"] == "events.gone"
                )
            )


def test_a_broker_says_so(scene: HookScene, rabbitmq_url: str) -> None:
    reader = QueueReader(rabbitmq_url, binding=f"{scene.project}.#", queue=f"{scene.project} pruned")
    read: list[QueuedEvent] = []
    with carrying(scene.database_url, scene.data_dir, event_broker_url=rabbitmq_url):
        scene.tell("run.finished")
        wait_until(lambda: bool(read.extend(reader.read()) or read))
    scene.tell("run.started")
    go_away(scene)
    with carrying(scene.database_url, scene.data_dir, event_broker_url=rabbitmq_url):
        # It hears of what others have missed as well.
        wait_until(lambda: bool(read.extend(reader.read()) or "amqp" in missed_by(read)))


def missed_by(read: list[QueuedEvent]) -> list[str]:
    return [each.event["data"]["consumer"] for each in read if each.event["type"] == "events.gone"]


@pytest.mark.parametrize("is_counted", [False, True], ids=["by a number", "by a count of an earlier release"])
def test_who_is_in_the_middle_of_many_when_events_go_skips_none(scene: HookScene, is_counted: bool) -> None:
    told = scene.tell_together(["run.started"] * (2 * PAGE))
    scene.execute("update event set created_at = now() - interval '190 days'")

    async def read_while_they_go() -> list[str]:
        async with await open_async_connection(scene.database_url, Role.EVENTS) as connection:
            now = await find_now(connection)
            place = EventCursor(now.now_us - 200 * DAY_US, None)
            first = await read_page(connection, place, "redis")
            assert [str(row["id"]) for row in first.rows] == told[:PAGE]
            # What had been told goes, and some of the rest.
            scene.execute(
                "with gone as (delete from event where public_id = any(%s::uuid[])"
                " returning project_id, xid, created_at)"
                " insert into event_pruned select project_id, max(xid), max(created_at) from gone group by 1",
                told[: PAGE + 10],
            )
            after = replace(first.after, told=None, count=PAGE) if is_counted else first.after
            return [str(row["id"]) for row in (await read_page(connection, after, "redis")).rows]

    assert asyncio.run(read_while_they_go())[: PAGE - 10] == told[PAGE + 10 :]
    (gone,) = scene.owner.read(f"/projects/{scene.project}/events", type="events.gone")["items"]
    assert gone["data"]["consumer"] == "redis"


def test_who_has_read_everything_is_not_told(scene: HookScene, receiver: Receiver) -> None:
    scene.hook(receiver.url)
    with carrying(scene.database_url, scene.data_dir):
        scene.tell("run.finished")
        receiver.wait_for_count(1)
    go_away(scene)
    with carrying(scene.database_url, scene.data_dir):
        scene.tell("run.started")
        heard = receiver.wait_for_count(2)
    assert [each.event["type"] for each in heard] == ["run.finished", "run.started"]
