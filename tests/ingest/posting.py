"""Requests to the REST edge, and what their answers must look like."""

from collections.abc import Mapping
from typing import Any

import httpx

from barograph.times import now_us

READINGS = "/ingest/v1/readings"
PRODUCERS = "/ingest/v1/producers"

Reading = Mapping[str, object]


def reading(value: float | None = 1.0, sensor: str = "s0", **more: object) -> Reading:
    """One reading of a JSON body, of this moment unless it says otherwise."""
    when = {} if "time" in more or "t_us" in more else {"t_us": now_us()}
    return {"sensor": sensor, "value": value, **when, **more}


def post(client: httpx.Client, *readings: Reading, **more: object) -> httpx.Response:
    return client.post(READINGS, json={"readings": list(readings), **more})


def post_csv(client: httpx.Client, text: str | bytes, **options: str | int | bool) -> httpx.Response:
    return client.post(READINGS, content=text, headers={"Content-Type": "text/csv"}, params=options)


def post_once(client: httpx.Client, key: str, *readings: Reading) -> httpx.Response:
    return client.post(READINGS, json={"readings": list(readings)}, headers={"Idempotency-Key": key})


def receipt(accepted: int, **more: object) -> dict[str, object]:
    """What the answer says when nothing was rejected."""
    return {"accepted": accepted, "duplicate": 0, "rejected": [], "rejected_total": 0, **more}


def assert_problem(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """Checks that the answer is a problem document of this kind, and returns it."""
    problem = answer.json()
    assert answer.status_code == status, problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == status
    assert problem["type"].endswith(slug)
    assert problem["title"]
    assert problem["instance"] == answer.request.url.path
    return problem


def pointers(answer: httpx.Response) -> list[str]:
    """Where an invalid body is wrong."""
    return [error["pointer"] for error in assert_problem(answer, 422, "invalid")["errors"]]
