"""Files in a bucket of a server that speaks S3 over HTTP, sent through the API or straight there."""

import hashlib
import time
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest

from api.artifacts import completion
from backfill.artifacts import sweep
from backfill.artifacts.sweep import ArtifactSweeper, sweep_artifacts
from barograph.artifacts import parts as file_parts
from barograph.artifacts.choice import direct_bucket_of
from barograph.artifacts.direct_bucket import DirectBucket
from barograph.artifacts.s3_store import S3Store
from barograph.artifacts.staging import Staging
from barograph.artifacts.stores import StoreAway
from barograph.database.schema.program_roles import ProgramRole
from barograph.settings import Settings
from tests.api.artifacts.filing import Filing, filing
from tests.api.server import at_once, serving
from tests.programs import free_port, url_of
from tests.servers.bucket import KEYS, BucketServer, bucket_server

CONTENT = bytes(range(256)) * 50_000
PART_BYTES = 5 * 2**20
"""The least that S3 takes: three parts."""


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Generator[BucketServer]:
    with bucket_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def bucket_url(s3: BucketServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty bucket, whose parts are as small as S3 lets them be."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(file_parts, "MIN_PART_BYTES", PART_BYTES)
    return s3.make(f"files-{uuid4().hex[:12]}")


@pytest.fixture
def filed(database_url: str, tmp_path: Path, bucket_url: str) -> Generator[Filing]:
    with serving(database_url, data_dir=tmp_path, artifact_url=bucket_url, artifact_direct="all") as server:
        made = filing(server, tmp_path)
        yield made
        made.person.client.close()


def direct_bucket(url: str) -> DirectBucket:
    made = direct_bucket_of(Settings(artifact_url=url))
    assert made is not None
    return made


def sweeper(files: Filing, url: str) -> ArtifactSweeper:
    worker = url_of(ProgramRole.WORKER, files.server.database_url)
    staging = Staging(files.folder / "artifacts" / "uploads")
    return ArtifactSweeper(worker, S3Store(url), staging, direct_bucket(url))


def asked_parts(files: Filing, artifact_id: str, limit: int = 100) -> dict[str, Any]:
    answer = files.person.post(f"/artifacts/{artifact_id}:parts", {"limit": limit})
    assert answer.status_code == 200, answer.text
    return answer.json()


def send_part(part: dict[str, Any], content: bytes) -> None:
    piece = content[part["offset"] : part["offset"] + part["size_bytes"]]
    assert httpx.put(part["url"], content=piece).status_code == 200


def send_directly(files: Filing, content: bytes, **fields: object) -> str:
    made = files.announce(content, **fields)["id"]
    for part in asked_parts(files, made)["parts"]:
        send_part(part, content)
    return made


def test_files_lie_in_the_bucket_and_come_back_in_parts(
    database_url: str, tmp_path: Path, bucket_url: str
) -> None:
    with serving(database_url, data_dir=tmp_path, artifact_url=bucket_url) as server:
        files = filing(server, tmp_path)
        store = S3Store(bucket_url)
        made = files.file(CONTENT)
        damaged = files.announce(CONTENT, sha256="0" * 64)["id"]
        files.put(damaged, CONTENT)
        assert files.complete(damaged)["status"] == "damaged"
        assert [(each.artifact_id, each.size_bytes) for each in store.objects()] == [
            (UUID(made["id"]), len(CONTENT))
        ]
        assert list((tmp_path / "artifacts" / "uploads").iterdir()) == []
        assert files.content(made["id"]).content == CONTENT
        part = files.content(made["id"], Range="bytes=9000000-9000009")
        assert (part.status_code, part.content) == (206, CONTENT[9_000_000:9_000_010])
        empty = files.announce(b"")["id"]
        assert files.complete(empty)["status"] == "ready"
        assert files.content(empty).content == b""
        assert files.person.delete(f"/artifacts/{empty}").status_code == 204
        store.remove(UUID(made["id"]))
        assert files.content(made["id"]).status_code == 410
        sweep_artifacts(sweeper(files, bucket_url))
        assert files.person.read(f"/artifacts/{made['id']}")["missing_since"] is not None
        files.person.client.close()


@pytest.mark.parametrize("is_direct", [False, True])
def test_four_files_at_once_lie_in_the_bucket_each_as_it_was_sent(
    is_direct: bool,
    filed: Filing,
    bucket_url: str,
) -> None:
    contents = [bytes([number]) + CONTENT + bytes(number) for number in range(4)]

    def send(content: bytes) -> str:
        made = send_directly(filed, content) if is_direct else filed.announce(content)["id"]
        if not is_direct:
            assert filed.put(made, content).status_code == 200
        assert filed.complete(made)["status"] == "ready"
        return made

    ids = at_once(*(partial(send, content) for content in contents))
    for artifact_id, content in zip(ids, contents, strict=True):
        assert filed.content(artifact_id).content == content
    assert {each.artifact_id for each in S3Store(bucket_url).objects()} == {UUID(each) for each in ids}
    assert list((filed.folder / "artifacts" / "uploads").glob("*")) == []
    assert list(direct_bucket(bucket_url).unfinished()) == []


def test_parts_go_straight_to_the_bucket(filed: Filing, bucket_url: str) -> None:
    made = filed.announce(CONTENT, name="raw data.bin")["id"]
    first = asked_parts(filed, made, limit=2)
    assert [part["number"] for part in first["parts"]] == [1, 2]
    assert (first["parts_total"], first["parts_missing"], first["received_bytes"]) == (3, 3, 0)
    send_part(first["parts"][1], CONTENT)
    # Where it was, it goes on, whoever asks.
    again = asked_parts(filed, made)
    assert [part["number"] for part in again["parts"]] == [1, 3]
    assert (again["received_bytes"], again["parts_missing"]) == (PART_BYTES, 2)
    refused = filed.person.post(f"/artifacts/{made}:complete")
    assert (refused.status_code, "2 parts" in refused.json()["detail"]) == (409, True)
    for part in again["parts"]:
        send_part(part, CONTENT)
    ended = filed.complete(made)
    assert (ended["status"], ended["failure"], ended["received_bytes"]) == ("ready", "", len(CONTENT))
    assert filed.content(made).content == CONTENT
    assert filed.complete(made) == ended
    assert filed.person.post(f"/artifacts/{made}:parts").status_code == 409
    assert list(direct_bucket(bucket_url).unfinished()) == []


def test_a_part_of_another_size_is_no_part(filed: Filing) -> None:
    made = filed.announce(CONTENT)["id"]
    for part in asked_parts(filed, made)["parts"]:
        httpx.put(part["url"], content=CONTENT[: part["size_bytes"] - 1])
    assert asked_parts(filed, made)["parts_missing"] == 3
    assert filed.person.post(f"/artifacts/{made}:complete").status_code == 409


def test_what_came_to_the_bucket_is_not_believed(filed: Filing, bucket_url: str) -> None:
    made = send_directly(filed, CONTENT, sha256="0" * 64)
    ended = filed.complete(made)
    assert (ended["status"], "SHA-256" in ended["failure"]) == ("damaged", True)
    assert list(S3Store(bucket_url).objects()) == []


def test_a_long_check_is_waited_for_by_asking_again(filed: Filing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completion, "CHECK_S", 0.0)
    made = send_directly(filed, CONTENT)
    end_s = time.monotonic() + 60
    answer = filed.person.post(f"/artifacts/{made}:complete")
    assert (answer.status_code, answer.json()["status"]) == (202, "uploading")
    while answer.status_code == 202:
        assert time.monotonic() < end_s
        time.sleep(0.05)
        answer = filed.person.post(f"/artifacts/{made}:complete")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")


def test_whoever_cannot_reach_the_bucket_sends_it_here(filed: Filing, bucket_url: str) -> None:
    made = filed.announce(CONTENT)["id"]
    asked_parts(filed, made)
    assert filed.put(made, CONTENT).status_code == 200
    assert filed.person.post(f"/artifacts/{made}:parts").status_code == 409
    assert filed.complete(made)["status"] == "ready"
    assert filed.content(made).content == CONTENT
    assert list(direct_bucket(bucket_url).unfinished()) == []


def test_an_upload_that_the_bucket_gave_up_begins_anew(filed: Filing, bucket_url: str) -> None:
    made = send_directly(filed, CONTENT)
    direct = direct_bucket(bucket_url)
    (begun,) = direct.unfinished()
    direct.give_up(begun.artifact_id, begun.multipart_id)
    assert filed.person.post(f"/artifacts/{made}:complete").status_code == 409
    again = asked_parts(filed, made)
    assert again["parts_missing"] == 3
    for part in again["parts"]:
        send_part(part, CONTENT)
    assert filed.complete(made)["status"] == "ready"


def test_parts_that_nobody_goes_on_with_are_given_up(
    filed: Filing, bucket_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = direct_bucket(bucket_url)
    going_on, deleted = filed.announce(CONTENT)["id"], filed.announce(CONTENT)["id"]
    for each in (going_on, deleted):
        asked_parts(filed, each)
    assert filed.person.delete(f"/artifacts/{deleted}").status_code == 204
    assert [str(each.artifact_id) for each in direct.unfinished()] == [going_on]
    strangers = uuid4()
    for each in (UUID(deleted), strangers):
        direct.begin(each)
    monkeypatch.setattr(sweep, "PARTS_AFTER_S", -86_400)
    sweep_artifacts(sweeper(filed, bucket_url))
    assert {str(each.artifact_id) for each in direct.unfinished()} == {going_on, str(strangers)}
    with psycopg.connect(filed.server.database_url) as connection:
        connection.execute("update artifact set received_at = now() - interval '25 hours'")
    sweep_artifacts(sweeper(filed, bucket_url))
    assert filed.person.read(f"/artifacts/{going_on}")["status"] == "damaged"
    assert [each.artifact_id for each in direct.unfinished()] == [strangers]


def test_downloads_come_from_the_bucket_where_they_may(filed: Filing, bucket_url: str) -> None:
    made = filed.file(CONTENT, name="page.html", content_type="text/html")["id"]
    path = f"/api/v1/artifacts/{made}/content"
    answer = filed.person.client.get(path, params={"direct": "true"})
    assert (answer.status_code, answer.content) == (307, b"")
    came = httpx.get(answer.headers["location"], headers={"Range": "bytes=1000-1009"})
    assert (came.status_code, came.content) == (206, CONTENT[1000:1010])
    assert came.headers["content-type"] == "application/octet-stream"
    assert came.headers["content-disposition"].startswith('attachment; filename="page.html"')
    assert filed.content(made).content == CONTENT
    S3Store(bucket_url).remove(UUID(made))
    assert filed.person.client.get(path, params={"direct": "true"}).status_code == 410


@pytest.mark.nightly
def test_an_hour_without_the_bucket_loses_nothing(database_url: str, tmp_path: Path, bucket_url: str) -> None:
    """What was uploaded waits on the disk, what was deleted is gone to everybody."""
    assert bucket_url  # for the keys; this server is to be away
    with bucket_server(tmp_path) as s3:
        url = s3.make("files")
        with serving(database_url, data_dir=tmp_path, artifact_url=url) as server:
            filed = filing(server, tmp_path)
            kept = filed.file(CONTENT)["id"]
            waiting, direct = filed.announce(CONTENT)["id"], filed.announce(CONTENT)["id"]
            assert filed.put(waiting, CONTENT).status_code == 200
            s3.stop()
            assert filed.person.post(f"/artifacts/{direct}:parts").status_code == 503
            assert filed.person.post(f"/artifacts/{waiting}:complete").status_code == 503
            assert filed.content(kept).status_code == 503
            assert filed.person.delete(f"/artifacts/{kept}").status_code == 204
            assert filed.person.get(f"/artifacts/{kept}").status_code == 404
            with pytest.raises(StoreAway):
                sweep_artifacts(sweeper(filed, url))
            s3.start()
            s3.make("files")
            ended = filed.complete(waiting)
            assert ended["status"] == "ready"
            assert hashlib.sha256(filed.content(waiting).content).hexdigest() == ended["sha256"]
            assert asked_parts(filed, direct)["parts_missing"] == 3
            filed.person.client.close()


def test_a_folder_has_no_parts(files: Filing) -> None:
    made = files.announce(CONTENT)["id"]
    refused = files.person.post(f"/artifacts/{made}:parts")
    assert (refused.status_code, "content" in refused.json()["detail"]) == (409, True)
    done = files.file(CONTENT)["id"]
    answer = files.person.client.get(f"/api/v1/artifacts/{done}/content", params={"direct": "true"})
    assert (answer.status_code, answer.content) == (200, CONTENT)


@pytest.mark.nightly
def test_a_bucket_that_is_away_is_told() -> None:
    store = S3Store(f"s3://files/x?region=us-east-1&scheme=http&endpoint_override=127.0.0.1:{free_port()}")
    with pytest.raises(StoreAway):
        store.find(uuid4())
