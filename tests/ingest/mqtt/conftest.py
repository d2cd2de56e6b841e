"""A broker for each file's tests, unpacked from Debian's packages if need be."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from barograph.local.refusal import SetUpRefused
from tests.conftest import SERVICES_DIR
from tests.ingest.mqtt.bridging import BridgeProcess, bridging
from tests.ingest.mqtt.broker.own_broker import OwnBroker, Publisher, own_broker, publishing
from tests.programs import Program
from tests.seed import Project
from tools.programs.mosquitto import MosquittoPrograms, ensure_mosquitto

Bridges = Callable[..., BridgeProcess]


@pytest.fixture(scope="session")
def mosquitto() -> MosquittoPrograms:
    """The broker's programs."""
    try:
        return ensure_mosquitto(SERVICES_DIR)
    except SetUpRefused as refused:
        pytest.skip(f"no mosquitto to test with: {refused}")


@pytest.fixture
def broker(mosquitto: MosquittoPrograms, tmp_path: Path) -> Generator[OwnBroker]:
    """A broker of the test's own, which it may end."""
    with own_broker(tmp_path / "broker", mosquitto) as broker:
        yield broker


@pytest.fixture
def publisher(broker: OwnBroker) -> Generator[Publisher]:
    with publishing(broker.port) as publisher:
        yield publisher


@pytest.fixture
def bridge_of(broker: OwnBroker, ingest: Program, project: Project, tmp_path: Path) -> Generator[Bridges]:
    """Starts bridges with these subscriptions; they are gone afterwards."""
    with ExitStack() as bridges:

        def start(
            subscriptions: str, server_url: str = ingest.url, more_of_broker: str = ""
        ) -> BridgeProcess:
            made = BridgeProcess(
                tmp_path / "bridge", broker.url, server_url, project, subscriptions, more_of_broker
            )
            return bridges.enter_context(bridging(made))

        yield start
