"""The sweep: files of deleted rows go, rows without files are told, uploads that nobody goes on with end."""

import os
import time
from uuid import uuid4

import psycopg
import pytest

from backfill.artifacts.sweep import ArtifactSweeper, sweep_artifacts
from barograph.artifacts.folder_store import FolderStore
from barograph.artifacts.staging import Staging
from barograph.database.schema.program_roles import ProgramRole
from tests.api.artifacts.filing import Filing
from tests.programs import url_of

CONTENT = b"content" * 1000


def sweeper(files: Filing) -> ArtifactSweeper:
    folder = files.folder / "artifacts"
    url = url_of(ProgramRole.WORKER, files.server.database_url)
    return ArtifactSweeper(url, FolderStore(folder / "kept"), Staging(folder / "uploads"))


def put_back(files: Filing, artifact: str) -> None:
    """As a store that was away when the artifact was deleted, or an address that was signed before."""
    files.kept(artifact).parent.mkdir(parents=True, exist_ok=True)
    files.kept(artifact).write_bytes(CONTENT)


def test_what_was_deleted_here_goes_whenever_it_turns_up(files: Filing) -> None:
    named, deleted = files.file(CONTENT)["id"], files.file(CONTENT)["id"]
    assert files.person.delete(f"/artifacts/{deleted}").status_code == 204
    for _ in range(2):
        put_back(files, deleted)
        sweep_artifacts(sweeper(files))
        assert [files.kept(each).exists() for each in (named, deleted)] == [True, False]


def test_the_files_of_a_deleted_run_go(files: Filing) -> None:
    """Rows that go with others are told of, too."""
    made = files.file(CONTENT)["id"]
    with psycopg.connect(files.server.database_url) as connection:
        connection.execute("delete from artifact where public_id = %s", (made,))
    assert files.kept(made).exists()
    sweep_artifacts(sweeper(files))
    assert not files.kept(made).exists()


def test_what_this_database_never_named_stays(files: Filing, capsys: pytest.CaptureFixture[str]) -> None:
    """It may be another installation's, or newer than the backup that was restored."""
    stranger = str(uuid4())
    put_back(files, stranger)
    long_ago_s = time.time() - 30 * 86_400
    os.utime(files.kept(stranger), (long_ago_s, long_ago_s))
    sweep_artifacts(sweeper(files))
    assert files.kept(stranger).exists()
    assert stranger in capsys.readouterr().out


def test_a_lost_file_is_told_until_it_is_there_again(
    files: Filing, capsys: pytest.CaptureFixture[str]
) -> None:
    made = files.file(CONTENT, name="lost.bin")["id"]
    files.kept(made).rename(files.folder / "aside")
    sweep_artifacts(sweeper(files))
    missing = files.person.read(f"/artifacts/{made}")
    assert missing["missing_since"] is not None
    assert "lost.bin" in capsys.readouterr().out
    sweep_artifacts(sweeper(files))
    assert files.person.read(f"/artifacts/{made}") == missing
    (files.folder / "aside").rename(files.kept(made))
    sweep_artifacts(sweeper(files))
    assert files.person.read(f"/artifacts/{made}")["missing_since"] is None


def test_an_upload_that_nobody_goes_on_with_ends_after_a_day(files: Filing) -> None:
    begun, going_on = files.announce(CONTENT)["id"], files.announce(CONTENT)["id"]
    for each in (begun, going_on):
        files.put(each, CONTENT[:1000])
    with psycopg.connect(files.server.database_url) as connection:
        connection.execute(
            "update artifact set received_at = now() - interval '25 hours' where public_id = %s", (begun,)
        )
    sweep_artifacts(sweeper(files))
    ended = files.person.read(f"/artifacts/{begun}")
    assert (ended["status"], ended["failure"]) == ("damaged", "nothing of the file has come for a day")
    assert files.put(begun, CONTENT[1000:], 1000).status_code == 409
    assert files.put(going_on, CONTENT[1000:], 1000).status_code == 200
    assert files.complete(going_on)["status"] == "ready"
