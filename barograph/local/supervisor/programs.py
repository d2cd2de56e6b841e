"""Our programs as services: how each is started, stopped, and seen to be ready."""

import os
import signal
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from barograph.database.program_roles import ProgramRole
from barograph.local.connection import ConnectionFile
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.service import Service
from barograph.local.supervisor.health import answers
from barograph.settings import Settings

PROJECT = Path(__file__).resolve().parents[3]
# Each has ten to fifteen seconds to finish what it has begun, and some to spare.
STOP_WITHIN_S = 20.0
OURSELVES = ServerAccount(os.geteuid(), os.getegid())


def programs(
    settings: Settings, connection: ConnectionFile, database_urls: Mapping[ProgramRole, str]
) -> list[Service]:
    """Worker, api and ingest; stopped in the reverse of this order, so that gateways are heard out first."""
    described = (
        (ProgramRole.WORKER, "backfill", settings.worker_port, connection.worker_url),
        (ProgramRole.API, "api", settings.api_port, connection.api_url),
        (ProgramRole.INGEST, "ingest", settings.ingest_port, connection.ingest_url),
    )
    return [
        Service(
            name=role.program,
            command=_python(module),
            url=url,
            stop_signal=signal.SIGTERM,
            is_ready=partial(answers, reachable_host(settings.host), port),
            stop_within_s=STOP_WITHIN_S,
            folder=PROJECT,
            environment=_environment(settings, connection, database_urls[role]),
        )
        for role, module, port, url in described
    ]


def demo(settings: Settings, connection: ConnectionFile) -> Service:
    """A gateway that replays a recording. It knows what any client may know, and nothing more."""
    known = {
        "BAROGRAPH_API_URL": connection.api_url,
        "BAROGRAPH_INGEST_URL": connection.ingest_url,
        "BAROGRAPH_ADMIN_EMAIL": connection.admin_email,
        "BAROGRAPH_ADMIN_PASSWORD": connection.admin_password or "",
        "BAROGRAPH_LOG_LEVEL": settings.log_level,
    }
    return Service(
        name="demo",
        command=_python("tools.demo_rig"),
        url=connection.ingest_url,
        stop_signal=signal.SIGTERM,
        is_ready=lambda: True,
        stop_within_s=STOP_WITHIN_S,
        folder=PROJECT,
        environment={**_inherited(), **known},
        may_finish=True,
    )


def reachable_host(host: str) -> str:
    """Where to reach, on this machine, a program that listens at `host`."""
    return "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104  # compares, does not bind


def _python(module: str) -> list[str]:
    return OURSELVES.command(sys.executable, "-m", module, dies_by=signal.SIGTERM)


def _environment(settings: Settings, connection: ConnectionFile, database_url: str) -> Mapping[str, str]:
    """Ours, with what `up` has settled in place of what the environment or `.env` say."""
    settled = {
        "database_url": database_url,
        "redis_url": connection.redis_url,
        "data_dir": settings.data_dir,
        "host": settings.host,
        "api_port": settings.api_port,
        "ingest_port": settings.ingest_port,
        "worker_port": settings.worker_port,
    }
    return {**_inherited(), **{f"BAROGRAPH_{name.upper()}": str(value) for name, value in settled.items()}}


def _inherited() -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1"}
