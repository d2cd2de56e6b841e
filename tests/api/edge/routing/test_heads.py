"""What stands in the head of a request: HEAD, lines that come twice, odd paths, codings."""

import gzip
import hashlib
from uuid import uuid4

import httpx
import pytest

from tests.api.lab import Lab
from tests.api.server import Person, Server

PREFIX = "/api/v1"
DIGEST = hashlib.sha256(b"abcd").hexdigest()


def ask(
    person: Person, method: str, path: str, *fields: tuple[str, str], content: bytes | None = None
) -> httpx.Response:
    return person.client.request(method, path, headers=list(fields), content=content)


@pytest.mark.parametrize(
    "path",
    [
        "/health",
        "/ready",
        "/openapi.json",
        "/metrics",
        "projects",
        "projects/{project}",
        "series?sensor={sensor}",
    ],
)
def test_head_is_answered_where_get_is(owner: Person, project: str, sensor: str, path: str) -> None:
    url = path if path.startswith("/") else f"{PREFIX}/{path.format(project=project, sensor=sensor)}"
    got, head = ask(owner, "GET", url), ask(owner, "HEAD", url)
    assert (got.status_code, head.status_code, head.content) == (200, 200, b"")
    same = ("content-type", "etag", "cache-control")
    assert [head.headers.get(name) for name in same] == [got.headers.get(name) for name in same]
    if path not in {"/ready", "/metrics"}:
        assert head.headers["content-length"] == got.headers["content-length"]
    known = ask(owner, "HEAD", url, ("If-None-Match", got.headers.get("etag", '""')))
    assert known.status_code == (304 if "etag" in got.headers else 200)


@pytest.mark.parametrize("path", ["events?project={project}", "readings/export?sensor={sensor}"])
def test_head_of_a_stream_ends(owner: Person, project: str, sensor: str, path: str) -> None:
    url = f"{PREFIX}/{path.format(project=project, sensor=sensor)}"
    head = ask(owner, "HEAD", url)
    assert (head.status_code, head.content) == (200, b"")
    assert ask(owner, "GET", f"{PREFIX}/projects/{project}").status_code == 200


def test_head_is_refused_and_missing_as_get_is(server: Server, owner: Person) -> None:
    posted = ask(owner, "HEAD", "/auth/login")
    assert (posted.status_code, posted.headers["allow"], posted.content) == (405, "POST", b"")
    assert ask(owner, "HEAD", f"{PREFIX}/nothing").status_code == 404
    with server.client() as client:
        assert client.head(f"{PREFIX}/projects").status_code == 401


def test_lists_in_several_lines_are_one(owner: Person, project: str, sensor: str) -> None:
    item = f"{PREFIX}/projects/{project}"
    etag = ask(owner, "GET", item).headers["etag"]
    known = ask(owner, "GET", item, ("If-None-Match", '"other"'), ("If-None-Match", etag))
    assert known.status_code == 304
    body = {"Content-Type": "application/json"}.items()
    changed = ask(
        owner, "PATCH", item, *body, ("If-Match", '"7"'), ("If-Match", etag), content=b'{"name": "b"}'
    )
    assert changed.status_code == 200
    table = ask(
        owner, "GET", f"{PREFIX}/series?sensor={sensor}", ("Accept", "text/html"), ("Accept", "text/csv")
    )
    assert table.headers["content-type"].startswith("text/csv")


@pytest.mark.parametrize("name", ["Idempotency-Key", "Authorization", "Content-Type"])
def test_what_has_one_value_is_not_given_twice(owner: Person, project: str, name: str) -> None:
    own = {
        "Idempotency-Key": str(uuid4()),
        "Authorization": owner.client.headers["authorization"],
        "Content-Type": "application/json",
    }
    path, content = f"{PREFIX}/projects/{project}/sensors", b'{"key": "twice"}'
    twice = ask(owner, "POST", path, *own.items(), (name, "other"), content=content)
    assert twice.status_code == 422
    assert twice.json()["errors"][0]["pointer"] == f"/header/{name.lower()}"
    same = ask(owner, "POST", path, *own.items(), (name, own[name]), content=content)
    assert same.status_code == 201


def test_a_slash_too_many_leads_to_the_path_without_it(owner: Person, project: str) -> None:
    answer = ask(owner, "GET", f"{PREFIX}/projects/{project}/?q=%C3%A9", ("Host", "elsewhere"))
    assert answer.status_code == 307
    assert answer.headers["location"] == f"{PREFIX}/projects/{project}?q=%C3%A9"
    for path in ("//elsewhere/", f"//elsewhere{PREFIX}/projects/", f"{PREFIX}/nothing/"):
        assert ask(owner, "GET", f"{owner.client.base_url}{path}").status_code == 404


def test_a_line_that_ends_in_the_path_is_no_part_of_it(owner: Person, project: str) -> None:
    for path in (f"{PREFIX}/projects/{project}%0A", "/health%0A"):
        assert ask(owner, "GET", path).status_code == 404


def test_a_packed_body_is_refused_and_hears_why(owner: Person, project: str) -> None:
    fields = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")]
    path, content = f"{PREFIX}/projects/{project}/sensors", gzip.compress(b'{"key": "packed"}')
    answer = ask(owner, "POST", path, *fields, content=content)
    assert answer.status_code == 415
    assert answer.headers["accept-encoding"] == "identity"
    plain = ask(owner, "POST", path, fields[0], ("Content-Encoding", "Identity"), content=b'{"key": "plain"}')
    assert plain.status_code == 201


def test_a_part_that_is_beyond_a_file_is_refused_in_words(lab: Lab) -> None:
    run = lab.new_run()
    body = {"name": "f", "kind": "log", "size_bytes": 4, "sha256": DIGEST}
    artifact = lab.person.made(f"/runs/{run}/artifacts", body)["id"]
    content = f"{PREFIX}/artifacts/{artifact}/content"
    octets = ("Content-Type", "application/octet-stream")
    assert ask(lab.person, "PUT", f"{content}?offset=0", octets, content=b"abcd").status_code == 200
    lab.person.made(f"/artifacts/{artifact}:complete")
    answer = ask(lab.person, "GET", content, ("Range", "bytes=4-"))
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */4"
    assert answer.json()["type"] == "urn:barograph:problem:range-not-satisfiable"
