"""Files of runs: announced, sent, whole or damaged, judged, listed, and deleted."""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from barograph.artifacts.staging import Staging
from tests.api.artifacts.filing import Filing, filing
from tests.api.server import serving

CONTENT = bytes(range(256)) * 4000


def test_a_file_is_sent_completed_and_read_back(files: Filing) -> None:
    made = files.announce(CONTENT, content_type="text/plain; charset=utf-8", metadata={"pages": 3})
    assert (made["status"], made["received_bytes"], made["content_type"]) == ("uploading", 0, "text/plain")
    assert files.content(made["id"]).status_code == 409
    sent = files.put(made["id"], CONTENT)
    assert (sent.status_code, sent.json()["received_bytes"]) == (200, len(CONTENT))
    ready = files.complete(made["id"])
    assert (ready["status"], ready["metadata"], ready["failure"]) == ("ready", {"pages": 3}, "")
    assert files.complete(made["id"]) == ready
    assert files.content(made["id"]).content == CONTENT
    assert list((files.folder / "artifacts" / "uploads").iterdir()) == []
    (event,) = files.person.read(f"/projects/{files.project}/events", type="artifact.ready")["items"]
    assert event["data"] == {
        "artifact": made["id"],
        "run": files.run,
        "name": "report.txt",
        "kind": "report",
        "restricted": False,
        "status": "ready",
        "size_bytes": len(CONTENT),
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
    }


def test_pieces_come_in_order_and_a_wrong_place_names_the_right_one(files: Filing) -> None:
    made = files.announce(CONTENT)["id"]
    assert files.put(made, CONTENT[:1000]).json()["received_bytes"] == 1000
    for offset in (0, 999, 1001):
        refused = files.put(made, CONTENT[1000:], offset)
        assert refused.status_code == 409
        assert "1000 bytes are here" in refused.json()["detail"]
    assert files.person.post(f"/artifacts/{made}:complete").status_code == 409
    assert files.put(made, CONTENT[1000:] + b"x", 1000).status_code == 422
    assert files.put(made, CONTENT[1000:], 1000).status_code == 200
    assert files.put(made, b"", len(CONTENT)).status_code == 200
    assert files.complete(made)["status"] == "ready"
    assert files.put(made, b"x", len(CONTENT)).status_code == 409
    assert files.content(made).content == CONTENT


def test_what_is_not_what_was_announced_is_damaged_and_gone(files: Filing) -> None:
    made = files.announce(CONTENT, sha256="0" * 64)["id"]
    files.put(made, CONTENT)
    damaged = files.complete(made)
    assert damaged["status"] == "damaged"
    assert hashlib.sha256(CONTENT).hexdigest() in damaged["failure"]
    assert not files.kept(made).exists()
    assert list((files.folder / "artifacts" / "uploads").iterdir()) == []
    assert files.content(made).status_code == 409
    assert files.complete(made)["status"] == "damaged"
    assert files.person.post(f"/artifacts/{made}:approve").status_code == 409


def test_a_file_without_a_byte_is_a_file(files: Filing) -> None:
    made = files.announce(b"")["id"]
    assert files.complete(made)["status"] == "ready"
    answer = files.content(made)
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "0")


def test_parts_are_sent_and_go_on_with_the_same_file_only(files: Filing) -> None:
    made = files.file(CONTENT)["id"]
    whole = files.content(made)
    etag = whole.headers["etag"]
    assert etag == f'"{hashlib.sha256(CONTENT).hexdigest()}"'
    parts = {
        "bytes=0-9": (CONTENT[:10], f"bytes 0-9/{len(CONTENT)}"),
        "bytes=1000-": (CONTENT[1000:], f"bytes 1000-{len(CONTENT) - 1}/{len(CONTENT)}"),
        "bytes=-7": (CONTENT[-7:], f"bytes {len(CONTENT) - 7}-{len(CONTENT) - 1}/{len(CONTENT)}"),
        f"bytes=10-{10**18}": (CONTENT[10:], f"bytes 10-{len(CONTENT) - 1}/{len(CONTENT)}"),
    }
    for asked, (content, said) in parts.items():
        part = files.content(made, Range=asked, If_Range=etag)
        assert (part.status_code, part.content) == (206, content)
        assert part.headers["content-range"] == said
    assert files.content(made, Range="bytes=5-", If_Range='"other"').status_code == 200
    for odd in ("bytes=9-5", "lines=1-2", "bytes=0-1,5-6", "bytes=-"):
        assert files.content(made, Range=odd).status_code == 200
    for beyond in (f"bytes={len(CONTENT)}-", "bytes=-0"):
        answer = files.content(made, Range=beyond)
        assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(CONTENT)}")
    unchanged = files.content(made, If_None_Match=etag)
    assert unchanged.status_code == 304
    # Browsers take over what it says of a file that they have.
    for name in ("etag", "content-security-policy", "content-disposition"):
        assert unchanged.headers[name] == whole.headers[name]
    head = files.content(made, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(CONTENT))


def test_files_are_approved_or_rejected_by_editors_who_are_named(files: Filing) -> None:
    made = files.file(CONTENT, kind="model")["id"]
    unfinished = files.announce(CONTENT)["id"]
    assert files.person.post(f"/artifacts/{unfinished}:approve").status_code == 409
    approved = files.person.made(f"/artifacts/{made}:approve")
    assert (approved["status"], approved["reviewed_by"]) == ("approved", files.person.read("/auth/me")["id"])
    assert approved["reviewed_at"] is not None
    assert approved["reviewer"] == files.person.email
    assert files.person.post(f"/artifacts/{made}:approve").status_code == 409
    rejected = files.person.made(f"/artifacts/{made}:reject", {"reason": "it drifts"})
    assert (rejected["status"], rejected["review_reason"]) == ("rejected", "it drifts")
    (event,) = files.person.read(f"/projects/{files.project}/events", type="artifact.approved")["items"]
    assert event["data"]["artifact"] == made
    trail = files.person.read(f"/projects/{files.project}/audit", subject=made)["items"]
    assert [entry["action"] for entry in reversed(trail)] == [
        "artifact.create",
        "artifact.upload",
        "artifact.complete",
        "artifact.approve",
        "artifact.reject",
    ]


def test_a_file_is_rejected_without_a_reason_too(files: Filing) -> None:
    made = files.file(CONTENT)["id"]
    rejected = files.person.made(f"/artifacts/{made}:reject")
    assert (rejected["status"], rejected["review_reason"]) == ("rejected", "")


def test_restricted_files_are_for_editors(files: Filing) -> None:
    viewer = files.server.person("viewer@example.org")
    files.server.add_member(files.project, viewer.email, "viewer")
    made = files.file(CONTENT, restricted=True)["id"]
    shown = files.file(CONTENT, name="shown")["id"]
    for path in (f"/artifacts/{made}", f"/artifacts/{made}/content"):
        assert viewer.get(path).status_code == 403
    for path in (f"/runs/{files.run}/artifacts", f"/projects/{files.project}/artifacts"):
        assert [each["id"] for each in viewer.read(path)["items"]] == [shown]
        assert [each["id"] for each in files.person.read(path)["items"]] == [shown, made]
    events = viewer.read(f"/projects/{files.project}/events", type="artifact.ready")["items"]
    assert [event["data"]["name"] for event in events] == ["shown", None]
    for person, listed in ((viewer, [shown]), (files.person, [shown, made])):
        overview = person.read(f"/runs/{files.run}/overview")
        assert [each["id"] for each in overview["artifacts"]] == listed
        assert overview["artifacts_total"] == len(listed)
        archive = zipfile.ZipFile(io.BytesIO(person.get(f"/runs/{files.run}/export").content))
        assert {each["id"] for each in json.loads(archive.read("artifacts.json"))} == set(listed)
    viewer.client.close()


def test_approved_models_are_found_by_name_the_last_of_each(files: Filing) -> None:
    def model(name: str, *, approved: bool) -> str:
        made = files.file(CONTENT, name=name, kind="model")["id"]
        if approved:
            files.person.made(f"/artifacts/{made}:approve")
        return made

    model("pump", approved=True)
    pump = model("pump", approved=True)
    waiting = model("pump", approved=False)
    valve = model("valve", approved=True)
    files.file(CONTENT, name="pump", kind="report")
    path = f"/projects/{files.project}/artifacts"
    found = files.person.client.get(f"/api/v1{path}?approved&kind=model&latest").json()["items"]
    assert [each["id"] for each in found] == [valve, pump]
    assert _ids(files, kind="model", latest="true") == [valve, waiting]
    assert _ids(files, approved="true", latest="true", name="pump") == [pump]
    assert _ids(files, q="ALV") == [valve]
    assert len(_ids(files, status="ready")) == 2


def _ids(files: Filing, **filters: str) -> list[str]:
    page: dict[str, Any] = files.person.read(f"/projects/{files.project}/artifacts", **filters)
    return [each["id"] for each in page["items"]]


def test_what_is_stored_elsewhere_is_noted(files: Filing) -> None:
    body = {"name": "weights", "kind": "model", "url": "s3://models/pump/7"}
    made = files.person.made(f"/runs/{files.run}/artifacts", body)
    assert (made["status"], made["size_bytes"], made["url"]) == ("ready", None, "s3://models/pump/7")
    refused = files.content(made["id"])
    assert refused.status_code == 409
    assert "s3://models/pump/7" in refused.json()["detail"]
    assert files.put(made["id"], b"x").status_code == 409
    assert files.person.made(f"/artifacts/{made['id']}:approve")["status"] == "approved"
    for url in ("javascript:alert(1)", "data:text/html,x", "https://a b", "https://a\nb"):
        assert files.person.post(f"/runs/{files.run}/artifacts", body | {"url": url}).status_code == 422
    assert files.person.post(f"/runs/{files.run}/artifacts", {"name": "n"}).status_code == 422


def test_a_deleted_file_is_gone_from_the_disk(files: Filing) -> None:
    made, half = files.file(CONTENT)["id"], files.announce(CONTENT)["id"]
    files.put(half, CONTENT[:1000])
    assert files.kept(made).is_file()
    for each in (made, half):
        assert files.person.delete(f"/artifacts/{each}").status_code == 204
        assert files.person.get(f"/artifacts/{each}").status_code == 404
    assert [path for path in (files.folder / "artifacts").rglob("*") if path.is_file()] == []


def test_a_lost_file_is_an_error_that_names_it(files: Filing) -> None:
    made = files.file(CONTENT)["id"]
    files.kept(made).write_bytes(CONTENT[:100])
    short = files.content(made, Range="bytes=1000-")
    assert short.status_code == 410
    files.kept(made).unlink()
    lost = files.content(made)
    assert lost.status_code == 410
    assert made in lost.json()["detail"]


def test_a_projects_files_fit_into_its_quota(database_url: str, tmp_path: Path) -> None:
    with serving(
        database_url, data_dir=tmp_path, artifact_project_bytes=1000, artifact_max_bytes=800
    ) as server:
        files = filing(server, tmp_path)
        files.announce(bytes(600))
        refused = files.person.post(
            f"/runs/{files.run}/artifacts", {"name": "n", "size_bytes": 500, "sha256": "0" * 64}
        )
        assert refused.status_code == 413
        assert "600 of at most 1,000 bytes" in refused.json()["detail"]
        damaged = files.announce(bytes(400), sha256="0" * 64)["id"]
        files.put(damaged, bytes(400))
        assert files.complete(damaged)["status"] == "damaged"
        assert files.file(bytes(400))["status"] == "ready"
        files.person.client.close()


def test_an_owner_gives_a_project_less_room_and_an_admin_more(database_url: str, tmp_path: Path) -> None:
    with serving(database_url, data_dir=tmp_path, artifact_project_bytes=1000) as server:
        admin = server.person("admin@example.org", is_admin=True)
        files = filing(server, tmp_path)
        project, room = f"/projects/{files.project}", f"/projects/{files.project}/artifact-room"
        assert files.person.read(room)["quota_bytes"] == 1000
        assert files.person.patch(project, {"artifact_quota_bytes": 500}).status_code == 200
        files.file(bytes(300))
        files.announce(bytes(100))
        assert files.person.read(room) == {
            "files": 2,
            "kept_bytes": 400,
            "uploading_bytes": 100,
            "quota_bytes": 500,
            "free_bytes": 100,
            "file_max_bytes": 100 * 2**30,
        }
        usage = files.person.read(f"{project}/usage")
        assert (usage["artifact_files"], usage["artifact_bytes"]) == (2, 400)
        assert usage["limits"]["artifact_bytes"] == 500
        body = {"name": "n", "size_bytes": 101, "sha256": "0" * 64}
        refused = files.person.post(f"/runs/{files.run}/artifacts", body)
        assert refused.status_code == 413
        assert "400 of at most 500 bytes" in refused.json()["detail"]
        beyond = files.person.patch(project, {"artifact_quota_bytes": 1001})
        assert [fault["pointer"] for fault in beyond.json()["errors"]] == ["/artifact_quota_bytes"]
        assert files.person.post("/projects", {"name": "q", "artifact_quota_bytes": 1001}).status_code == 422
        assert admin.patch(project, {"artifact_quota_bytes": 2000}).status_code == 200
        # What an admin gave stays when an owner changes something else.
        assert files.person.patch(project, {"description": "larger"}).json()["artifact_quota_bytes"] == 2000
        assert files.person.made(f"/runs/{files.run}/artifacts", body)["status"] == "uploading"
        assert files.person.patch(project, {"artifact_quota_bytes": None}).status_code == 200
        assert files.person.read(room)["quota_bytes"] == 1000
        admin.client.close()
        files.person.client.close()


@pytest.mark.parametrize("free_bytes", [0, 100])
def test_a_full_disk_takes_no_file(
    database_url: str, tmp_path: Path, free_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def free(_: Staging) -> int:
        return free_bytes

    monkeypatch.setattr(Staging, "free_bytes", free)
    with serving(database_url, data_dir=tmp_path, artifact_spare_bytes=50) as server:
        files = filing(server, tmp_path)
        body = {"name": "n", "size_bytes": 51, "sha256": "0" * 64}
        assert files.person.post(f"/runs/{files.run}/artifacts", body).status_code == 413
        files.person.client.close()
