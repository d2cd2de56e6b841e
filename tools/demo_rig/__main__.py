"""`python -m tools.demo_rig [--connection DIR/connection.json] [--speed 1.0]`: the demo rig, until SIGTERM.

Without `--connection`, BAROGRAPH_API_URL, _INGEST_URL, _ADMIN_EMAIL and _ADMIN_PASSWORD say where and who.
"""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from barograph_client.errors import StreamEnded
from barograph_client.streaming.stream import Stream

from tools.demo_rig.api import ApiError, DemoApi
from tools.demo_rig.experiment import conduct
from tools.demo_rig.project import PRODUCER, PROJECT, prepare_project
from tools.demo_rig.recordings import INSTRUMENTS, Recording, load_recordings
from tools.demo_rig.replay import replay

API_WITHIN_S = 60
FLUSH_WITHIN_S = 5
log = logging.getLogger("tools.demo_rig")


class Access(NamedTuple):
    """Where Barograph is, and who may make a project there."""

    api_url: str
    ingest_url: str
    admin_email: str
    admin_password: str


def main() -> int:
    """Prepare the project, then stream."""
    arguments = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        access = _access(arguments.connection)
        with _log_in(access) as api:
            token = prepare_project(api, INSTRUMENTS)
        asyncio.run(_run(access, token, arguments.speed))
    except (ApiError, OSError, StreamEnded, KeyError) as error:
        log.error("The demo stops: %s", error)  # noqa: TRY400 - says all there is to say
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.demo_rig", description=__doc__)
    parser.add_argument("--connection", type=Path, help="connection.json of a running Barograph")
    parser.add_argument("--speed", type=float, default=1.0, help="1 is real time, 10 ten times as fast")
    arguments = parser.parse_args()
    if not 0 < arguments.speed <= 10_000:
        parser.error("--speed must lie between 0 and 10000")
    return arguments


def _access(path: Path | None) -> Access:
    if path is None:
        return Access(*(os.environ[f"BAROGRAPH_{name.upper()}"] for name in Access._fields))
    document = json.loads(path.read_text())
    return Access(*(document[name] for name in Access._fields))


def _log_in(access: Access) -> DemoApi:
    """Wait for the API as long as it takes to start."""
    give_up_at = time.monotonic() + API_WITHIN_S
    while True:
        try:
            return DemoApi(access.api_url, access.admin_email, access.admin_password)
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.5)


async def _run(access: Access, token: str, speed: float) -> None:
    """Stream, and meanwhile conduct the experiment; its troubles end no stream."""
    is_over = _event_of_signals()
    experiment = asyncio.create_task(conduct(lambda: _log_in(access), is_over))
    try:
        await _stream(access, token, load_recordings(), speed, is_over)
    finally:
        experiment.cancel()
        await asyncio.gather(experiment, return_exceptions=True)


async def _stream(
    access: Access, token: str, recordings: Sequence[Recording], speed: float, is_over: asyncio.Event
) -> None:
    sensors = [recording.instrument.key for recording in recordings]
    stream = Stream(_websocket_url(access.ingest_url), token, PRODUCER, sensors, spool=None, proxy=None)
    try:
        async with stream:
            rate_hz = sum(recording.rate_hz for recording in recordings) * speed
            log.info("Streaming %s to project %s: %.0f readings/s", ", ".join(sensors), PROJECT, rate_hz)
            await replay(stream, recordings, speed, is_over)
    except asyncio.CancelledError:
        log.info("Stopped before everything was stored")
    log.info("Stored %d readings", stream.accepted)


def _event_of_signals() -> asyncio.Event:
    """Set by SIGTERM and SIGINT; the task has some time left then to see its last frames stored."""
    is_over = asyncio.Event()
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def stop() -> None:
        is_over.set()
        if task is not None:
            loop.call_later(FLUSH_WITHIN_S, task.cancel)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    return is_over


def _websocket_url(ingest_url: str) -> str:
    parts = urlsplit(ingest_url)
    scheme = "wss" if parts.scheme == "https" else "ws"
    return f"{scheme}://{parts.netloc}/ingest/v1/ws"


if __name__ == "__main__":
    sys.exit(main())
