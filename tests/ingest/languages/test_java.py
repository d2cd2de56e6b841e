"""A client in Java, with nothing but the JDK, against the real server."""

import subprocess
from pathlib import Path

import pytest

from barograph.local.refusal import SetUpRefused
from barograph.times import now_us
from tests.conftest import SERVICES_DIR
from tests.ingest.database import raw
from tests.ingest.languages.feeding import last_line, wait_for_line
from tests.programs import Program
from tests.seed import Project
from tests.servers.proxy import Proxy
from tools.programs.java import ensure_java

FEEDER = Path(__file__).with_name("Feeder.java")


@pytest.fixture(scope="module")
def java() -> Path:
    try:
        return ensure_java(SERVICES_DIR)
    except SetUpRefused as refused:
        pytest.skip(f"no JDK to test with: {refused}")


@pytest.mark.nightly
@pytest.mark.timeout(540)
def test_each_reading_is_stored_once_whatever_is_cut_and_killed(
    java: Path, database_url: str, own_ingest: Program, project: Project
) -> None:
    count = 3000
    with Proxy(own_ingest.url.replace("http", "ws")) as proxy:
        words = [
            f"{proxy.url}/ingest/v1/ws",
            project.token,
            "rig/java",
            "s0",
            str(now_us() - count),
            str(count),
        ]
        process = subprocess.Popen(
            [java, FEEDER, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for line in ("sent 10", "sent 20"):
            wait_for_line(process, line)
            proxy.cut()
        own_ingest.kill()
        own_ingest.start()
        assert last_line(process) == "closed 60"
    assert raw(database_url, project) == list(range(count))
