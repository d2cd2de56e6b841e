"""`Content-Encoding` of bodies at the REST edge."""

from typing import Any

import httpx
import polars as pl
import pytest

from barograph.times import now_us
from tests.files import hostile
from tests.ingest.database import raw
from tests.ingest.packing import CODINGS, needs_zstd, pack
from tests.ingest.posting import READINGS, assert_problem, receipt
from tests.seed import Project

MAX_BODY_BYTES = 4 * 2**20
coding = pytest.mark.parametrize("coding", CODINGS)


def post_packed(
    client: httpx.Client, body: bytes, coding: str, media_type: str = hostile.CSV, **headers: str
) -> httpx.Response:
    named = {"Content-Type": media_type, "Content-Encoding": coding, **headers}
    return client.post(READINGS, content=body, headers=named)


def csv_of(values: list[float], now: int) -> bytes:
    return "\n".join(["sensor,t_us,value", *(f"s0,{now},{value}" for value in values)]).encode()


def of_media_type(media_type: str) -> bytes:
    table = pl.DataFrame({"sensor": ["s0", "s0"], "t_us": [now_us()] * 2, "value": [1.0, 2.0]})
    match media_type:
        case hostile.PARQUET:
            return hostile.written(pl.DataFrame.write_parquet, table)
        case hostile.ARROW:
            return hostile.written(pl.DataFrame.write_ipc_stream, table)
        case hostile.CSV:
            return table.write_csv().encode()
        case _:
            return f'{{"readings":{table.write_json()}}}'.encode()


@coding
@pytest.mark.parametrize("media_type", [hostile.JSON, hostile.CSV, hostile.ARROW, hostile.PARQUET])
def test_a_packed_body_of_any_type_is_stored(
    client: httpx.Client, project: Project, database_url: str, coding: str, media_type: str
) -> None:
    answer = post_packed(client, pack(of_media_type(media_type), coding), coding, media_type)
    assert answer.json() == receipt(2)
    assert raw(database_url, project) == [1, 2]


@pytest.mark.parametrize("name", ["GZIP", "x-gzip"])
def test_names_of_codings_are_read_in_any_case(client: httpx.Client, name: str) -> None:
    assert post_packed(client, pack(csv_of([1], now_us()), "gzip"), name).json() == receipt(1)


@pytest.mark.parametrize("name", ["identity", "Identity", ""])
def test_identity_is_no_coding(client: httpx.Client, name: str) -> None:
    assert post_packed(client, csv_of([1], now_us()), name).json() == receipt(1)


@needs_zstd
@pytest.mark.parametrize("name", ["br", "deflate", "gzip, gzip", "gzip, identity", "nonsense", "\xff"])
def test_another_coding_is_415_and_hears_which_are_read(client: httpx.Client, name: str) -> None:
    answer = client.post(
        READINGS,
        content=b"",
        headers=[(b"Content-Type", b"text/csv"), (b"Content-Encoding", name.encode("latin-1"))],
    )
    assert_problem(answer, 415, "unsupported-media-type")
    assert answer.headers["Accept-Encoding"] == "gzip, zstd"


def test_codings_in_two_lines_are_two(client: httpx.Client) -> None:
    headers = [("Content-Type", "text/csv"), ("Content-Encoding", "gzip"), ("Content-Encoding", "gzip")]
    answer = client.post(READINGS, content=pack(b"", "gzip"), headers=headers)
    assert_problem(answer, 415, "unsupported-media-type")


def test_a_wrong_media_type_says_nothing_about_codings(client: httpx.Client) -> None:
    answer = post_packed(client, pack(b"", "gzip"), "gzip", "text/plain")
    assert_problem(answer, 415, "unsupported-media-type")
    assert "Accept-Encoding" not in answer.headers


@coding
def test_a_body_too_large_when_unpacked_is_413(client: httpx.Client, coding: str) -> None:
    for body in (bytes(MAX_BODY_BYTES + 1), bytes(2**28)):
        problem = assert_problem(post_packed(client, pack(body, coding), coding), 413, "too-large")
        assert f"{MAX_BODY_BYTES} bytes when it is unpacked" in problem["detail"]


@coding
def test_the_largest_body_is_stored(client: httpx.Client, coding: str) -> None:
    line = f"s0,{now_us()},1\n"
    rows = (MAX_BODY_BYTES - 100) // len(line)
    packed = pack(("sensor,t_us,value\n" + line * rows).encode(), coding)
    assert post_packed(client, packed, coding).json() == receipt(rows)


@coding
def test_a_body_cut_off_or_damaged_is_422_and_says_so(
    client: httpx.Client, project: Project, database_url: str, coding: str
) -> None:
    body = csv_of([1, 2, 3], now_us())
    for wrong in (pack(body, coding)[:-1], body, b"", pack(body, coding) + b"more"):
        problem = assert_problem(post_packed(client, wrong, coding), 422, "invalid")
        assert coding in problem["detail"]
    assert raw(database_url, project) == []


def test_a_body_packed_twice_is_invalid(client: httpx.Client) -> None:
    packed = pack(pack(csv_of([1], now_us()), "gzip"), "gzip")
    assert_problem(post_packed(client, packed, "gzip"), 422, "invalid")


def test_a_repeat_under_a_key_is_stored_once_and_not_taken_for_another_body(
    client: httpx.Client, project: Project, database_url: str
) -> None:
    packed = pack(csv_of([1], now_us()), "gzip")
    key: dict[str, Any] = {"Idempotency-Key": "k"}
    first, again = (post_packed(client, packed, "gzip", **key) for _ in range(2))
    assert first.json() == again.json() == receipt(1)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert raw(database_url, project) == [1]
    assert_problem(post_packed(client, packed, "identity", **key), 422, "invalid")
