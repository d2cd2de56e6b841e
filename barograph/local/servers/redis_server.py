"""A private Redis in a folder, served on a loopback port and kept over restarts."""

import os
import signal
from functools import partial
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from barograph.files.private_file import write_private
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.endpoint import LOOPBACK, settle_endpoint
from barograph.local.servers.executables import Executables
from barograph.local.servers.service import Service
from barograph.local.shell import of_servers


def prepare_redis(folder: Path, executables: Executables, account: ServerAccount) -> Service:
    """Make the folder if there is none, and return the service to run."""
    endpoint = settle_endpoint(folder.with_name(f"{folder.name}.json"))
    folder.mkdir(mode=0o700, exist_ok=True)
    account.own(folder)
    settings = {
        "bind": LOOPBACK,
        "port": str(endpoint.port),
        "requirepass": endpoint.password,
        "dir": f'"{folder.resolve()}"',
        "appendonly": "yes",
        "appendfsync": "everysec",
        # Snapshots beside the log would take room, and one that finds none makes Redis refuse to write.
        "save": '""',
        "daemonize": "no",
        # How often it looks after its own things. Nothing waits for that, and a machine at rest may rest.
        "hz": "1",
    }
    conf = folder / "redis.conf"
    write_private(conf, "".join(f"{name} {value}\n" for name, value in settings.items()), give=account.own)
    url = f"redis://:{endpoint.password}@{LOOPBACK}:{endpoint.port}/0"
    return Service(
        name="redis",
        command=account.command(executables.redis_server, conf.resolve(), dies_by=signal.SIGTERM),
        url=url,
        stop_signal=signal.SIGTERM,
        is_ready=partial(_answers, url),
        environment=of_servers(os.environ),
    )


def _answers(url: str) -> bool:
    try:
        # redis leaves the extra arguments of from_url and ping untyped
        with Redis.from_url(url, socket_timeout=2) as client:  # pyright: ignore[reportUnknownMemberType]
            return bool(client.ping())  # pyright: ignore[reportUnknownMemberType]
    except RedisError:
        return False
