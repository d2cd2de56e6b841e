"""Servers that have no room, for clients in any language: they must come again later, and lose nothing."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from tests.ingest.gateway import open_gateway
from tests.programs import Program, running
from tests.seed import Project
from tests.waiting import wait_until

REFUSE_BINDS = """
create function refuse_bind() returns trigger language plpgsql as $$
begin
    raise exception 'no binds just now';
end $$;
create trigger refuse_bind before insert on producer for each row execute function refuse_bind();
"""
TAKE_BINDS = "drop function refuse_bind cascade"


class FullServer:
    """A process of ingest whose only place is taken, so that upgrades are answered with 503."""

    def __init__(self, ingest: Program, holder: ExitStack) -> None:
        self.socket_url, self.port = ingest.socket_url, ingest.port
        self._ingest, self._holder = ingest, holder

    def wait_for_refusals(self, count: int) -> None:
        wait_for_log(self._ingest, "too many connections", count)

    def make_room(self) -> None:
        self._holder.close()


@contextmanager
def full_server(database_url: str, project: Project, folder: Path) -> Generator[FullServer]:
    settings = {"BAROGRAPH_INGEST_MAX_SOCKETS": "1"}
    with running("ingest", database_url, folder / "full.log", settings) as ingest, ExitStack() as holder:
        holder.enter_context(open_gateway(ingest, project)).bind("rig/holder", ["s1"])
        yield FullServer(ingest, holder)


@contextmanager
def binds_refused(database_url: str) -> Generator[None]:
    """The database refuses binds, so that whoever binds is sent away with 1013."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(REFUSE_BINDS)
        try:
            yield
        finally:
            connection.execute(TAKE_BINDS)


def wait_for_log(ingest: Program, words: str, count: int) -> None:
    """Until the program's log says so, so many times."""
    wait_until(lambda: ingest.log.read_text().count(words) >= count)
