"""Faults that can be made in an installation, each with the alert that it raises."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass

from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import connect

from barograph.times import now_us
from tests.ingest.gateway import binary_frame, open_gateway
from tests.servers.refusing import refusing
from tests.watching.installation import MAX_SOCKETS, Installation, lock_for, meanwhile

AHEAD_US = 60_000_000
# Good ones after bad ones, so that the budget is no longer seen to burn.
MANY_REQUESTS = 6000
BURST_FRAMES = 50


@dataclass(frozen=True)
class InjectedFault:
    """What goes wrong while it is made, and the alert that says so."""

    alert: str
    make: Callable[[Installation], AbstractContextManager[None]]


@contextmanager
def slow_answers(here: Installation) -> Generator[None]:
    with meanwhile(lambda: lock_for(here, "project", 1)), meanwhile(lambda: here.ask(10, 10)):
        yield
    here.ask(MANY_REQUESTS // 4, 4)


@contextmanager
def failing_answers(here: Installation) -> Generator[None]:
    here.execute("revoke select on account_as_caller from barograph_api")
    with meanwhile(lambda: here.ask(10)):
        yield
    here.execute("grant select on account_as_caller to barograph_api")
    here.ask(MANY_REQUESTS, 4)


def burst(here: Installation, count: int = 1) -> None:
    """Frames as fast as they are taken, again and again."""
    with open_gateway(here.ingest, here.project) as gateway:
        seq = gateway.bind("rig/burst", ["s1"])["last_seq"]
        for _ in range(count):
            for _ in range(BURST_FRAMES):
                seq += 1
                gateway.send_values(seq, [1.0])
            gateway.acked_up_to(seq)


@contextmanager
def slow_commits(here: Installation) -> Generator[None]:
    with meanwhile(lambda: lock_for(here, "reading", 2)), meanwhile(lambda: burst(here)):
        yield
    burst(here, 300)


@contextmanager
def killed_ingest(here: Installation) -> Generator[None]:
    here.ingest.kill()
    yield
    here.ingest.start()


@contextmanager
def stopped_database(here: Installation) -> Generator[None]:
    here.postgres.stop()
    yield
    here.postgres.start()


@contextmanager
def killed_redis(here: Installation) -> Generator[None]:
    here.redis.kill()
    yield
    here.redis.start()


def bind_again(here: Installation) -> None:
    with open_gateway(here.ingest, here.project) as one, open_gateway(here.ingest, here.project) as other:
        one.bind("rig/twice", ["s1"])
        other.bind("rig/twice", ["s1"])
        one.close_code()


@contextmanager
def two_of_one_name(here: Installation) -> Generator[None]:
    with meanwhile(lambda: bind_again(here)):
        yield


def knock(here: Installation) -> None:
    with suppress(InvalidStatus), connect(here.ingest.socket_url):
        pass


@contextmanager
def bad_tokens(here: Installation) -> Generator[None]:
    with meanwhile(lambda: knock(here)):
        yield


def send_from_ahead(here: Installation, ahead_us: int, producer: str) -> None:
    with open_gateway(here.ingest, here.project) as gateway:
        seq = gateway.bind(producer, ["s2"])["last_seq"] + 1
        gateway.send(binary_frame(seq, [0] * 20, [now_us() + ahead_us + i for i in range(20)], [1.0] * 20))
        gateway.acked_up_to(seq)


@contextmanager
def clock_ahead(here: Installation) -> Generator[None]:
    with meanwhile(lambda: send_from_ahead(here, AHEAD_US, "rig/ahead")):
        yield


@contextmanager
def rejected_readings(here: Installation) -> Generator[None]:
    with meanwhile(lambda: send_from_ahead(here, 60 * AHEAD_US, "rig/far-ahead")):
        yield


@contextmanager
def refused_readings(here: Installation) -> Generator[None]:
    with refusing(here.postgres.url, "new.raw = 2"):
        yield


@contextmanager
def held_work(here: Installation) -> Generator[None]:
    here.execute(
        "create function refuse() returns trigger language plpgsql as $$begin raise exception 'no'; end$$",
        "create trigger refuse before insert on rollup for each row execute function refuse()",
    )
    yield
    here.execute("drop trigger refuse on rollup", "update dirty_window set held_until = null")


@contextmanager
def stuck_events(here: Installation) -> Generator[None]:
    here.execute("revoke all on event_consumer from barograph_worker")
    yield
    here.execute("grant select, insert, update on event_consumer to barograph_worker")


@contextmanager
def full_of_sockets(here: Installation) -> Generator[None]:
    with ExitStack() as sockets:
        for number in range(MAX_SOCKETS):
            with suppress(WebSocketException):  # the last ones find no room
                gateway = sockets.enter_context(open_gateway(here.ingest, here.project))
                gateway.bind(f"rig/{number}", ["s2"])
        yield


# The first two want little history, which a share of all requests is taken of.
FAULTS = (
    InjectedFault("BarographRequestsSlow", slow_answers),
    InjectedFault("BarographRequestsFail", failing_answers),
    InjectedFault("BarographAcksSlow", slow_commits),
    InjectedFault("BarographDown", killed_ingest),
    InjectedFault("BarographNotReady", stopped_database),
    InjectedFault("BarographNotReady", killed_redis),
    InjectedFault("BarographGatewaysFight", two_of_one_name),
    InjectedFault("BarographGatewaysRefused", bad_tokens),
    InjectedFault("BarographClocksAhead", clock_ahead),
    InjectedFault("BarographReadingsRejected", rejected_readings),
    InjectedFault("BarographStorageRefuses", refused_readings),
    InjectedFault("BarographWorkHeld", held_work),
    InjectedFault("BarographEventsLate", stuck_events),
    InjectedFault("BarographIngestFull", full_of_sockets),
)
