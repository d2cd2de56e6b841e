"""`python -m tools.programs`: all programs of others that tests run, fetched at once."""

import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from barograph.local.refusal import SetUpRefused
from tools.programs.caddy import ensure_caddy
from tools.programs.chromium import ensure_chromium
from tools.programs.debian_programs import ensure_as_owner
from tools.programs.kubernetes_schemas import ensure_schemas
from tools.programs.mosquitto import ensure_mosquitto
from tools.programs.moto import ensure_moto
from tools.programs.prometheus import ensure_prometheus
from tools.programs.rabbitmq import ensure_rabbitmq

Ensure = Callable[[Path], object]
# What is said where one can't be had.
WITHOUT: dict[Ensure, str] = {
    ensure_caddy: "Caddy's files are not checked",
    ensure_mosquitto: "Tests of the MQTT bridge are left out",
    ensure_moto: "Tests of files in a bucket are left out",
    ensure_prometheus: "Tests of alerts are left out",
    ensure_rabbitmq: "Tests of RabbitMQ are left out",
    ensure_schemas: "Kubernetes' manifests are not checked",
}


def main() -> int:
    return ensure_as_owner(ensure_programs)


def ensure_programs(services: Path) -> None:
    """Has all of them below a folder.

    Raises:
        SetUpRefused: no Chromium can be had.
    """
    with ThreadPoolExecutor(len(WITHOUT) + 1) as threads:
        chromium = threads.submit(ensure_chromium, services)
        others = {threads.submit(ensure, services): said for ensure, said in WITHOUT.items()}
    for other, said in others.items():
        _say_if_refused(other, said)
    chromium.result()


def _say_if_refused(fetched: Future[object], said: str) -> None:
    try:
        fetched.result()
    except (SetUpRefused, OSError) as refusal:
        sys.stderr.write(f"{refusal}\n{said}\n")


if __name__ == "__main__":
    sys.exit(main())
