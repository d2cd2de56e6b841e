"""A server that is restored from a backup gets again what the bridge has kept, and the broker has not."""

import json
from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from barograph.times import now_us
from tests.ingest.database import ask, raw
from tests.ingest.mqtt.bridging import BridgeProcess, bridging
from tests.ingest.mqtt.broker.own_broker import OwnBroker, Publisher
from tests.ingest.restorable import RestorableDatabase, restorable
from tests.programs import Program, running
from tests.seed import Project, seed_project
from tests.waiting import wait_until

SUBSCRIPTION = """
[[subscriptions]]
topic = "n/{key}"
sensor = "{key}"
value = "v"
time = "t"
time_unit = "us"
"""
KEEPS_NOTHING = "keep_stored_s = 0"
# A body of one reading has about 50.
KEEPS_TWO = "keep_stored_bytes = 120"
nothing_kept = pytest.param(KEEPS_NOTHING, [], marks=pytest.mark.nightly)


class RestoredServer:
    """A server with a bridge before it, which goes back to what it was after three of six bodies."""

    def __init__(
        self, database: RestorableDatabase, ingest: Program, project: Project, publisher: Publisher
    ) -> None:
        self.database, self.ingest, self.project = database, ingest, project
        self._publisher = publisher

    def store(self, *values: float) -> None:
        """A body for each."""
        for value in values:
            self._publisher.publish([("n/s0", json.dumps({"v": value, "t": now_us()}))])
            self.wait_for(value)

    def wait_for(self, value: float) -> None:
        wait_until(lambda: value in self.values())

    def values(self) -> list[float]:
        return raw(self.database.url, self.project)

    def back_up(self) -> None:
        """Nobody may be connected meanwhile."""
        self.ingest.stop()
        self.database.back_up()
        self.ingest.start()

    def restore(self) -> None:
        self.ingest.stop()
        self.database.restore()
        self.ingest.start()

    def gaps(self) -> list[tuple[object, ...]]:
        return ask(
            self.database.url,
            "select first_seq, last_seq, sensor_ids, was_refused from producer_gap order by id",
        )

    def last_seq(self) -> list[tuple[object, ...]]:
        return ask(self.database.url, "select last_seq from producer")


StartServer = Callable[..., tuple[RestoredServer, BridgeProcess]]


@pytest.fixture
def restored(
    server_url: str, template_name: str, broker: OwnBroker, publisher: Publisher, tmp_path: Path
) -> Generator[StartServer]:
    """Starts a server and a bridge whose settings of the server are these; the restore is done."""
    with ExitStack() as stack:

        def start(of_server: str = "", *, may_resume: bool = True) -> tuple[RestoredServer, BridgeProcess]:
            database = stack.enter_context(restorable(server_url, template_name))
            project = seed_project(database.url)
            ask(database.url, "update ingest_token set may_resume = %s", may_resume)
            ingest = stack.enter_context(running("ingest", database.url, tmp_path / "ingest.log"))
            made = BridgeProcess(
                tmp_path / "bridge", broker.url, ingest.url, project, f"{of_server}\n{SUBSCRIPTION}"
            )
            bridge = stack.enter_context(bridging(made))
            server = RestoredServer(database, ingest, project, publisher)
            server.store(1, 2, 3)
            server.back_up()
            server.store(4, 5, 6)
            server.restore()
            return server, bridge

        yield start


@pytest.mark.nightly
def test_what_is_kept_is_sent_again_before_what_comes_next(restored: StartServer) -> None:
    server, bridge = restored()
    server.store(7)
    assert server.values() == [1, 2, 3, 4, 5, 6, 7]
    assert (server.gaps(), server.last_seq()) == ([], [(7,)])
    assert bridge.metric("barograph_mqtt_bodies_sent_again_total") == 3
    assert "restored from a backup" in bridge.log()


def test_it_is_sent_again_though_no_message_comes_and_though_the_bridge_was_killed(
    restored: StartServer,
) -> None:
    server, bridge = restored()
    bridge.kill()
    bridge.start()
    server.wait_for(6)
    assert server.values() == [1, 2, 3, 4, 5, 6]
    server.store(7)
    assert (server.gaps(), server.last_seq()) == ([], [(7,)])


@pytest.mark.parametrize(("of_server", "kept"), [(KEEPS_TWO, [5, 6]), nothing_kept])
def test_what_is_not_kept_is_on_record(restored: StartServer, of_server: str, kept: list[float]) -> None:
    server, bridge = restored(of_server)
    server.store(7, 8)
    assert server.values() == [1, 2, 3, *kept, 7, 8]
    assert server.gaps() == [(4, 6 - len(kept), [server.project.sensor_ids[0]], False)]
    assert server.last_seq() == [(8,)]
    assert "are not here any more" in bridge.log()


@pytest.mark.nightly
@pytest.mark.parametrize(("of_server", "kept"), [(KEEPS_TWO, [5, 6]), nothing_kept])
def test_a_token_that_may_not_leave_numbers_out_has_them_closed_up(
    restored: StartServer, of_server: str, kept: list[float]
) -> None:
    server, bridge = restored(of_server, may_resume=False)
    server.store(7, 8)
    assert server.values() == [1, 2, 3, *kept, 7, 8]
    (gap,) = server.gaps()
    assert (gap[0], gap[3]) == (4, True)
    assert server.last_seq() == [(5 + len(kept),)]
    assert "the token may not leave numbers out" in bridge.log()
