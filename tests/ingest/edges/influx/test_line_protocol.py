"""Line protocol against a real process: what is stored, and what clients of InfluxDB hear."""

import base64
import gzip
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
import psycopg
import pytest

from barograph.times import MINUTE_US, from_us, now_us
from tests.ingest.database import ask
from tests.ingest.line_posting import keys, now_ns, readings, set_project, write
from tests.programs import Program
from tests.seed import Project, add_token, change_catalog, seed_project


@pytest.fixture
def open_project(database_url: str, project: Project) -> Project:
    """It takes unknown keys, up to twenty sensors."""
    set_project(database_url, project, register_sensors_up_to=20)
    return project


@pytest.fixture
def plain_client(ingest: Program) -> Any:  # noqa: ANN401  # a generator
    with httpx.Client(base_url=ingest.url, timeout=20) as client:
        yield client


def test_fields_become_readings_of_sensors_named_by_series(
    client: httpx.Client, open_project: Project, database_url: str
) -> None:
    at = now_ns()
    answer = write(
        client,
        f"cpu,host=b,dc=x load=0.5,cores=8i,up=true {at}",
        "# a comment",
        "",
        f"my\\ disk,path=/a\\,b\\=c used=1e3,free=7u {at}",
    )
    assert (answer.status_code, answer.content) == (204, b"")
    assert readings(database_url, open_project) == [
        ("cpu,dc=x,host=b.cores", 8.0),
        ("cpu,dc=x,host=b.load", 0.5),
        ("cpu,dc=x,host=b.up", 1.0),
        ("my disk,path=/a,b=c.free", 7.0),
        ("my disk,path=/a,b=c.used", 1000.0),
    ]


def test_a_body_that_names_what_one_before_it_named_obeys_a_rename(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    set_project(database_url, project, sensor_key_template="{field}")
    for _ in range(2):
        assert write(client, f"m s0=1,s1=2 {now_ns()}").status_code == 204
    first, second, _ = project.sensor_ids
    with psycopg.connect(database_url) as connection:
        change_catalog(connection, project.id)
        renamed = "update sensor set key = %s where id = %s"
        for key, sensor_id in (("passing", first), ("s0", second), ("s1", first)):
            connection.execute(renamed, (key, sensor_id))
    assert write(client, f"m s0=3,s1=4 {now_ns()}").status_code == 204
    stored = ask(
        database_url,
        "select sensor_id, raw from any_reading where sensor_id = any(%s) order by sensor_id, time",
        list(project.sensor_ids),
    )
    assert stored == [(first, 1.0), (first, 1.0), (first, 4.0), (second, 2.0), (second, 2.0), (second, 3.0)]


@pytest.mark.parametrize("path", ["/write?db=x&rp=autogen", "/api/v2/write?org=o&bucket=b"])
@pytest.mark.parametrize(
    ("precision", "unit_us"),
    [("us", 1), ("ms", 1000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("u", 1)],
)
def test_times_have_the_precision_that_is_asked_for(
    client: httpx.Client, open_project: Project, database_url: str, path: str, precision: str, unit_us: int
) -> None:
    units = now_us() // unit_us
    assert write(client, f"m v=1 {units}", path=f"{path}&precision={precision}").status_code == 204
    ((time,),) = ask(
        database_url,
        "select time from any_reading join sensor on sensor.id = sensor_id where project_id = %s",
        open_project.id,
    )
    assert time == from_us(units * unit_us)


def test_a_line_without_a_time_has_the_servers(
    client: httpx.Client, open_project: Project, database_url: str
) -> None:
    before = now_us()
    assert write(client, "m v=1").status_code == 204
    ((time,),) = ask(
        database_url,
        "select time from any_reading join sensor on sensor.id = sensor_id where project_id = %s",
        open_project.id,
    )
    assert from_us(before) <= time <= from_us(now_us())


def test_a_body_with_times_is_stored_once(
    client: httpx.Client, open_project: Project, database_url: str
) -> None:
    line = f"m v=1 {now_ns()}"
    packed = gzip.compress(line.encode())
    assert write(client, line).status_code == 204
    assert write(client, line).status_code == 204
    headers = {"Content-Encoding": "gzip"}
    assert client.post("/api/v2/write?bucket=b", content=packed, headers=headers).status_code == 204
    assert readings(database_url, open_project) == [("m.v", 1.0)]


def test_the_same_values_without_a_time_are_new_each_time(
    client: httpx.Client, open_project: Project, database_url: str
) -> None:
    for _ in range(3):
        assert write(client, "m v=1").status_code == 204
    assert readings(database_url, open_project) == [("m.v", 1.0)] * 3


def test_times_of_another_precision_make_another_body(
    client: httpx.Client, open_project: Project, database_url: str
) -> None:
    line = f"m v=1 {now_us() // 1_000_000}"
    assert write(client, line, path="/write?precision=s").status_code == 204
    assert write(client, line, path="/write?precision=ms").status_code == 400
    assert readings(database_url, open_project) == [("m.v", 1.0)]


def test_a_bad_line_costs_no_other(client: httpx.Client, open_project: Project, database_url: str) -> None:
    at = now_ns()
    answer = write(client, f"m v=1 {at}", "m v=", "m", f"m v=2 {at + 1000}")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error.startswith("partial write: unable to parse 'm v=': missing field value")
    assert "unable to parse 'm': missing fields" in error
    assert error.endswith("dropped=2")
    assert answer.headers["x-influxdb-error"] == error
    assert answer.headers["content-type"] == "application/json"
    assert readings(database_url, open_project) == [("m.v", 1.0), ("m.v", 2.0)]


def test_the_second_version_says_it_in_its_own_shape(client: httpx.Client) -> None:
    answer = write(client, "m", path="/api/v2/write?bucket=b")
    assert answer.status_code == 400
    assert answer.json() == {"code": "invalid", "message": "unable to parse 'm': missing fields"}


def test_a_string_is_rejected_and_kept(
    client: httpx.Client, open_project: Project, database_url: str
) -> None:
    answer = write(client, f'm v=1,s="on, off" {now_ns()}')
    assert answer.status_code == 400
    assert answer.json()["error"] == "partial write: 1 reading bad-value, such as of 'm.s' dropped=1"
    assert readings(database_url, open_project) == [("m.v", 1.0)]
    rows = ask(
        database_url, "select sensor, code, text from dead_letter where project_id = %s", open_project.id
    )
    assert rows == [("m.s", "bad-value", '"on, off"')]


@pytest.mark.parametrize(
    ("written", "read", "code"),
    [("s", "ns", "too-old"), ("ms", "", "too-old"), ("us", "ms", "too-far-ahead"), ("s", "ms", "too-old")],
)
@pytest.mark.usefixtures("open_project")
def test_times_of_another_precision_are_told_as_such(
    client: httpx.Client, written: str, read: str, code: str
) -> None:
    at = now_ns() // {"s": 10**9, "ms": 10**6, "us": 10**3}[written]
    answer = write(client, f"m v=1 {at}", path=f"/write?precision={read}")
    assert answer.status_code == 400
    assert answer.json()["error"] == (
        f"partial write: 1 reading {code}, such as of 'm.v', whose time looks like {written} "
        f"and was read as {read or 'ns'}: say precision={written} dropped=1"
    )


@pytest.mark.usefixtures("open_project")
def test_a_time_that_is_only_old_says_nothing_of_precision(client: httpx.Client) -> None:
    old_s = now_us() // 1_000_000 - 800 * 86_400
    answer = write(client, f"m v=1 {old_s}", path="/write?precision=s")
    assert answer.json()["error"] == "partial write: 1 reading too-old, such as of 'm.v' dropped=1"


@pytest.mark.usefixtures("open_project")
def test_a_time_of_a_clock_that_is_fast_is_told_as_such(client: httpx.Client) -> None:
    answer = write(client, f"m v=1 {now_us() // 1_000_000 + 3600}", path="/write?precision=s")
    said = answer.json()["error"]
    assert said.startswith("partial write: 1 reading too-far-ahead, such as of 'm.v', whose time is 3,")
    assert said.endswith(" s ahead of the server's: check the clock dropped=1")


def test_a_byte_order_mark_is_no_letter_of_a_key(
    client: httpx.Client, open_project: Project, database_url: str
) -> None:
    assert write(client, f"\ufeffm v=1 {now_ns()}").status_code == 204
    assert readings(database_url, open_project) == [("m.v", 1.0)]


def test_unknown_keys_are_rejected_where_the_project_takes_none(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    set_project(database_url, project, sensor_key_template="{field}")
    at = now_ns()
    answer = write(client, f"m s0=1,nobody=2 {at}")
    assert answer.status_code == 400
    assert answer.json()["error"] == "partial write: 1 reading unknown-sensor, such as of 'nobody' dropped=1"
    assert readings(database_url, project) == [("s0", 1.0)]
    assert keys(database_url, project) == ["s0", "s1", "s2"]


def test_no_more_sensors_are_registered_than_the_project_allows(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    set_project(database_url, project, register_sensors_up_to=5)
    answer = write(client, *(f"m v{number}=1 {now_ns()}" for number in range(4)))
    assert answer.status_code == 400
    assert "2 readings unknown-sensor" in answer.json()["error"]
    assert keys(database_url, project) == ["s0", "s1", "s2", "m.v0", "m.v1"]


def test_a_token_for_some_sensors_registers_none(
    plain_client: httpx.Client, open_project: Project, database_url: str
) -> None:
    with psycopg.connect(database_url) as connection:
        token, _ = add_token(connection, open_project.id, sensors=[open_project.sensor_ids[0]])
    answer = write(plain_client, f"m v=1 {now_ns()}", headers={"Authorization": f"Token {token}"})
    assert answer.status_code == 400
    assert keys(database_url, open_project) == ["s0", "s1", "s2"]


def test_two_that_register_the_same_make_one_sensor(
    client: httpx.Client, open_project: Project, database_url: str
) -> None:
    at = now_ns()
    bodies = [f"race a=1,b={number} {at + number * 1000}" for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(partial(write, client), bodies))
    assert {answer.status_code for answer in answers} == {204}
    assert keys(database_url, open_project) == ["s0", "s1", "s2", "race.a", "race.b"]
    assert len(readings(database_url, open_project)) == 32
    made = ask(
        database_url,
        "select actor, after from audit_entry where project_id = %s and action = 'sensor.create' order by id",
        open_project.id,
    )
    assert made == [("token test", {"key": "race.a"}), ("token test", {"key": "race.b"})]


def test_a_template_names_tags(client: httpx.Client, open_project: Project, database_url: str) -> None:
    set_project(database_url, open_project, sensor_key_template="{tag:rig}/{measurement}/{field}{tags}")
    at = now_ns()
    answer = write(client, f"p,rig=r7,side=in bar=1 {at}", f"p bar=2 {at}")
    assert answer.status_code == 400
    assert "the project's template needs the tag rig" in answer.json()["error"]
    assert readings(database_url, open_project) == [("r7/p/bar,side=in", 1.0)]


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_the_token_comes_in_any_way_that_clients_have(
    plain_client: httpx.Client, open_project: Project
) -> None:
    token = open_project.token
    ways = (f"Token {token}", f"token {token}", f"Bearer {token}", f"Token user:{token}", _basic("", token))
    for number, way in enumerate((*ways, _basic("telegraf", token))):
        headers = {"Authorization": way}
        assert write(plain_client, f"m v={number} {now_ns()}", headers=headers).status_code == 204, way


@pytest.mark.parametrize("way", ["", "Token", "Token nonsense", "Basic !", "Basic bm9uZQ==", "Digest x"])
def test_without_a_token_nothing_is_said(plain_client: httpx.Client, way: str) -> None:
    headers = {"Authorization": way} if way else {}
    first = write(plain_client, "m", headers=headers)
    second = write(plain_client, "m", path="/api/v2/write", headers=headers)
    assert (first.status_code, second.status_code) == (401, 401)
    assert first.json().keys() == {"error"}
    assert first.headers["www-authenticate"].startswith("Basic")
    assert second.json()["code"] == "unauthorized"


def test_a_token_in_the_url_is_refused(plain_client: httpx.Client, open_project: Project) -> None:
    answer = write(plain_client, "m v=1", path=f"/write?u=x&p={open_project.token}")
    assert answer.status_code == 401
    assert open_project.token not in answer.text
    with_header = write(
        plain_client, "m v=1", path=f"/write?p={open_project.token}", headers=open_project.headers
    )
    assert with_header.status_code == 401


def test_a_revoked_token_is_refused(plain_client: httpx.Client, database_url: str) -> None:
    project = seed_project(database_url)
    with psycopg.connect(database_url) as connection:
        change_catalog(connection, project.id)
        connection.execute("update ingest_token set revoked_at = now() where id = %s", (project.token_id,))
    assert write(plain_client, "m v=1", headers=project.headers).status_code == 401


@pytest.mark.parametrize("path", ["/write?precision=d", "/api/v2/write?precision=weeks"])
def test_another_precision_is_refused(client: httpx.Client, path: str) -> None:
    answer = write(client, "m v=1 1", path=path)
    assert answer.status_code == 400
    assert "invalid precision" in answer.text


def test_what_is_no_gzip_is_refused(client: httpx.Client) -> None:
    answer = write(client, "m v=1", headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 400
    answer = write(client, "m v=1", headers={"Content-Encoding": "snappy"})
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "gzip, zstd")


def test_a_body_that_is_too_large_is_413_so_that_clients_halve_it(client: httpx.Client) -> None:
    for path in ("/write", "/api/v2/write"):
        answer = client.post(path, content=b"m v=1\n" * 800_000)
        assert answer.status_code == 413
    assert answer.json()["code"] == "request too large"
    assert write(client, *["m v=1"] * 200_001).status_code == 413
    packed = gzip.compress(b"\n" * 5_000_000)
    assert client.post("/write", content=packed, headers={"Content-Encoding": "gzip"}).status_code == 413


def test_an_empty_body_is_fine(client: httpx.Client) -> None:
    assert write(client).status_code == 204
    assert write(client, "# nothing", "").status_code == 204


@pytest.mark.usefixtures("open_project")
def test_readings_too_old_are_said(client: httpx.Client) -> None:
    answer = write(client, "m v=1 1")
    assert answer.status_code == 400
    assert answer.json()["error"] == "partial write: 1 reading too-old, such as of 'm.v' dropped=1"


def test_a_large_body_is_read_by_a_parser(
    client: httpx.Client, open_project: Project, database_url: str
) -> None:
    at = now_us() - MINUTE_US
    lines = [f"big,n={number % 7} v={number} {at + number}" for number in range(20_000)]
    assert write(client, *lines, path="/write?precision=us").status_code == 204
    stored = readings(database_url, open_project)
    assert sorted(value for _, value in stored) == list(range(20_000))


def test_a_whole_number_beyond_float64_is_stored_rounded(
    client: httpx.Client, open_project: Project, database_url: str
) -> None:
    assert write(client, f"m v=9007199254740993i {now_ns()}").status_code == 204
    rows = ask(
        database_url,
        "select raw, flags from any_reading join sensor on sensor.id = sensor_id where project_id = %s",
        open_project.id,
    )
    assert len(rows) == 1
    assert rows[0][0] == 2.0**53
    assert rows[0][1]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_ping(plain_client: httpx.Client, method: str) -> None:
    answer = plain_client.request(method, "/ping")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["x-influxdb-version"]
    assert plain_client.get("/ping?verbose=true").json()["version"]


def test_health_is_what_the_second_version_calls_it(plain_client: httpx.Client) -> None:
    answer = plain_client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "pass")
    assert answer.json()["name"]


def test_a_database_is_granted_and_nothing_is_asked(
    plain_client: httpx.Client, open_project: Project
) -> None:
    headers = {"Authorization": _basic("any", open_project.token)}
    granted = plain_client.get("/query", params={"q": 'CREATE DATABASE "x"'}, headers=headers)
    assert (granted.status_code, granted.json()) == (200, {"results": [{"statement_id": 0}]})
    asked = plain_client.get("/query", params={"q": "select * from m", "db": "x"}, headers=headers)
    assert (asked.status_code, asked.json().keys()) == (400, {"error"})
    assert plain_client.get("/query", params={"q": "CREATE DATABASE x"}).status_code == 401
    assert plain_client.post("/query", content=b"q" * 2**15, headers=headers).status_code == 413
