"""`artifact`: from a file here to a run, and back."""

import json
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from barograph.artifacts import parts as file_parts
from barograph.cli.api_client import ApiClient
from barograph.cli.resources.files import direct_parts, pieces
from tests.api.artifacts.filing import Filing, filing
from tests.api.server import Server, serving
from tests.barograph.cli.conftest import Run, Said
from tests.programs import free_port
from tests.servers.bucket import KEYS, bucket_server
from tests.servers.faulty_gateway import ask_twice, faulty_gateway, lose_answer, refuse, refuse_for_good

CONTENT = bytes(range(256)) * 40_000


@pytest.fixture
def project(run: Run) -> str:
    return run("project", "create", str(uuid4())[:13], "--field", "name").out.strip()


@pytest.fixture
def run_id(run: Run, project: str) -> str:
    run("experiment", "create", project, "e")
    return run("run", "create", project, "e", "r", "--field", "id").out.strip()


def test_a_file_goes_there_and_comes_back(run: Run, project: str, run_id: str, tmp_path: Path) -> None:
    file, out = tmp_path / "pump.onnx", tmp_path / "back.onnx"
    file.write_bytes(CONTENT)
    sent = run("artifact", "upload", run_id, str(file), "--kind", "model", "--json")
    assert "sending" in sent.err
    assert (sent.item["status"], sent.item["name"], sent.item["kind"]) == ("ready", "pump.onnx", "model")
    artifact = sent.item["id"]
    assert run("artifact", "approve", artifact, "--field", "status").out.strip() == "approved"
    listed = run("artifact", "list", project, "--approved", "--kind", "model", "--latest", "--json").item
    assert [each["id"] for each in listed] == [artifact]
    assert run("artifact", "list", project, "--run", run_id, "--status", "ready", "--json").item == []
    assert run("artifact", "download", artifact, "--out", str(out)).code == 0
    assert out.read_bytes() == CONTENT
    rejected = run("artifact", "reject", artifact, "--reason", "it drifts", "--json").item
    assert (rejected["status"], rejected["review_reason"]) == ("rejected", "it drifts")
    assert run("artifact", "remove", artifact, "--yes").code == 0
    assert run("artifact", "show", artifact).code == 1


def test_an_upload_goes_on_where_it_broke_off(
    run: Run, server: Server, run_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "log.bin"
    file.write_bytes(CONTENT)
    monkeypatch.setattr(pieces, "PIECE_BYTES", 1_000_000)
    begun = run("artifact", "upload", run_id, str(file), "--json")
    assert begun.item["status"] == "ready"
    again = {key: begun.item[key] for key in ("name", "size_bytes", "sha256")}
    with server.client(server.log_in("ada@example.org")["access_token"]) as client:
        made = client.post(f"/api/v1/runs/{run_id}/artifacts", json=again).json()["id"]
        client.put(f"/api/v1/artifacts/{made}/content?offset=0", content=CONTENT[:4_000_000])
    went_on = run("artifact", "upload", run_id, str(file), "--json")
    assert (went_on.item["id"], went_on.item["status"]) == (made, "ready")
    assert went_on.err.count("sending") < begun.err.count("sending")


def test_an_upload_goes_on_after_refusals_that_pass(
    run: Run, server: Server, run_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "log.bin"
    file.write_bytes(CONTENT)
    monkeypatch.setattr(pieces, "PIECE_BYTES", 2_000_000)
    monkeypatch.setattr(pieces, "PAUSE_S", 0.01)
    with faulty_gateway(server.url) as gateway:
        monkeypatch.setenv("BAROGRAPH_API_URL", gateway.url)
        gateway.faults += [
            ("/content", refuse),
            ("/content", ask_twice),
            ("/content", lose_answer),
            (":complete", refuse),
            (":complete", lose_answer),
        ]
        sent = run("artifact", "upload", run_id, str(file), "--json")
    assert (sent.item["status"], gateway.faults) == ("ready", [])


def test_an_upload_ends_where_no_more_is_taken(
    run: Run, server: Server, run_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal that does not pass is told at once, and so is one that lasts."""
    file = tmp_path / "log.bin"
    file.write_bytes(CONTENT)
    monkeypatch.setattr(pieces, "PAUSE_S", 0.01)
    with faulty_gateway(server.url) as gateway:
        monkeypatch.setenv("BAROGRAPH_API_URL", gateway.url)
        gateway.faults += [("/content", refuse_for_good)]
        assert run("artifact", "upload", run_id, str(file)).code == 1
        monkeypatch.setattr(pieces, "WITHIN_S", 0.1)
        gateway.faults += [("/content", refuse)] * 100
        refused = run("artifact", "upload", run_id, str(file))
    assert (refused.code, "503" in refused.err) == (1, True)


def test_what_is_stored_elsewhere_is_noted(run: Run, run_id: str) -> None:
    noted = run(
        "artifact", "register", run_id, "weights", "s3://models/pump", "--kind", "model", "--json"
    ).item
    assert (noted["status"], noted["url"]) == ("ready", "s3://models/pump")
    refused = run("artifact", "download", noted["id"])
    assert refused.code == 1
    assert "s3://models/pump" in refused.err


PART_BYTES = 5 * 2**20
Serve = Callable[..., AbstractContextManager[Filing]]


@pytest.fixture(scope="module")
def bucket_url(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    with bucket_server(tmp_path_factory.mktemp("s3")) as s3:
        yield s3.make("files")


@pytest.fixture
def with_bucket(bucket_url: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """A server that keeps files in a bucket, of which commands know, and a run there."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(file_parts, "MIN_PART_BYTES", PART_BYTES)
    monkeypatch.setattr(direct_parts, "MIN_BYTES", PART_BYTES)

    @contextmanager
    def serve(**settings: str) -> Generator[Filing]:
        data = tmp_path / "data"
        with serving(database_url, data_dir=data, artifact_url=bucket_url, **settings) as server:
            files = filing(server, data)
            monkeypatch.setenv("BAROGRAPH_API_URL", server.url)
            monkeypatch.setenv("BAROGRAPH_EMAIL", "filer@example.org")
            yield files
            files.person.client.close()

    return serve


def item_of(said: Said) -> dict[str, Any]:
    """What was said, behind what the server of this process logs."""
    assert said.code == 0, said.err
    return json.loads(said.out[said.out.index("{\n") :])


def test_a_large_file_goes_straight_to_the_bucket(
    run: Run, with_bucket: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct_parts, "PARTS_ASKED", 1)
    file, out = tmp_path / "log.bin", tmp_path / "back.bin"
    file.write_bytes(CONTENT + CONTENT[:1000])
    with with_bucket() as files:
        sent = run("artifact", "upload", files.run, str(file), "--json")
        assert (item_of(sent)["status"], "sending" in sent.err) == ("ready", True)
        # None of it has come to the API.
        staged = files.folder / "artifacts" / "uploads"
        assert not staged.exists() or not list(staged.iterdir())
        assert run("artifact", "download", item_of(sent)["id"], "--out", str(out)).code == 0
    assert out.read_bytes() == file.read_bytes()


def test_parts_that_are_in_the_bucket_are_not_sent_again(
    run: Run, with_bucket: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, tried = tmp_path / "log.bin", list[int]()
    file.write_bytes(CONTENT)
    send = direct_parts.is_sent

    def lose_the_second_once(path: Path, part: dict[str, Any]) -> bool:
        tried.append(part["number"])
        is_lost = part["number"] == 2 and tried.count(2) == 1
        return not is_lost and send(path, part)

    monkeypatch.setattr(direct_parts, "is_sent", lose_the_second_once)
    with with_bucket() as files:
        assert item_of(run("artifact", "upload", files.run, str(file), "--json"))["status"] == "ready"
    assert sorted(tried) == [1, 2, 2]


def test_a_bucket_that_is_out_of_reach_is_passed_by(run: Run, with_bucket: Serve, tmp_path: Path) -> None:
    file = tmp_path / "log.bin"
    file.write_bytes(CONTENT)
    with with_bucket(artifact_public_endpoint=f"http://127.0.0.1:{free_port()}") as files:
        assert item_of(run("artifact", "upload", files.run, str(file), "--json"))["status"] == "ready"


def test_a_large_file_comes_straight_from_the_bucket_and_goes_on_after_a_break(
    run: Run, with_bucket: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, out = tmp_path / "log.bin", tmp_path / "back.bin"
    file.write_bytes(CONTENT)
    asked_of_the_api = list[int]()

    def note(_: ApiClient, __: str, ___: str, offset: int) -> Iterator[tuple[int, bytes]]:
        asked_of_the_api.append(offset)
        yield from ()

    monkeypatch.setattr(ApiClient, "pieces", note)
    with with_bucket(artifact_direct="all") as files:
        made = item_of(run("artifact", "upload", files.run, str(file), "--json"))["id"]
        part = tmp_path / f"back.bin.{made[:8]}.part"
        part.write_bytes(CONTENT[:1_000_000])
        assert run("artifact", "download", made, "--out", str(out)).code == 0
        assert out.read_bytes() == CONTENT
        part.write_bytes(CONTENT[1:1_000_001])
        refused = run("artifact", "download", made, "--out", str(out))
        assert (refused.code, "SHA-256" in refused.err, part.exists()) == (1, True, False)
    assert asked_of_the_api == []


def test_a_file_comes_over_the_api_where_the_bucket_is_out_of_reach(
    run: Run, with_bucket: Serve, tmp_path: Path
) -> None:
    file, out = tmp_path / "log.bin", tmp_path / "back.bin"
    file.write_bytes(CONTENT)
    unreachable = f"http://127.0.0.1:{free_port()}"
    with with_bucket(artifact_direct="all", artifact_public_endpoint=unreachable) as files:
        made = item_of(run("artifact", "upload", files.run, str(file), "--json"))["id"]
        assert run("artifact", "download", made, "--out", str(out)).code == 0
    assert out.read_bytes() == CONTENT
