"""Simulated people: they ask the API at random moments while rigs send, whether or not it has answered."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from barograph.cli.api_client import ApiClient, ApiRefused
from barograph.cli.machine.sandbox.project import SandboxProject
from barograph.cli.verb import NobodyAnswers
from barograph.times import format_time

PEOPLE = 16


@dataclass
class AskedOfApi:
    """The outcome of the questions. Latency counts from when one was due, so waiting is part of it."""

    latencies_s: list[float] = field(default_factory=list[float])
    failures: list[str] = field(default_factory=list[str])


def ask_api(api: ApiClient, project: SandboxProject, rate_hz: float, seconds: float) -> AskedOfApi:
    """Asks for so long, as many a second on average (Poisson)."""
    asked, lock = AskedOfApi(), threading.Lock()
    started_s = time.monotonic()

    def ask(due_s: float, question: Callable[[ApiClient], Any]) -> None:
        time.sleep(max(started_s + due_s - time.monotonic(), 0.0))
        failure = _failure(api, question)
        with lock:
            asked.latencies_s.append(time.monotonic() - started_s - due_s)
            asked.failures += [failure] if failure else []

    with ThreadPoolExecutor(PEOPLE) as people:
        for due_s, question in _schedule(project, rate_hz, seconds):
            people.submit(ask, due_s, question)
    return asked


def _failure(api: ApiClient, question: Callable[[ApiClient], Any]) -> str | None:
    try:
        question(api)
    except (ApiRefused, NobodyAnswers) as error:
        return str(error)
    return None


def _schedule(
    project: SandboxProject, rate_hz: float, seconds: float
) -> Sequence[tuple[float, Callable[[ApiClient], Any]]]:
    draw = random.Random(1)  # noqa: S311  # the same questions each time
    due_s, asked = 0.0, list[tuple[float, Callable[[ApiClient], Any]]]()
    while rate_hz > 0 and (due_s := due_s + draw.expovariate(rate_hz)) < seconds:
        (make,) = draw.choices([make for _, make in MIX], [share for share, _ in MIX])
        asked.append((due_s, make(draw, project)))
    return asked


def _curve(draw: random.Random, project: SandboxProject) -> Callable[[ApiClient], Any]:
    sensor = draw.choice(project.sensors)
    return lambda api: api.get("/api/v1/series", sensor=sensor, **{"from": _before(60)}, max_points=1000)


def _statistics(draw: random.Random, project: SandboxProject) -> Callable[[ApiClient], Any]:
    sensors = draw.sample(project.sensors, min(5, len(project.sensors)))
    asked = {"sensor": sensors, "bucket": "10s", "stat": ["mean", "min", "max"], "from": _before(600)}
    return lambda api: api.get("/api/v1/series", **asked)


def _overview(_: random.Random, project: SandboxProject) -> Callable[[ApiClient], Any]:
    return lambda api: api.get(f"/api/v1/runs/{project.run}/overview")


def _sensors(_: random.Random, project: SandboxProject) -> Callable[[ApiClient], Any]:
    return lambda api: api.get(f"/api/v1/projects/{project.id}/sensors", limit=50)


def _runs(_: random.Random, project: SandboxProject) -> Callable[[ApiClient], Any]:
    return lambda api: api.get(f"/api/v1/projects/{project.id}/runs", limit=50)


def _new_run(draw: random.Random, project: SandboxProject) -> Callable[[ApiClient], Any]:
    body = {"name": f"Attempt {draw.randrange(10**6)}", "params": {"pressure_bar": draw.randrange(50)}}
    return lambda api: api.post(f"/api/v1/experiments/{project.experiment}/runs", body)


# What is asked, and its share in percent.
MIX = ((25, _curve), (15, _statistics), (15, _overview), (15, _sensors), (20, _runs), (10, _new_run))


def _before(seconds: float) -> str:
    return format_time(datetime.now(UTC) - timedelta(seconds=seconds))
