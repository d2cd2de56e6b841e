"""Patroni and etcd, as Debian has them, and what drills of failover share."""

from pathlib import Path

import pytest

from barograph.local.refusal import SetUpRefused
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.conftest import SERVICES_DIR
from tests.drills.failover_drill import FailoverDrill
from tools.programs.patroni import PatroniPrograms, ensure_patroni


@pytest.fixture(scope="session")
def patroni_programs() -> PatroniPrograms:
    """Unpacked if need be."""
    try:
        return ensure_patroni(SERVICES_DIR)
    except SetUpRefused as refused:
        pytest.skip(f"no Patroni to test with: {refused}")


@pytest.fixture
def drill(
    tmp_path: Path, patroni_programs: PatroniPrograms, executables: Executables, account: ServerAccount
) -> FailoverDrill:
    return FailoverDrill(tmp_path, patroni_programs, executables, account)
