"""Runs with capture sessions at given times, and readings in them."""

from collections.abc import Sequence
from dataclasses import dataclass

from barograph.times import DAY_US, format_us, now_us
from tests.api.lab import Lab
from tests.api.stored import Stored, store

START_US = (now_us() // DAY_US - 5) * DAY_US


@dataclass(frozen=True)
class CapturedRun:
    """A run that has ended, and its capture sessions."""

    id: str
    sessions: Sequence[str]


def capture(lab: Lab, sensors: Sequence[str], *periods_us: tuple[int, int], **given: object) -> CapturedRun:
    """A run whose capture sessions have these times and sensors."""
    run = lab.new_run("running", sensors=tuple(sensors), **given)
    sessions = [capture_session(lab, run, *period) for period in periods_us]
    return CapturedRun(run, sessions)


def capture_session(lab: Lab, run: str, start_us: int, end_us: int) -> str:
    session = lab.new_session(run, "succeeded")
    bounds = {"started_at": format_us(start_us), "stopped_at": format_us(end_us)}
    answer = lab.person.patch(f"/capture-sessions/{session}", bounds)
    assert answer.status_code == 200, answer.text
    return session


def keep(lab: Lab, sensor: str, readings: Sequence[Stored]) -> None:
    store(lab.server.database_url, sensor, readings)


def wave(start_us: int, values: Sequence[float], step_us: int = 1000) -> list[Stored]:
    """Readings at even distances, raw as physical."""
    return [Stored(start_us + place * step_us, value, value) for place, value in enumerate(values)]
