"""Requests that the REST edge refuses: whose, which kind, what they hold. None is a 5xx."""

import json
from typing import Any

import httpx
import psycopg
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from barograph.times import now_us
from conversion import Flag
from tests.examples import few_examples
from tests.ingest.database import ask, raw, stored
from tests.ingest.posting import (
    PRODUCERS,
    READINGS,
    assert_problem,
    pointers,
    post,
    post_csv,
    reading,
    receipt,
)
from tests.programs import Program
from tests.seed import Project, add_token

MAX_BODY_BYTES = 4 * 2**20
GOOD = {"sensor": "s0", "t_us": 0, "value": 1}


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer nonsense", "Basic YTpi", "Bearer \xff\xfe"]
)
def test_without_a_valid_token_the_answer_is_401(ingest: Program, authorization: str | None) -> None:
    headers = [] if authorization is None else [(b"Authorization", authorization.encode("latin-1"))]
    with httpx.Client(base_url=ingest.url, headers=headers) as client:
        for answer in (post(client, reading()), client.get(PRODUCERS, params={"name": "p"})):
            assert_problem(answer, 401, "unauthenticated")
            assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("token", "kind"),
    [("bgs_x", "a service account's token"), ("bgr_x", "a refresh token"), ("eyJ.eyJ.x", "an access token")],
)
def test_a_token_for_the_api_is_named(ingest: Program, token: str, kind: str) -> None:
    with httpx.Client(base_url=ingest.url, headers={"Authorization": f"Bearer {token}"}) as client:
        problem = assert_problem(post(client, reading()), 401, "unauthenticated")
    assert problem["detail"] == f"this is {kind}: send an ingest token of the project"


def test_a_token_in_the_url_does_not_count(ingest: Program, project: Project) -> None:
    answer = httpx.get(f"{ingest.url}{PRODUCERS}", params={"name": "p", "token": project.token})
    assert_problem(answer, 401, "unauthenticated")


def test_a_revoked_and_an_expired_token_are_refused(
    ingest: Program, project: Project, database_url: str
) -> None:
    with psycopg.connect(database_url) as connection:
        expired, _ = add_token(connection, project.id, expires_at="2020-01-01T00:00:00Z")
        revoked, revoked_id = add_token(connection, project.id)
        connection.execute("update ingest_token set revoked_at = now() where id = %s", (revoked_id,))
    for token in (expired, revoked):
        with httpx.Client(base_url=ingest.url, headers={"Authorization": f"Bearer {token}"}) as client:
            assert_problem(post(client, reading()), 401, "unauthenticated")


def test_a_token_covers_only_its_sensors_and_its_project(
    ingest: Program, project: Project, database_url: str
) -> None:
    with psycopg.connect(database_url) as connection:
        token, _ = add_token(connection, project.id, sensors=[project.sensor_ids[0]])
        connection.execute(
            "insert into sensor (project_id, key) select id, 'elsewhere' from project where id <> %s",
            (project.id,),
        )
    with httpx.Client(base_url=ingest.url, headers={"Authorization": f"Bearer {token}"}) as client:
        answer = post(client, reading(1.0, "s0"), reading(2.0, "s1"), reading(3.0, "elsewhere"))
    assert answer.json()["rejected"] == [
        {"index": 1, "code": "unknown-sensor"},
        {"index": 2, "code": "unknown-sensor"},
    ]
    assert raw(database_url, project) == [1]


def test_a_sensor_added_after_start_is_known_at_once(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    assert post(client, reading(1.0, "late")).status_code == 422
    # As the API does it, but for the notice.
    ask(database_url, "update project set catalog_version = catalog_version + 1 where id = %s", project.id)
    ask(
        database_url,
        "insert into sensor (project_id, key, status) values (%s, 'late', 'active')",
        project.id,
    )
    assert post(client, reading(1.0, "late")).json() == receipt(1)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": ""},
        {"Content-Type": "application/jsonx"},
    ],
)
def test_an_unknown_media_type_is_415(client: httpx.Client, headers: dict[str, str]) -> None:
    answer = client.post(READINGS, content=b'{"readings":[]}', headers=headers)
    assert_problem(answer, 415, "unsupported-media-type")


@pytest.mark.parametrize("media_type", ["Application/JSON; charset=utf-8", "application/json;charset=utf-8"])
def test_a_media_type_may_have_parameters_and_capitals(client: httpx.Client, media_type: str) -> None:
    answer = client.post(READINGS, content=b'{"readings":[]}', headers={"Content-Type": media_type})
    assert answer.status_code == 200


def test_a_body_too_large_is_413_whether_its_length_is_said_or_not(client: httpx.Client) -> None:
    headers = {"Content-Type": "application/json"}
    said = client.post(READINGS, content=bytes(MAX_BODY_BYTES + 1), headers=headers)
    assert_problem(said, 413, "too-large")
    unsaid = client.post(READINGS, content=iter([bytes(MAX_BODY_BYTES), b"1"]), headers=headers)
    assert_problem(unsaid, 413, "too-large")


def test_a_body_of_the_largest_size_is_stored(client: httpx.Client) -> None:
    row = f"s0,{now_us()},1\n"
    rows = (MAX_BODY_BYTES - 100) // len(row)
    answer = post_csv(client, "sensor,t_us,value\n" + row * rows)
    assert answer.json() == receipt(rows)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, ["/readings"]),
        ({"readings": [], "more": 1}, ["/more"]),
        ({"readings": {}}, ["/readings"]),
        ({"readings": "x", "more": 1}, ["/readings", "/more"]),
        ({"readings": [], "producer": "p"}, ["/seq"]),
        ({"readings": [], "seq": 1}, ["/producer"]),
        ({"readings": [], "producer": "p", "seq": 0}, ["/seq"]),
        ({"readings": [], "producer": "p", "seq": 2**53}, ["/seq"]),
        ({"readings": [], "producer": "p", "seq": "1"}, ["/seq"]),
        ({"readings": [], "producer": "", "seq": 1}, ["/producer"]),
        ({"readings": [], "producer": "p\0", "seq": 1}, ["/producer"]),
        ([], [""]),
        ("readings", [""]),
    ],
)
def test_a_json_body_that_does_not_fit_is_422_with_pointers(
    client: httpx.Client, body: object, where: list[str]
) -> None:
    assert pointers(client.post(READINGS, json=body)) == where


@pytest.mark.parametrize(
    ("item", "code", "sensor", "text"),
    [
        (1, "bad-value", "", "1"),
        (None, "bad-value", "", "null"),
        ({**GOOD, "more": "é"}, "bad-value", "s0", '{"sensor":"s0","t_us":0,"value":1,"more":"é"}'),
        ({"t_us": 0, "value": 1}, "unknown-sensor", "", None),
        ({**GOOD, "sensor": ""}, "unknown-sensor", "", None),
        ({**GOOD, "sensor": "a\0"}, "unknown-sensor", "a\\0", None),
        ({**GOOD, "sensor": "s" * 501}, "unknown-sensor", "s" * 199 + "…", None),
        ({**GOOD, "sensor": 1}, "unknown-sensor", "1", None),
        ({**GOOD, "sensor": "\ud800"}, "unknown-sensor", "\\ud800", None),
        ({**GOOD, "value": "21.5"}, "bad-value", "s0", '"21.5"'),
        ({**GOOD, "value": {"a": [1]}}, "bad-value", "s0", '{"a":[1]}'),
        ({"sensor": "s0", "t_us": 0}, "bad-value", "s0", ""),
        ({**GOOD, "t_us": 1.5}, "bad-time", "s0", "1.5"),
        ({**GOOD, "t_us": 2**63}, "bad-time", "s0", "9223372036854775808"),
        ({**GOOD, "t_us": None}, "bad-time", "s0", ""),
        ({**GOOD, "time": "now"}, "bad-time", "s0", '"now", 0'),
        ({"sensor": "s0", "value": 1}, "bad-time", "s0", ""),
        ({"sensor": "s0", "value": 1, "time": 5}, "bad-time", "s0", "5"),
        ({"sensor": "s0", "value": [], "time": "now"}, "bad-time", "s0", '"now", []'),
        ({**GOOD, "value": 10**400}, "not-finite", "s0", "1" + "0" * 198 + "…"),
    ],
)
def test_an_item_at_fault_costs_no_other_and_is_kept(
    client: httpx.Client,
    project: Project,
    database_url: str,
    item: object,
    code: str,
    sensor: str,
    text: str | None,
) -> None:
    body = json.dumps({"readings": [reading(1.0), item, reading(2.0)]})
    answer = client.post(READINGS, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    (listed,) = answer.json()["rejected"]
    detail = {"detail": listed["detail"]} if "more" in (text or "") else {}
    assert listed == {"index": 1, "code": code} | detail
    assert answer.json() == receipt(2) | {"rejected": [listed], "rejected_total": 1}
    assert raw(database_url, project) == [1, 2]
    kept = ask(
        database_url, "select index, code, sensor, text from dead_letter where project_id = %s", project.id
    )
    assert kept == [(1, code, sensor, text)]


def test_the_receipt_names_a_field_that_no_reading_has(client: httpx.Client) -> None:
    wrong = [{"sensor": "s0", "t_us": 0, "vale": 1}, {**GOOD, "unit": "bar", "more": [1]}]
    rejected = post(client, *wrong).json()["rejected"]
    assert [each["detail"] for each in rejected] == [
        """a reading has no "vale". Did you mean 'value'?""",
        'a reading has no "unit", "more".',
    ]


def test_truth_values_and_large_integers_are_numbers(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    values = (True, False, 2**53 + 1, 10**20 + 1, 10**20, 2**60)
    assert post(client, *(reading(sensor="s0", value=value) for value in values)).json() == receipt(6)
    rows = stored(database_url, project, "raw, coalesce(flags, 0)")
    rounded = int(Flag.ROUNDED)
    assert sorted(rows) == [
        (0.0, 0),
        (1.0, 0),
        (2.0**53, rounded),
        (2.0**60, 0),
        (1e20, 0),
        (1e20, rounded),
    ]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"readings":[]}x', b"[" * 100_000])
def test_what_is_no_json_is_422(client: httpx.Client, body: bytes) -> None:
    answer = client.post(READINGS, content=body, headers={"Content-Type": "application/json"})
    assert_problem(answer, 422, "invalid")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"sensor,value\ns0,1\n",
        b"sensor,sensor,value\ns0,s0,1\n",
        b"s0,2026-01-01T00:00:00Z,1\n",
        b"sensor,t_us,value,Value\ns0,0,1,2\n",
        b"# sensor,t_us,value\n",
        b"sensor|t_us|value\ns0|0|1\n",
        b"\0\0\0\0",
        bytes(range(256)),
    ],
)
def test_what_is_no_csv_of_ours_is_422(client: httpx.Client, text: bytes) -> None:
    assert_problem(post_csv(client, text), 422, "invalid")


def test_a_csv_with_a_byte_order_mark_is_read(client: httpx.Client) -> None:
    assert post_csv(client, f"\ufeffsensor,t_us,value\ns0,{now_us()},1\n").json() == receipt(1)


@pytest.mark.parametrize(
    ("line", "code", "sensor", "text"),
    [
        ("s0,NOW", "bad-value", "s0", ""),
        ("s0,NOW,1,2", "bad-value", "s0", "s0,NOW,1,2"),
        ("s0,NOW,one", "bad-value", "s0", "one"),
        ("s0,NOW,", "bad-value", "s0", ""),
        ('s0,NOW,"1', "bad-value", "s0", 's0,NOW,"1'),
        ("s0,,1", "bad-time", "s0", ""),
        ("s0,1.5,1", "bad-time", "s0", "1.5"),
        ("s0,9223372036854775808,1", "bad-time", "s0", "9223372036854775808"),
        (",NOW,1", "unknown-sensor", "", None),
        ("a\0b,NOW,1", "unknown-sensor", "a\\0b", None),
        (b"\xff,NOW,1", "unknown-sensor", "\ufffd", None),
        ("s" * 501 + ",NOW,1", "unknown-sensor", "s" * 199 + "…", None),
    ],
)
def test_a_line_at_fault_costs_no_other_and_is_kept(
    client: httpx.Client,
    project: Project,
    database_url: str,
    line: str | bytes,
    code: str,
    sensor: str,
    text: str | None,
) -> None:
    now = str(now_us())
    wrong = (line if isinstance(line, bytes) else line.encode()).replace(b"NOW", now.encode())
    lines = [b"sensor,t_us,value", f"s0,{now},1".encode(), wrong, f"s0,{now},2".encode()]
    answer = post_csv(client, b"\n".join(lines))
    assert answer.json() == receipt(2) | {"rejected": [{"index": 1, "code": code}], "rejected_total": 1}
    assert raw(database_url, project) == [1, 2]
    kept = ask(
        database_url, "select index, code, sensor, text from dead_letter where project_id = %s", project.id
    )
    assert kept == [(1, code, sensor, None if text is None else text.replace("NOW", now))]


@pytest.mark.parametrize(("method", "path"), [("GET", READINGS), ("PUT", READINGS), ("POST", PRODUCERS)])
def test_another_method_is_405(client: httpx.Client, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:barograph:problem:method-not-allowed"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_another_path_is_404(client: httpx.Client) -> None:
    answer = client.get("/ingest/v1/nothing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:barograph:problem:not-found"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
fields = st.fixed_dictionaries(
    {},
    optional={
        "sensor": st.sampled_from(["s0", "nobody"]) | json_values,
        "time": st.datetimes().map(lambda time: time.isoformat() + "Z") | json_values,
        "t_us": st.integers() | json_values,
        "value": st.floats() | json_values,
    },
)
bodies = st.fixed_dictionaries(
    {"readings": st.lists(fields, max_size=4) | json_values},
    optional={"producer": st.text() | json_values, "seq": st.integers(0, 3) | json_values},
)
csv_cells = st.text() | st.floats().map(str) | st.integers().map(str) | st.sampled_from(["s0", '"', "\0"])
csv_rows = st.lists(st.lists(csv_cells, min_size=2, max_size=4).map(",".join), max_size=4)
csv_headers = st.sampled_from(["sensor,time,value", "sensor,t_us,value", "value,t_us,sensor"]) | st.text()
csv_bodies = st.tuples(csv_headers, csv_rows).map(lambda parts: "\n".join([parts[0], *parts[1]]))
at_random = few_examples(50)


@at_random
@given(body=bodies | json_values)
def test_no_json_body_is_our_fault(client: httpx.Client, body: object) -> None:
    content = json.dumps(body).encode("utf-8", "surrogatepass")
    answer = client.post(READINGS, content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in {200, 409, 422}


@at_random
@example(body=b"\x28\xb5\x2f\xfd")
@example(body=b"\x1f\x8b\x08\x00")
@example(body=b"\x78\x9c")
@given(body=csv_bodies | st.binary())
def test_no_csv_body_is_our_fault(client: httpx.Client, body: str | bytes) -> None:
    content = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    assert post_csv(client, content).status_code in {200, 422}


@at_random
@given(
    path=st.sampled_from([READINGS, PRODUCERS]),
    query=st.binary(max_size=20),
    headers=st.dictionaries(
        st.sampled_from(["Idempotency-Key", "Content-Type", "X-Request-Id", "Accept"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=40),
    ),
)
def test_no_header_or_query_is_our_fault(
    client: httpx.Client, path: str, query: bytes, headers: dict[str, str]
) -> None:
    encoded = [(name.encode(), value.strip().encode("latin-1")) for name, value in headers.items()]
    url = httpx.URL(path, params={"name": query.decode("latin-1")})
    for method in ("GET", "POST"):
        assert client.request(method, url, headers=encoded, content=b"{}").status_code < 500


def test_head_is_answered_where_get_is(client: httpx.Client) -> None:
    assert client.head("/health").status_code == 200
    assert (
        client.head(f"{PRODUCERS}?name=none").status_code == client.get(f"{PRODUCERS}?name=none").status_code
    )


def test_a_key_that_is_given_twice_is_refused(client: httpx.Client) -> None:
    fields = [
        ("Idempotency-Key", "a" * 16),
        ("Idempotency-Key", "b" * 16),
        ("Content-Type", "application/json"),
    ]
    answer = client.post(READINGS, content=json.dumps({"readings": [reading(1.0)]}), headers=fields)
    assert (answer.status_code, pointers(answer)) == (422, ["/header/idempotency-key"])
