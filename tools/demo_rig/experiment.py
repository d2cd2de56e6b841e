"""The demo's experiment: one run with two capture sessions of a minute each, conducted while readings arrive.

    look at what is there -> do what is next -> wait until there is something to do -> look again

What is next follows from what the API shows, so a start on the same data goes on where the one before ended.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from tools.demo_rig.api import ApiError, DemoApi
from tools.demo_rig.project import find_project

EXPERIMENT = "Sounds of the air and the ground"
RUN = "1, all instruments"
SESSION_S = 60.0
SESSION_NOTES = ("The first minute", "The second minute")
RETRY_S = 5.0
log = logging.getLogger("tools.demo_rig")


async def conduct(
    log_in: Callable[[], DemoApi], is_over: asyncio.Event, session_s: float = SESSION_S
) -> None:
    """Take the experiment to its end, or until told that it is over."""
    while not is_over.is_set():
        pause_s = await asyncio.to_thread(_step, log_in, session_s)
        if pause_s is None:
            return
        with suppress(TimeoutError):
            await asyncio.wait_for(is_over.wait(), pause_s)


def _step(log_in: Callable[[], DemoApi], session_s: float) -> float | None:
    try:
        # A log-in for each step: neither it nor its connection need last for a minute.
        with log_in() as api:
            return advance(api, session_s)
    except OSError:
        return RETRY_S
    except ApiError as error:
        log.warning("The demo's experiment stays as it is: %s", error)
        return None


def advance(api: DemoApi, session_s: float) -> float | None:
    """Do what is next; seconds until there is more to do, None if it has ended."""
    run = _run(api)
    # Somebody may have ended it, or it has come to its end.
    if run["status"] != "running":
        return None
    sessions = list(api.items(f"/api/v1/runs/{run['id']}/capture-sessions"))
    for session in sessions:
        if session["status"] == "running":
            left_s = session_s - _age_s(session)
            if left_s > 0:
                return left_s
            api.post(f"/api/v1/capture-sessions/{session['id']}:stop", {})
    if len(sessions) >= len(SESSION_NOTES):
        api.patch(f"/api/v1/runs/{run['id']}", {"status": "finished", "reason": "as planned"})
        return None
    notes = SESSION_NOTES[len(sessions)]
    api.post(f"/api/v1/runs/{run['id']}/capture-sessions", {"start": True, "notes": notes})
    return session_s


def _run(api: DemoApi) -> dict[str, Any]:
    """The run, made with its experiment and bound to the sensors if it is not there."""
    project = find_project(api)
    if project is None:
        raise ApiError(404, "the demo's project has been deleted")
    path = f"/api/v1/projects/{project['id']}"
    experiment = _named(api, f"{path}/experiments", EXPERIMENT) or api.post(
        f"{path}/experiments", {"name": EXPERIMENT, "status": "running", "tags": ["demo"]}
    )
    runs = f"/api/v1/experiments/{experiment['id']}/runs"
    run = _named(api, runs, RUN) or api.post(runs, {"name": RUN, "params": {"source": "recordings"}})
    if run["status"] != "draft":
        return run
    for sensor in api.items(f"{path}/sensors"):
        api.put(f"/api/v1/runs/{run['id']}/sensors/{sensor['id']}")
    # Only now: a start that was cut short leaves a draft, which the next one completes.
    return api.patch(f"/api/v1/runs/{run['id']}", {"status": "running"})


def _named(api: DemoApi, path: str, name: str) -> dict[str, Any] | None:
    return next((each for each in api.items(path) if each["name"] == name), None)


def _age_s(session: dict[str, Any]) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(session["started_at"])).total_seconds()
