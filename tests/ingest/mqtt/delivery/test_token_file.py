"""The bridge's token in a file, as whoever rotates it leaves it there."""

from pathlib import Path

import pytest

from ingest.mqtt.config import ServerTable
from ingest.mqtt.delivery.server import IngestServer, ServerAway
from tests.programs import Program
from tests.seed import Project


def test_a_token_that_is_renewed_in_its_file_is_taken_without_a_restart(
    ingest: Program, project: Project, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    table = {"url": ingest.url, "token": "bgi_revoked", "token_file": file}
    server = IngestServer(ServerTable.model_validate(table))
    for _ in range(2):  # the file is not there yet
        with pytest.raises(ServerAway, match=r"401 .* give the bridge another ingest token"):
            server.last_seq("rig")
    file.write_text(f"{project.token}\n")
    assert server.last_seq("rig") == 0
    server.close()
