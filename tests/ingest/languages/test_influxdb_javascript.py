"""`@influxdata/influxdb-client`, and of version 1 `influx`, write to us as they write to InfluxDB."""

import json
import subprocess
from pathlib import Path

import pytest

from barograph.files.file_lock import locked
from barograph.local.portal.folders import PortalFolders
from barograph.local.portal.node import NodePrograms
from barograph.local.refusal import SetUpRefused
from tests.conftest import SERVICES_DIR
from tests.ingest.languages.node import find_node
from tests.ingest.line_posting import readings, set_project
from tests.programs import Program
from tests.seed import Project

CLIENTS = Path(__file__).parent / "influxdb_javascript"


@pytest.fixture(scope="module")
def node() -> Path:
    """Node, and the clients beside the script that uses them."""
    try:
        node = find_node()
        with locked(SERVICES_DIR.with_name(f"{SERVICES_DIR.name}.lock")):
            NodePrograms(PortalFolders(CLIENTS, CLIENTS / "dist", SERVICES_DIR)).install_packages(
                with_tools=False
            )
    except SetUpRefused as refusal:
        pytest.skip(f"InfluxDB's clients for JavaScript can't be had here: {refusal}")
    return node


def test_both_write_as_to_influxdb(node: Path, ingest: Program, project: Project, database_url: str) -> None:
    set_project(database_url, project, register_sensors_up_to=50)
    command = [str(node), str(CLIENTS / "write.mjs"), ingest.url, str(ingest.port), project.token]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    heard = json.loads(done.stdout)
    assert readings(database_url, project) == [
        ("first,site=cellar.t", 7.25),
        ("first,site=roof.t", 2.5),
        ("second,site=ro of, left.n", 3.0),
        ("second,site=ro of, left.ok", 1.0),
        ("second,site=ro of, left.t", 1.5),
    ]
    assert heard["failed"] == [[400, "invalid", "unable to parse 'second t=': missing field value"]]
    assert heard["ping"][0] is True
    assert heard["ping"][1]
    assert "1 reading bad-value, such as of 'first.text'" in heard["first"]
