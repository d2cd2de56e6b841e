"""`up --mqtt`: the bridge as the supervisor starts it."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from barograph.local.readiness import answers
from barograph.local.refusal import SetUpRefused
from barograph.local.servers.account import ServerAccount
from barograph.local.supervisor.data_dir import DataDir
from barograph.local.supervisor.processes.signals import SignalQueue
from barograph.local.supervisor.processes.supervisor import Supervisor
from barograph.local.supervisor.programs import mqtt_bridge
from barograph.settings import Settings
from tests.programs import free_port

CONFIG = """\
state = "{folder}/state"
[broker]
url = "mqtt://127.0.0.1:{nowhere}"
client_id = "stand"
[server]
url = "http://127.0.0.1:{nowhere}"
[[subscriptions]]
topic = "{{rig}}"
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Generator[Supervisor]:
    data_dir = DataDir(tmp_path / "data")
    data_dir.prepare()
    with SignalQueue() as signals:
        made = Supervisor(data_dir, signals, lambda _: None)
        yield made
        made.stop()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "bridge.toml"
    path.write_text(CONFIG.format(folder=tmp_path, nowhere=free_port()))
    return path


def ourselves() -> ServerAccount:
    return ServerAccount(os.geteuid(), os.getegid())


def test_it_is_there_although_its_broker_is_away(supervisor: Supervisor, config: Path) -> None:
    settings = Settings(mqtt_port=free_port(), mqtt_token="bgi_of_the_environment")  # pyright: ignore[reportArgumentType]
    supervisor.start(mqtt_bridge(settings, config, ourselves()))
    assert "mqtt" in supervisor.pids
    assert answers("127.0.0.1", settings.mqtt_port, "/health")
    assert not answers("127.0.0.1", settings.mqtt_port, "/ready")


def test_a_file_that_is_wrong_is_said_at_once(supervisor: Supervisor, config: Path) -> None:
    config.write_text("state = 7")
    with pytest.raises(SetUpRefused, match="state"):
        supervisor.start(mqtt_bridge(Settings(mqtt_port=free_port()), config, ourselves()))
