"""Backups of a running cluster, and what comes back from them."""

from collections.abc import Generator
from pathlib import Path

import pytest

from barograph.local.backups.recovery import choose_backup
from barograph.local.backups.restoring import restore_installation
from barograph.local.backups.verification import verify_backup
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.barograph.local.backups.installation import Installation, make_installation, note, notes


@pytest.fixture
def installation(
    services_folder: Path, tmp_path: Path, executables: Executables, account: ServerAccount
) -> Installation:
    tmp_path.chmod(0o711)
    return make_installation(tmp_path, executables, account)


def test_a_backup_comes_back_as_it_was(installation: Installation) -> None:
    with installation.running() as postgres:
        note(postgres.url, "before")
        record = installation.back_up(postgres)
        note(postgres.url, "after")
    found = verify_backup(
        installation.place,
        record,
        installation.data_dir / "scratch",
        installation.executables,
        installation.account,
        None,
    )
    assert found.faults == []
    chosen = choose_backup(installation.place, None)
    done = restore_installation(
        installation.place,
        chosen,
        None,
        installation.settings,
        installation.executables,
        installation.account,
        force=True,
    )
    with installation.running() as postgres:
        assert notes(postgres.url) == ["before"]
    assert done.aside
