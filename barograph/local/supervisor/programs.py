"""Our programs as services: how each is started, stopped, and seen to be ready.

They get their settings from us alone, and none that is the owner's.
"""

import os
import signal
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from pydantic import SecretStr

from barograph.database.schema.program_roles import ProgramRole
from barograph.local.connection import ConnectionFile
from barograph.local.readiness import answers
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.service import Service
from barograph.settings import OF_TESTS, WITHOUT_FILES, Settings

PROJECT = Path(__file__).resolve().parents[3]
PYTHON_PATH = os.pathsep.join((str(PROJECT), str(PROJECT / "client")))
# Each has ten to fifteen seconds to finish what it has begun, and some to spare.
STOP_WITHIN_S = 20.0
# The owner's and the command line's, which no program needs.
NOT_FOR_PROGRAMS = {
    "admin_password",
    "api_database_password",
    "backup_key",
    "backup_to",
    "email",
    "ingest_database_password",
    "mqtt_config",
    "mqtt_password",
    "mqtt_token",
    "password",
    "token",
    "worker_database_password",
}

_OF_THE_BRIDGE = {"host", "log_format", "log_level", "mqtt_password", "mqtt_port", "mqtt_token"}
_OF_BACKUPS = {
    "artifact_url",
    "backup_every_h",
    "backup_keep",
    "backup_key",
    "backup_to",
    "log_format",
    "log_level",
}


def programs(
    settings: Settings,
    connection: ConnectionFile,
    database_urls: Mapping[ProgramRole, str],
    account: ServerAccount,
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
            command=_python(account, module),
            url=url,
            stop_signal=signal.SIGTERM,
            is_ready=partial(answers, reachable_host(settings.host), port),
            stop_within_s=STOP_WITHIN_S,
            environment=_environment(settings, connection, database_urls[role], account),
        )
        for role, module, port, url in described
    ]


def demo(settings: Settings, connection: ConnectionFile, account: ServerAccount) -> Service:
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
        command=_python(account, "tools.demo_rig"),
        url=connection.ingest_url,
        stop_signal=signal.SIGTERM,
        is_ready=lambda: True,
        stop_within_s=STOP_WITHIN_S,
        environment={**_inherited(account), **known},
        may_finish=True,
    )


def mqtt_bridge(settings: Settings, config: Path, account: ServerAccount) -> Service:
    """The service that carries messages of a broker to ingest. It knows what its file says, and no database.

    It is there while its broker is away.
    """
    said = {name: getattr(settings, name) for name in settings.model_fields_set if name in _OF_THE_BRIDGE}
    variables = {f"BAROGRAPH_{name.upper()}": _text(value) for name, value in said.items()}
    host = reachable_host(settings.host)
    return Service(
        name="mqtt",
        command=[*_python(account, "ingest.mqtt"), "--config", str(config)],
        url=f"http://{host}:{settings.mqtt_port}",
        stop_signal=signal.SIGTERM,
        is_ready=partial(answers, host, settings.mqtt_port, "/health"),
        stop_within_s=STOP_WITHIN_S,
        environment={**_inherited(account), **variables},
    )


def backups(settings: Settings, connection: ConnectionFile, *, is_owned: bool) -> Service:
    """The service that keeps backups. It runs as the data directory's keeper: it reads keys and all files."""
    said = {name: getattr(settings, name) for name in settings.model_fields_set if name in _OF_BACKUPS}
    settled = {
        "data_dir": settings.data_dir,
        "services_dir": settings.services_dir,
        "database_url": connection.database_url,
    }
    variables = {f"BAROGRAPH_{name.upper()}": _text(value) for name, value in {**said, **settled}.items()}
    ourselves = ServerAccount(os.geteuid(), os.getegid())
    owned = ("--owned",) if is_owned else ()
    words = (sys.executable, "-P", "-m", "barograph", "backup", "keep", *owned)
    return Service(
        name="backup",
        command=ourselves.command(*words, dies_by=signal.SIGTERM),
        url=settings.backup_to or "",
        stop_signal=signal.SIGTERM,
        is_ready=lambda: True,
        stop_within_s=STOP_WITHIN_S,
        environment={**_inherited(ourselves), **variables},
    )


def reachable_host(host: str) -> str:
    """Where to reach, on this machine, a program that listens at `host`."""
    return "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104  # compares, does not bind


def _python(account: ServerAccount, module: str) -> list[str]:
    return account.command(sys.executable, "-P", "-m", module, dies_by=signal.SIGTERM)


def _environment(
    settings: Settings, connection: ConnectionFile, database_url: str, account: ServerAccount
) -> Mapping[str, str]:
    """The environment with what `up` has settled in place of what is set."""
    said = {name: getattr(settings, name) for name in settings.model_fields_set - NOT_FOR_PROGRAMS}
    settled = {
        "database_url": database_url,
        "redis_url": connection.redis_url,
        "data_dir": settings.data_dir,
        "host": settings.host,
        "api_port": settings.api_port,
        "ingest_port": settings.ingest_port,
        "worker_port": settings.worker_port,
    }
    variables = {f"BAROGRAPH_{name.upper()}": _text(value) for name, value in {**said, **settled}.items()}
    return {**_inherited(account), **variables}


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return "" if value is None else str(value)


def _inherited(account: ServerAccount) -> dict[str, str]:
    """The part of the environment that is neither a setting nor another user's."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name == WITHOUT_FILES or name.startswith(OF_TESTS) or not name.startswith(("BAROGRAPH_", "PGPASS"))
    }
    home = {} if account.is_ourselves else {"HOME": "/nonexistent", "TMPDIR": "/tmp"}  # noqa: S108
    return {**kept, **home, "PYTHONPATH": PYTHON_PATH, "PYTHONUNBUFFERED": "1"}
