"""Everything of the product that a story replaces, in one place: clock, transport, database, threads' events.

What is not named here is the real code.
"""

import asyncio
import http.client
import logging
import sys
import time
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any, Protocol, cast
from unittest.mock import patch

import numpy as np
import structlog
import websockets.asyncio.client
from barograph_client.delivery import delivery
from barograph_client.spool import chain, options
from barograph_client.spool.disk import DiskSpool
from starlette import _exception_handler

from barograph import times
from barograph.catalog import catalog
from barograph.program.kept_loop import KeptLoop
from barograph.program.listening import Notice
from barograph.readings.storing import store, storing
from ingest.commits import committer_connection
from ingest.mqtt import bridge
from ingest.mqtt.delivery import server
from ingest.notices import follower
from tests.ingest.simulation.clocks import BEGINNING_US, CLOCK
from tests.ingest.simulation.senders.bridges import ModelBrokerSession, ModelHttpConnection
from tests.ingest.simulation.virtual_loop import SimulatedEvent, SimulatedLock, running_loop

# No token of a story expires, and to look each second costs more than all else.
EXPIRY_CHECK_S = 20.0
# So that what stories bring fills several segments of a spool.
MIN_SEGMENT_BYTES = 256
# How a program begins to tell of an error that is not its own.
OF_OTHERS = ("database error", "bodies that the server has lost are not here any more")
OURS = ("ingest.", "barograph.", "barograph_client.")


class ReplacedParts(Protocol):
    """A story, as far as it stands in for the outer world."""

    def open_storing_connection(self, database_url: str) -> object:
        """In place of a connection to PostgreSQL."""
        ...

    def open_catalog_pool(self, database_url: str) -> object:
        """In place of a cache's pool."""
        ...

    def listen(self, database_url: str, loop: KeptLoop) -> AsyncGenerator[Notice]:
        """In place of LISTEN."""
        ...

    async def connect(self, url: str, headers: Mapping[str, str]) -> object:
        """In place of a WebSocket."""
        ...

    def note_error(self, text: str) -> None:
        """A program has logged a fault of its own."""
        ...


@contextmanager
def replaced() -> Generator[None]:
    """Replaced as long as the context; for as many stories as one likes, one after the other."""
    clock = SimpleNamespace(
        monotonic=_loop_s, time=_clock_s, time_ns=lambda: 1000 * _clock_us(), perf_counter=_loop_s
    )
    with ExitStack() as stack:
        for old, new in (
            (time, clock),
            (times.now_us, _clock_us),
            (store.connect, _open_storing_connection),
            (websockets.asyncio.client.connect, _connect),
        ):
            for module, name in _places(old):
                stack.enter_context(patch.object(module, name, new))
        for module, name, new in (
            (committer_connection, "threading", SimpleNamespace(Event=SimulatedEvent)),
            (catalog, "threading", SimpleNamespace(Lock=SimulatedLock)),
            (catalog, "create_thread_pool", _open_catalog_pool),
            (storing, "store_readings", _store_readings),
            (follower, "listen", _listen),
            (follower, "EXPIRY_CHECK_S", EXPIRY_CHECK_S),
            (bridge, "BrokerSession", ModelBrokerSession),
            (server, "http", SimpleNamespace(client=_http_client())),
            (options, "MIN_SEGMENT_BYTES", MIN_SEGMENT_BYTES),
            (_exception_handler, "run_in_threadpool", asyncio.to_thread),
            (delivery, "agent_name", lambda: "simulated"),
        ):
            stack.enter_context(patch.object(module, name, new))
        # When a file was written the real clock says, also to a spool that is opened again.
        stack.enter_context(patch.object(chain, "time", time))
        # A spool's clock is a default, which was decided when the module was imported.
        clocks = tuple(_CLOCKS.get(each, each) for each in DiskSpool.__init__.__defaults__ or ())
        stack.enter_context(patch.object(DiskSpool.__init__, "__defaults__", clocks))
        stack.enter_context(_quiet())
        yield


def _places(value: object) -> list[tuple[Any, str]]:
    """Where our modules have this under a name of their own."""
    return [
        (module, name)
        for key, module in sorted(sys.modules.items())
        if key.startswith(OURS)
        for name, held in list(vars(module).items())
        if held is value
    ]


def _http_client() -> SimpleNamespace:
    return SimpleNamespace(HTTPConnection=ModelHttpConnection, HTTPException=http.client.HTTPException)


def _world() -> ReplacedParts:
    loop = running_loop()
    assert loop is not None, "only stories are replaced"
    return cast("ReplacedParts", loop.world)


def _loop_s() -> float:
    """The story's; the real one for threads of the test run."""
    loop = running_loop()
    return time.monotonic() if loop is None else loop.time()


def _clock_s() -> float:
    loop = running_loop()
    return time.time() if loop is None else BEGINNING_US / 1e6 + loop.time() + CLOCK.get().ahead_s


def _clock_us() -> int:
    return round(_clock_s() * 1e6)


_CLOCKS: Mapping[object, object] = {time.monotonic: _loop_s, time.time: _clock_s}


def _open_storing_connection(database_url: str, *, transaction_timeout_s: int = 10) -> object:
    assert transaction_timeout_s
    return _world().open_storing_connection(database_url)


def _open_catalog_pool(database_url: str, _: int, __: object) -> object:
    return _world().open_catalog_pool(database_url)


def _store_readings(connection: Any, projects: Sequence[store.PreparedProject]) -> None:  # noqa: ANN401  # a model's
    """The real one. Blocks and rows don't tell in which order readings came."""
    values = [prepared.readings.value for _, prepared in projects]
    connection.note_arrivals(np.abs(np.concatenate(values)).astype(int).tolist())
    store.store_readings(connection, projects)


def _listen(database_url: str, channels: Sequence[str], loop: KeptLoop) -> AsyncGenerator[Notice]:
    assert list(channels) == [follower.CATALOG, follower.BIND]
    return _world().listen(database_url, loop)


async def _connect(url: str, *, additional_headers: Mapping[str, str], **_: object) -> object:
    return await _world().connect(url, additional_headers)


@contextmanager
def _quiet() -> Generator[None]:
    """Nobody reads the logs of thousands of stories; faults that programs log as their own are kept."""
    before = structlog.get_config()
    structlog.configure(
        processors=[_note_error],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        cache_logger_on_first_use=False,
    )
    disabled = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(disabled)
        structlog.configure(**before)


def _note_error(_: object, __: str, line: Mapping[str, Any]) -> Mapping[str, Any]:
    error: BaseException | None = sys.exc_info()[1]
    if str(line["event"]).startswith(OF_OTHERS):
        raise structlog.DropEvent
    _world().note_error(f"{line['event']}: {error!r}")
    raise structlog.DropEvent
