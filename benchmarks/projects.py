"""Are a thousand small projects as cheap as one of a thousand sensors?

A thousand gateways with one sensor each send a reading a second over WebSockets of their own to one ingest
process. They are of a thousand projects; in the baseline they are of one. A line shows the same readings as
frames of a thousand, which one gateway sends.

Run: `python -m benchmarks.projects [--quick]`. Last result (28 November 2026, --quick, two cores that did
nothing else), milliseconds to the ack, p50 and p99: one gateway 26 and 30, a thousand gateways of one project
26 and 95, of a thousand projects 24 and 85 (1,048 and 1,872 before decision 940).
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.ingest import report_process
from benchmarks.support.steady import PacedGateway, send_steadily
from benchmarks.table import print_table
from tests.programs import running
from tests.seed import seed_project

PROJECTS = 1000
SOCKETS = {f"BAROGRAPH_INGEST_MAX_{of}SOCKETS": str(2 * PROJECTS) for of in ("", "PROJECT_", "TOKEN_")}


def main() -> None:
    """Measures both, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="10 seconds of each instead of 60")
    seconds = 10 if parser.parse_args().quick else 60
    with serving_cluster() as server_url:
        rows = [
            _measure(server_url, "1 project, 1 gateway", 1, 1, seconds),
            _measure(server_url, "1 project, 1,000 gateways", 1, PROJECTS, seconds),
            _measure(server_url, "1,000 projects, 1,000 gateways", PROJECTS, PROJECTS, seconds),
        ]
    print_table("1,000 readings a second", ("of", "ack p50, ms", "p99, ms", "most, ms"), rows)


def _measure(server_url: str, title: str, projects: int, gateways: int, seconds: int) -> Sequence[str]:
    print(f"  {title}", flush=True)
    with fresh_database(server_url) as url, tempfile.TemporaryDirectory() as folder:
        sending = _seed(url, projects, gateways)
        with running("ingest", url, Path(folder) / "ingest.log", SOCKETS) as ingest:
            latencies_s = send_steadily(ingest.socket_url, sending, seconds)
            report_process(ingest, url)
    return title, *(
        f"{latencies_s[int((len(latencies_s) - 1) * part)] * 1000:.0f}" for part in (0.5, 0.99, 1)
    )


def _seed(url: str, projects: int, gateways: int) -> list[PacedGateway]:
    """A thousand sensors in so many projects, which so many gateways send."""
    made = [seed_project(url, PROJECTS // projects) for _ in range(projects)]
    keys = [(project.token, key) for project in made for key in project.keys]
    each = len(keys) // gateways
    return [
        PacedGateway(keys[first][0], f"gateway-{first}", [key for _, key in keys[first : first + each]])
        for first in range(0, len(keys), each)
    ]


if __name__ == "__main__":
    main()
