"""The sweep: files without rows go, rows without files are told, uploads that nobody goes on with end."""

import os
import time
from uuid import uuid4

import psycopg
import pytest

from backfill.artifacts.sweep import ORPHAN_AFTER_S, ArtifactSweeper, sweep_artifacts
from barograph.artifacts.folder_store import FolderStore
from barograph.artifacts.staging import Staging
from barograph.database.program_roles import ProgramRole
from tests.api.artifacts.filing import Filing
from tests.programs import url_of

CONTENT = b"content" * 1000


def sweeper(files: Filing) -> ArtifactSweeper:
    folder = files.folder / "artifacts"
    url = url_of(ProgramRole.WORKER, files.server.database_url)
    return ArtifactSweeper(url, FolderStore(folder / "kept"), Staging(folder / "uploads"))


def test_what_no_artifact_names_goes_after_a_day(files: Filing) -> None:
    named, orphan, young = files.file(CONTENT)["id"], str(uuid4()), str(uuid4())
    long_ago_s = time.time() - ORPHAN_AFTER_S - 60
    for each in (orphan, young):
        files.kept(each).parent.mkdir(exist_ok=True)
        files.kept(each).write_bytes(b"x")
    for each in (named, orphan):
        os.utime(files.kept(each), (long_ago_s, long_ago_s))
    sweep_artifacts(sweeper(files))
    assert [files.kept(each).exists() for each in (named, orphan, young)] == [True, False, True]


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
