"""Webhooks from an event to the receiver: signed, in order, at least once, whatever receivers do."""

from collections.abc import Callable
from datetime import datetime

import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from tests.events.carrying import carrying
from tests.events.conftest import HookScene
from tests.events.receiver import HeardMessage, Receiver, ReceiverAnswer, receiving
from tests.waiting import wait_until


def ids(heard: list[HeardMessage]) -> list[str]:
    return [message.headers["webhook-id"] for message in heard]


def test_an_event_reaches_the_receiver_signed(scene: HookScene, receiver: Receiver) -> None:
    hook = scene.hook(receiver.url)
    receiver.answer = lambda _: ReceiverAnswer(200, b"thanks\0")
    with carrying(scene.database_url, scene.data_dir):
        (event,) = scene.tell("run.finished")
        (message,) = receiver.wait_for_count(1)
        wait_until(lambda: scene.deliveries(hook)[0]["status"] == "delivered")
    payload = Webhook(hook["secret"]).verify(message.body, dict(message.headers))
    assert payload["id"] == event == message.headers["webhook-id"]
    assert (payload["type"], payload["data"], payload["project_id"]) == (
        "run.finished",
        {"n": 0},
        scene.project,
    )
    (listed,) = scene.owner.read(f"/projects/{scene.project}/events")["items"]
    assert payload["time"] == listed["time"]
    with pytest.raises(WebhookVerificationError):
        Webhook(hook["secret"]).verify(message.body + b" ", dict(message.headers))
    (delivery,) = scene.deliveries(hook)
    assert (delivery["event_id"], delivery["attempts"], delivery["status_code"]) == (event, 1, 200)
    assert delivery["answer"] == "thanks\ufffd"
    assert delivery["duration_ms"] > 0
    assert scene.look(hook)["last_success_at"] is not None


def test_either_secret_verifies_while_they_overlap(scene: HookScene, receiver: Receiver) -> None:
    hook = scene.hook(receiver.url)
    rotated = scene.owner.made(f"/webhooks/{hook['id']}:rotate-secret")
    with carrying(scene.database_url, scene.data_dir):
        scene.tell("run.finished")
        (first,) = receiver.wait_for_count(1)
        scene.execute("update webhook set former_until = now() - interval '1 second'")
        scene.tell("run.finished")
        second = receiver.wait_for_count(2)[1]
    for secret in (hook["secret"], rotated["secret"]):
        Webhook(secret).verify(first.body, dict(first.headers))
    Webhook(rotated["secret"]).verify(second.body, dict(second.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(hook["secret"]).verify(second.body, dict(second.headers))


def test_types_and_groups_are_chosen(scene: HookScene, receiver: Receiver) -> None:
    scene.hook(receiver.url, types=["run.*", "alarm.raised"])
    with carrying(scene.database_url, scene.data_dir):
        scene.tell("sensor.online", "run.started", "alarm.cleared", "alarm.raised", "run.finished")
        heard = receiver.wait_for_count(3)
    assert [message.event["type"] for message in heard] == ["run.started", "alarm.raised", "run.finished"]


def test_one_that_fails_is_tried_again_and_order_is_kept(scene: HookScene, receiver: Receiver) -> None:
    hook = scene.hook(receiver.url)
    failures = iter([500, 503, 302])
    receiver.answer = lambda _: ReceiverAnswer(next(failures, 204), headers={"Location": "/elsewhere"})
    with carrying(scene.database_url, scene.data_dir):
        told = scene.tell("run.started", "run.finished", "run.archived")
        heard = receiver.wait_for(lambda heard: told[-1] in ids(heard))
        wait_until(lambda: all(each["status"] == "delivered" for each in scene.deliveries(hook)))
    assert ids(heard) == [told[0]] * 3 + told
    assert {message.path for message in heard} == {"/hook"}, "a redirect was followed"
    assert [each["attempts"] for each in scene.deliveries(hook)] == [1, 1, 4]
    assert scene.look(hook)["failing_since"] is None


def test_several_at_once_do_not_wait_for_one_that_fails(scene: HookScene, receiver: Receiver) -> None:
    scene.hook(receiver.url, concurrency=4)
    is_first: Callable[[HeardMessage], bool] = lambda message: message.event["type"] == "run.started"  # noqa: E731
    receiver.answer = lambda message: ReceiverAnswer(500 if is_first(message) else 204)
    with carrying(scene.database_url, scene.data_dir):
        told = scene.tell("run.started", "run.finished", "run.archived")
        receiver.wait_for(lambda heard: set(told) <= set(ids(heard)))


@pytest.mark.parametrize("answer", [ReceiverAnswer(wait_s=600), ReceiverAnswer(200, b"x" * 2000, drip_s=0.3)])
def test_a_slow_receiver_delays_nobody_else(
    scene: HookScene, receiver: Receiver, answer: ReceiverAnswer
) -> None:
    with receiving() as slow:
        slow.answer = lambda _: answer
        hooks = [scene.hook(slow.url) for _ in range(12)]
        scene.hook(receiver.url)
        with carrying(scene.database_url, scene.data_dir):
            told = scene.tell(*["run.started"] * 5)
            assert ids(receiver.wait_for_count(5)) == told
            slow.wait_for_count(1)
    assert len(hooks) == 12


def test_a_dripping_answer_is_cut(scene: HookScene, receiver: Receiver) -> None:
    hook = scene.hook(receiver.url)
    receiver.answer = lambda _: ReceiverAnswer(200, b"x" * 5000, drip_s=0.01)
    with carrying(scene.database_url, scene.data_dir):
        scene.tell("run.started")
        wait_until(lambda: [each["status"] for each in scene.deliveries(hook)] == ["delivered"])
    assert 0 < len(scene.deliveries(hook)[0]["answer"]) <= 1024


def test_one_that_is_gone_is_switched_off(scene: HookScene, receiver: Receiver) -> None:
    hook = scene.hook(receiver.url)
    receiver.answer = lambda _: ReceiverAnswer(410)
    with receiving() as other, carrying(scene.database_url, scene.data_dir):
        scene.hook(other.url, types=["webhook.*"])
        scene.tell("run.started", "run.finished")
        (told,) = other.wait_for_count(1)
    assert told.event["type"] == "webhook.switched_off"
    assert told.event["data"] == {"webhook_id": hook["id"], "url": receiver.url, "reason": "gone"}
    state = scene.look(hook)
    assert (state["enabled"], state["off_reason"], len(receiver.heard)) == (False, "gone", 1)


def test_one_that_failed_for_five_days_is_switched_off_and_can_go_on(
    scene: HookScene, receiver: Receiver
) -> None:
    hook = scene.hook(receiver.url)
    statuses = [500]
    receiver.answer = lambda _: ReceiverAnswer(statuses[0])
    with carrying(scene.database_url, scene.data_dir):
        (event,) = scene.tell("run.started")
        receiver.wait_for_count(2)
        scene.execute("update webhook_standing set failing_since = now() - interval '5 days 1 minute'")
        wait_until(lambda: not scene.look(hook)["enabled"])
        assert scene.look(hook)["off_reason"] == "failing"
        statuses[0] = 204
        scene.owner.patch(f"/webhooks/{hook['id']}", {"enabled": True})
        wait_until(lambda: scene.deliveries(hook)[-1]["status"] == "delivered")
    assert scene.look(hook)["off_reason"] is None
    assert scene.deliveries(hook)[-1]["event_id"] == event


def test_after_three_days_a_message_has_failed_and_the_next_one_goes(
    scene: HookScene, receiver: Receiver
) -> None:
    hook = scene.hook(receiver.url)
    bad: list[str] = []
    receiver.answer = lambda message: ReceiverAnswer(500 if ids([message])[0] in bad else 204)
    with carrying(scene.database_url, scene.data_dir):
        bad += scene.tell("run.started")
        receiver.wait_for_count(2)
        told = scene.tell("run.finished")
        scene.execute(
            "update webhook_delivery set created_at = now() - interval '3 days 1 s' where attempts > 0"
        )
        receiver.wait_for(lambda heard: told[0] in ids(heard))
        wait_until(lambda: scene.deliveries(hook)[0]["status"] == "delivered")
    assert scene.deliveries(hook)[1]["status"] == "failed"
    assert scene.deliveries(hook)[1]["failure"] == "answered 500"


def test_a_test_and_a_repeat_go_out(scene: HookScene, receiver: Receiver) -> None:
    hook = scene.hook(receiver.url, types=["run.failed"])
    with carrying(scene.database_url, scene.data_dir):
        tested = scene.owner.made(f"/webhooks/{hook['id']}:test")
        receiver.wait_for_count(1)
        scene.owner.made(f"/deliveries/{tested['id']}:redeliver")
        heard = receiver.wait_for_count(2)
    assert ids(heard) == [tested["event_id"]] * 2
    assert heard[0].event["type"] == "webhook.tested"


def test_after_a_restart_of_the_server_nothing_comes_twice(scene: HookScene, receiver: Receiver) -> None:
    hook = scene.hook(receiver.url)
    with carrying(scene.database_url, scene.data_dir):
        told = scene.tell("run.started", "run.finished")
        receiver.wait_for_count(2)
        wait_until(lambda: [each["status"] for each in scene.deliveries(hook)] == ["delivered"] * 2)
    # As if another server had written it.
    scene.execute("update event_consumer set place = regexp_replace(place, '\\.[0-9a-f]+:', '.1:', 'g')")
    more = scene.tell("run.archived")
    with carrying(scene.database_url, scene.data_dir):
        more += scene.tell("run.failed")
        heard = receiver.wait_for(lambda heard: more[-1] in ids(heard))
    assert ids(heard) == told + more


def test_retry_after_is_heeded(scene: HookScene, receiver: Receiver) -> None:
    hook = scene.hook(receiver.url)
    receiver.answer = lambda _: ReceiverAnswer(429, headers={"Retry-After": "1000"})
    with carrying(scene.database_url, scene.data_dir):
        scene.tell("run.started")
        wait_until(lambda: [each["attempts"] for each in scene.deliveries(hook)] == [1])
    (delivery,) = scene.deliveries(hook)
    pause = datetime.fromisoformat(delivery["next_at"]) - datetime.fromisoformat(delivery["last_attempt_at"])
    assert 900 < pause.total_seconds() <= 1001


def test_what_leads_inside_is_refused(scene: HookScene, receiver: Receiver) -> None:
    hosts = ["127.0.0.1", "localhost", "0x7f000001", "2130706433", "[::1]", "127.1"]
    hooks = [scene.hook(receiver.url.replace("127.0.0.1", host)) for host in hosts]
    with carrying(scene.database_url, scene.data_dir, networks=""):
        scene.tell("run.started")
        for hook in hooks:
            wait_until(lambda hook=hook: [each["attempts"] > 0 for each in scene.deliveries(hook)] == [True])
    failures = [scene.deliveries(hook)[0]["failure"] for hook in hooks]
    assert ["not on the internet" in failure for failure in failures] == [True] * len(hosts)
    assert receiver.heard == []
