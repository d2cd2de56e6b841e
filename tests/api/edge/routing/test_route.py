"""What every route does alike: the shape of refusals, media types, parameters, bodies."""

import json
import re
import socket
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from tests.api.conftest import People
from tests.api.operations import Operation, application, operations
from tests.api.server import Person, Server, url_path

UNKNOWN = "00000000-0000-4000-8000-000000000000"
JSON = {"Content-Type": "application/json"}
WITH_JSON = [operation for operation in operations() if operation.takes_json]


def url(operation: Operation) -> str:
    return url_path(re.sub(r"{\w+}", UNKNOWN, operation.path))


def check_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The one shape that errors have."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert {"type", "title", "detail", "instance"} <= problem.keys()
    assert problem["instance"] == answer.request.url.path
    assert problem["type"].startswith("urn:barograph:problem:")
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_unknown_parameters_are_refused_everywhere(people: People, operation: Operation) -> None:
    answer = people.owner.client.request(operation.method, url(operation), params={"colour": "red"})
    problem = check_problem(answer, 422)
    assert [fault["pointer"] for fault in problem["errors"]] == ["/query/colour"]
    assert problem["errors"][0]["detail"].startswith("no such parameter here: there are ")


def test_a_misspelt_parameter_is_told_with_the_nearest_one(owner: Person, project: str) -> None:
    answer = owner.get(f"/projects/{project}/alarms?sensors=p1&Level=warning")
    (level, sensors) = check_problem(answer, 422)["errors"]
    known = "no such parameter here: there are active, cursor, from, level, limit, sensor, to. Did you mean "
    assert level == {"pointer": "/query/Level", "detail": f"{known}'level'?"}
    assert sensors == {"pointer": "/query/sensors", "detail": f"{known}'sensor'?"}


def test_a_value_that_may_be_of_several_kinds_has_one_fault(owner: Person, project: str) -> None:
    (fault,) = check_problem(owner.get(f"/projects/{project}/runs?sort=date"), 422)["errors"]
    assert fault["pointer"] == "/query/sort"
    assert "'created_at', " in fault["detail"]
    assert "; or " in fault["detail"]
    body = {"reason": "r", "profile": "x", "str": 1}
    faults = check_problem(owner.post(f"/projects/{project}/backfills", body), 422)["errors"]
    assert {each["pointer"] for each in faults} == {"/profile", "/str"}


def test_statistics_are_named_where_there_is_no_such(owner: Person, sensor: str) -> None:
    (fault,) = check_problem(owner.get("/series", {"sensor": sensor, "stat": "median"}), 422)["errors"]
    assert fault["pointer"] == "/query/stat/0"
    assert fault["detail"].startswith("is no statistic; these are count, mean, ")


def test_one_value_is_not_taken_of_several(owner: Person, project: str) -> None:
    answer = owner.get(f"/projects/{project}/runs?status=running&status=failed&tag=a&tag=b")
    fault = {"pointer": "/query/status", "detail": "has one value, and is given more than once"}
    assert check_problem(answer, 422)["errors"] == [fault]


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_answers_come_as_json_only(people: People, operation: Operation) -> None:
    client = people.owner.client
    check_problem(client.request(operation.method, url(operation), headers={"Accept": "image/png"}), 406)


@pytest.mark.parametrize("operation", WITH_JSON, ids=str)
def test_bodies_are_json(people: People, operation: Operation) -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "nonsense"):
        headers = {"Content-Type": media_type}
        answer = people.owner.client.request(
            operation.method, url(operation), content=b"a=1", headers=headers
        )
        check_problem(answer, 415)


@pytest.mark.parametrize("operation", WITH_JSON, ids=str)
def test_what_is_not_json_is_invalid(people: People, operation: Operation) -> None:
    for content in (b"{", b"\xff\xfe", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"):
        answer = people.owner.client.request(operation.method, url(operation), content=content, headers=JSON)
        assert answer.status_code in {404, 422}, content[:10]
        check_problem(answer, answer.status_code)


@pytest.mark.parametrize("operation", WITH_JSON, ids=str)
def test_a_body_beyond_the_limit_is_too_large(people: People, operation: Operation) -> None:
    content = json.dumps({"name": "x" * 2**22}).encode()  # more than any route takes
    answer = people.owner.client.request(operation.method, url(operation), content=content, headers=JSON)
    check_problem(answer, 413)


@pytest.mark.parametrize("operation", WITH_JSON, ids=str)
def test_a_body_must_be_an_object(people: People, operation: Operation) -> None:
    for content in (b"[]", b'"text"', b"1", b"true"):
        answer = people.owner.client.request(operation.method, url(operation), content=content, headers=JSON)
        assert answer.status_code in {404, 422}


@pytest.mark.parametrize(
    "text", ["nul \u0000 byte", '{"name": "\\ud800"}', '{"name": NaN}', '{"name": 1e400}']
)
def test_text_that_can_not_be_stored_is_invalid(owner: Person, text: str) -> None:
    content = (text if text.startswith("{") else json.dumps({"name": text})).encode()
    check_problem(owner.client.post("/api/v1/projects", content=content, headers=JSON), 422)


@pytest.mark.parametrize("payload", [{"a": "\u0000"}, {"a": "\ud800"}, {"\u0000": 1}])
def test_payloads_that_can_not_be_stored_are_invalid(
    owner: Person, sensor: str, payload: dict[str, object]
) -> None:
    content = json.dumps({"kind": "identity", "payload": payload}).encode()
    path = f"/api/v1/sensors/{sensor}/conversion-profiles"
    check_problem(owner.client.post(path, content=content, headers=JSON), 422)


@pytest.mark.parametrize("path", ["/api/v1/projects", "/api/v1/conversion-profiles:evaluate"])
@pytest.mark.parametrize("token", ["", "Authorization: Bearer nonsense\r\n"])
def test_who_has_no_log_in_hears_so_before_a_large_body_is_read(
    server: Server, path: str, token: str
) -> None:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as line:
        head = f"POST {path} HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n{token}"
        line.sendall(f"{head}Content-Length: 1000000\r\n\r\n".encode())
        assert line.recv(65536).startswith(b"HTTP/1.1 401 ")


def test_strangers_send_small_bodies_alone(server: Server) -> None:
    body = {"email": "a@example.org", "password": "x" * 140_000}
    check_problem(server.post("/auth/login", body), 413)


def test_answers_to_log_ins_are_kept_nowhere(server: Server, owner: Person, project: str) -> None:
    answer = server.try_log_in(owner.email)
    assert answer.headers["cache-control"] == "no-store"
    token = owner.post(f"/projects/{project}/ingest-tokens", {"name": "rig"})
    assert token.status_code == 201
    assert token.headers["cache-control"] == "no-store"


def test_allow_names_all_methods_of_a_path(owner: Person, project: str) -> None:
    answer = owner.client.put(f"/api/v1/projects/{project}")
    check_problem(answer, 405)
    assert answer.headers["allow"] == "GET, HEAD, PATCH, DELETE"


def test_paths_and_methods_that_do_not_exist_have_the_same_shape(owner: Person) -> None:
    check_problem(owner.client.get("/api/v1/nothing"), 404)
    check_problem(owner.client.get("/api/v1/sensors/not-an-id"), 404)
    check_problem(owner.client.put("/api/v1/projects"), 405)


@pytest.mark.parametrize("header", [b"", b"Bearer", b"Basic YTpi", b"Bearer a.b.c", b"Bearer \xe9"])
def test_a_missing_or_broken_token_is_unauthenticated(server: Server, header: bytes) -> None:
    with server.client() as client:
        answer = client.get("/api/v1/projects", headers={b"Authorization": header})
    check_problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_creating_operations_take_an_idempotency_key_and_check_rights_before_it() -> None:
    document = application().openapi()
    creating = [
        operation
        for methods in document["paths"].values()
        for operation in methods.values()
        # A key belongs to a caller, and who registers is none yet.
        if "201" in operation["responses"] and operation.get("security")
    ]
    assert len(creating) >= 6
    for operation in creating:
        names = [parameter["name"] for parameter in operation.get("parameters", [])]
        assert names[-1:] == ["idempotency-key"], operation["operationId"]


def test_a_read_is_one_snapshot_that_writes_nothing(server: Server, owner: Person, sensor: str) -> None:
    with psycopg.connect(server.database_url, autocommit=True) as connection:
        connection.execute("create or replace function pg_temp.noop() returns void language sql as 'select'")
        # A lock that reads need holds the request in mid-transaction, to be looked at.
        with connection.transaction():
            connection.execute("lock table sensor_liveness in access exclusive mode")
            with pytest.raises(httpx.ReadTimeout):
                owner.client.get(f"/api/v1/sensors/{sensor}", timeout=0.5)
            row = connection.execute(
                "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
                " and datname = current_database()"
            ).fetchone()
            assert row == (1,)
