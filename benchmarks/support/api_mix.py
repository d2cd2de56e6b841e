"""What is asked of the API: 80 % reads and 20 % writes, as people and scripts of a busy project would."""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from barograph.times import format_time
from benchmarks.support.api_project import Project
from benchmarks.support.http_load import Request

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Asked:
    """One request, before it is anybody's."""

    method: str
    path: str
    body: object = None


@dataclass(frozen=True)
class Part:
    """A part of the mix: its share in percent, and one request of it."""

    name: str
    share: int
    make: Callable[[random.Random, Project], Asked]
    is_write: bool = False


def schedule(project: Project, tokens: Sequence[str], rate_hz: float, seconds: float) -> list[Request]:
    """Requests that arrive independently of each other, at this rate on average (Poisson)."""
    draw = random.Random(1)  # noqa: S311  # the same requests each time
    requests: list[Request] = []
    due_s = 0.0
    while (due_s := due_s + draw.expovariate(rate_hz)) < seconds:
        (part,) = draw.choices(MIX, [part.share for part in MIX])
        content = _encode(part.make(draw, project), draw.choice(tokens))
        requests.append(Request(due_s, part.name, content))
    return requests


def _encode(asked: Asked, token: str) -> bytes:
    body = b"" if asked.body is None else json.dumps(asked.body).encode()
    head = [
        f"{asked.method} /api/v1{asked.path} HTTP/1.1",
        f"Host: {HOST}",
        f"Authorization: Bearer {token}",
        "Accept: application/json",
        f"Content-Length: {len(body)}",
        *(["Content-Type: application/json"] if body else []),
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


def _list_runs(draw: random.Random, project: Project) -> Asked:
    filters = draw.choice(("status=running", f"tag=rig-{draw.randrange(40)}", "sort=-started_at", "q=4217"))
    return Asked("GET", f"/projects/{project.id}/runs?limit=20&{filters}")


def _newest_runs(_: random.Random, project: Project) -> Asked:
    return Asked("GET", f"/projects/{project.id}/runs")


def _run(draw: random.Random, project: Project) -> Asked:
    return Asked("GET", f"/runs/{draw.choice(project.runs)}")


def _overview(draw: random.Random, project: Project) -> Asked:
    return Asked("GET", f"/runs/{draw.choice(project.runs)}/overview")


def _sensor(draw: random.Random, project: Project) -> Asked:
    return Asked("GET", f"/sensors/{draw.choice(project.sensors)}")


def _list_sensors(draw: random.Random, project: Project) -> Asked:
    return Asked("GET", f"/projects/{project.id}/sensors?limit=20&tag=rig-{draw.randrange(40)}")


def _series(draw: random.Random, project: Project) -> Asked:
    start = format_time(datetime.now(UTC) - timedelta(minutes=10))
    return Asked("GET", f"/series?sensor={draw.choice(project.live_sensors)}&from={start}&bucket=10s")


def _create_run(draw: random.Random, project: Project) -> Asked:
    params = {"pressure_bar": draw.randrange(50), "injector": "B"}
    body = {"name": f"Run {draw.randrange(10**6)}", "params": params, "tags": ["new"], "git_sha": "8f2c1d0"}
    return Asked("POST", f"/experiments/{draw.choice(project.experiments)}/runs", body)


def _change_run(draw: random.Random, project: Project) -> Asked:
    return Asked("PATCH", f"/runs/{draw.choice(project.runs)}", {"notes": f"Seen {draw.randrange(10**6)}"})


def _change_sensor(draw: random.Random, project: Project) -> Asked:
    name = f"Channel {draw.randrange(10**6)}"
    return Asked("PATCH", f"/sensors/{draw.choice(project.sensors)}", {"name": name})


MIX = (
    Part("newest 50 runs", 5, _newest_runs),
    Part("20 runs by a filter", 15, _list_runs),
    Part("one run", 25, _run),
    Part("overview of a run", 10, _overview),
    Part("one sensor", 10, _sensor),
    Part("20 sensors by a tag", 5, _list_sensors),
    Part("series of 10 minutes", 10, _series),
    Part("create a run", 8, _create_run, is_write=True),
    Part("change a run", 8, _change_run, is_write=True),
    Part("change a sensor", 4, _change_sensor, is_write=True),
)
