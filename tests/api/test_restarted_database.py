"""The first request after the database was restarted is answered, and soon."""

import logging
import time
from pathlib import Path

import pytest

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.api.server import Person, serving
from tests.servers.postgres import own_postgres

RESTARTS = 10
ANSWERED_WITHIN_S = 0.3
log = logging.getLogger(__name__)


@pytest.mark.nightly
def test_the_first_request_after_a_restart_of_the_database_is_answered_at_once(
    tmp_path: Path, executables: Executables, account: ServerAccount
) -> None:
    tmp_path.chmod(0o755)
    with (
        own_postgres(tmp_path, executables, account) as postgres,
        serving(postgres.url) as server,
    ):
        person = server.person("first@example.org", is_admin=True)
        took_s: list[float] = []
        for number in range(RESTARTS):
            ask(person)
            postgres.stop() if number % 2 else postgres.kill()
            postgres.start()
            took_s.append(ask(person))
        person.client.close()
    log.warning("first requests took %s ms", [round(1000 * s) for s in took_s])
    # The best one: a pause between attempts to connect would be in each, a busy machine is not.
    assert min(took_s) < ANSWERED_WITHIN_S


def ask(person: Person) -> float:
    """How long an answer takes."""
    begun_s = time.monotonic()
    person.read("/projects")
    return time.monotonic() - begun_s
