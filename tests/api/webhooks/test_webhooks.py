"""Webhooks as their owners see them."""

import base64
import json
from typing import Any

import psycopg
import pytest

from barograph.identity.webhook_key import load_webhook_key
from barograph.settings import Settings
from barograph.webhooks.webhook_secrets import SecretSeal
from tests.api.server import Person, Server

URL = "https://ci.example.org/barograph"


def make(owner: Person, project: str, **given: object) -> dict[str, Any]:
    return owner.made(f"/projects/{project}/webhooks", {"url": URL} | given)


def test_a_secret_is_shown_once_and_kept_sealed(server: Server, owner: Person, project: str) -> None:
    webhook = make(owner, project, types=["run.*", "alarm.raised"], description="CI")
    secret = webhook["secret"]
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    shown = owner.read(f"/webhooks/{webhook['id']}")
    assert "secret" not in shown
    assert {key: value for key, value in webhook.items() if key != "secret"} == shown
    assert owner.read(f"/projects/{project}/webhooks")["items"] == [shown]
    trail = owner.read(f"/projects/{project}/audit", limit=10)["items"]
    assert trail[0]["action"] == "webhook.create"
    assert "whsec_" not in json.dumps(trail)
    with psycopg.connect(server.database_url) as connection:
        ((sealed, public_id),) = connection.execute(
            "select secret, public_id from webhook where public_id = %s", (webhook["id"],)
        ).fetchall()
    assert secret.encode() not in sealed
    key = load_webhook_key(Settings(data_dir=server.data_dir or Settings().data_dir))
    assert SecretSeal(key).open(sealed, public_id) == secret


def test_a_repeat_does_not_tell_the_secret_again(owner: Person, project: str) -> None:
    headers = {"Idempotency-Key": "webhook-1"}
    first = owner.post(f"/projects/{project}/webhooks", {"url": URL}, headers)
    again = owner.post(f"/projects/{project}/webhooks", {"url": URL}, headers)
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert first.json()["secret"]
    assert "secret" not in again.json()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/x",
        "example.org/x",
        "https://",
        "https://user@example.org/",
        "https://user:pass@example.org/",
        "https://example.org\\@10.0.0.1/",
        "https://example.org/#part",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://example.org/\r\nX-Y: z",
        "https://bücher.example/",
        "https://example.org/" + "x" * 2000,
        "https://[::1/",
    ],
)
def test_what_is_no_address_is_refused(owner: Person, project: str, url: str) -> None:
    answer = owner.post(f"/projects/{project}/webhooks", {"url": url})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/url"


def test_types_are_those_that_there_are(owner: Person, project: str) -> None:
    answer = owner.post(f"/projects/{project}/webhooks", {"url": URL, "types": ["run.exploded"]})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/types/0")


def test_fields_change_by_patch(owner: Person, project: str) -> None:
    webhook = make(owner, project)
    path = f"/webhooks/{webhook['id']}"
    answer = owner.patch(path, {"enabled": False, "concurrency": 4}, {"If-Match": '"1"'})
    assert (answer.json()["enabled"], answer.json()["concurrency"], answer.json()["version"]) == (False, 4, 2)
    assert owner.patch(path, {"url": "https://a:b@c/"}).status_code == 422
    assert owner.patch(path, {"enabled": True}, {"If-Match": '"1"'}).status_code == 412
    assert owner.post(f"{path}:test").status_code == 409
    assert owner.delete(path).status_code == 204
    assert owner.get(path).status_code == 404


def test_a_rotated_secret_is_another_one(server: Server, owner: Person, project: str) -> None:
    webhook = make(owner, project)
    path = f"/webhooks/{webhook['id']}"
    rotated = owner.made(f"{path}:rotate-secret")
    assert rotated["secret"] != webhook["secret"]
    assert rotated["former_secret_until"] is not None
    at_once = owner.made(f"{path}:rotate-secret", {"overlap_s": 0})
    assert at_once["former_secret_until"] is None
    with psycopg.connect(server.database_url) as connection:
        rows = connection.execute(
            "select former_secret from webhook where public_id = %s", (webhook["id"],)
        ).fetchall()
    assert rows == [(None,)]


def test_a_test_and_its_repeat_are_deliveries(owner: Person, project: str) -> None:
    webhook = make(owner, project)
    path = f"/webhooks/{webhook['id']}"
    tested = owner.made(f"{path}:test")
    assert (tested["type"], tested["status"], tested["attempts"]) == ("webhook.tested", "waiting", 0)
    again = owner.made(f"/deliveries/{tested['id']}:redeliver")
    assert again["event_id"] == tested["event_id"]
    assert again["id"] != tested["id"]
    listed = owner.read(f"{path}/deliveries")["items"]
    assert [each["id"] for each in listed] == [again["id"], tested["id"]]
    assert owner.read(f"{path}/deliveries", status="failed")["items"] == []


def test_a_project_has_a_hundred_of_them(server: Server, owner: Person, project: str) -> None:
    make(owner, project)
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "with made as ("
            " insert into webhook (project_id, url, secret) select id, 'https://x.example', ''"
            " from project, generate_series(1, 99) where public_id = %s returning id)"
            " insert into webhook_standing (webhook_id) select id from made",
            (project,),
        )
    assert owner.post(f"/projects/{project}/webhooks", {"url": URL}).status_code == 409
