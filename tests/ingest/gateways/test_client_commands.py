"""`send` and `simulate` of the gateways' library, as programs against the real server."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from barograph.times import format_us, now_us
from tests.ingest.database import ask, raw
from tests.programs import ROOT, Program
from tests.seed import Project

WITHIN_S = 120


def start(
    ingest: Program, project: Project, *arguments: str, token: str | None = None
) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "client"),
        "BAROGRAPH_INGEST_URL": ingest.socket_url,
        "BAROGRAPH_INGEST_TOKEN": project.token if token is None else token,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "barograph_client", *arguments],
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def run(process: subprocess.Popen[str], given: str = "") -> tuple[int, str]:
    """Its code, and what it complained of."""
    _, said = process.communicate(given, timeout=WITHIN_S)
    return process.returncode, said


def test_a_file_is_sent_and_lines_that_cannot_be_read_are_told(
    database_url: str, ingest: Program, project: Project, tmp_path: Path
) -> None:
    now = now_us()
    lines = [json.dumps({"sensor": "s0", "time": format_us(now + n), "value": n}) for n in range(3000)]
    file = tmp_path / "readings.ndjson"
    file.write_text("\n".join([*lines[:7], "not JSON", *lines[7:]]))
    code, said = run(start(ingest, project, "send", str(file), "--spool", str(tmp_path / "spool")))
    assert (code, said.splitlines()[0]) == (1, "line 8: no JSON object with a `time`")
    assert said.splitlines()[-1].endswith("3,000 stored, 0 rejected, 1 lines with faults")
    assert raw(database_url, project) == list(range(3000))


def test_a_pipe_of_wide_csv_is_sent(database_url: str, ingest: Program, project: Project) -> None:
    now_ms = now_us() // 1000
    text = "time,s0,s1\n" + "".join(f"{now_ms + n},{n},{n + 100}\n" for n in range(5))
    code, said = run(start(ingest, project, "send", "--time-unit", "ms", "--producer", "pipe"), text)
    assert code == 0, said
    assert raw(database_url, project) == [*range(5), *range(100, 105)]


def test_what_is_rejected_is_a_failure(ingest: Program, project: Project) -> None:
    text = f"sensor,time,value\nno-such-sensor,{format_us(now_us())},1\n"
    code, said = run(start(ingest, project, "send"), text)
    assert code == 1
    assert said.splitlines()[-1].endswith("0 stored, 1 rejected, 0 lines with faults")


def test_a_rig_is_simulated_until_it_is_interrupted(
    database_url: str, ingest: Program, project: Project
) -> None:
    process = start(ingest, project, "simulate", "--sensor", "s0", "--sensor", "s1", "--rate", "500")
    while len(raw(database_url, project)) < 200:
        assert process.poll() is None, run(process)
    process.send_signal(signal.SIGINT)
    code, said = run(process)
    assert code == 0, said
    counts = ask(
        database_url,
        "select count(*) from any_reading where sensor_id = any(%s) group by sensor_id",
        list(project.sensor_ids),
    )
    assert len(counts) == 2
    assert len(set(counts)) == 1
    assert f"{2 * counts[0][0]:,} stored, 0 rejected" in said


def test_a_past_is_simulated_whole(database_url: str, ingest: Program, project: Project) -> None:
    arguments = [
        "--history",
        "--seconds",
        "600",
        "--sensor",
        "s2",
        "--rate",
        "20",
        "--late",
        "0.3",
        "--noise",
        "0",
    ]
    code, said = run(start(ingest, project, "simulate", *arguments))
    assert code == 0, said
    assert len(raw(database_url, project)) == 12_000


@pytest.mark.parametrize(
    ("arguments", "token", "why"),
    [
        (("simulate", "--seconds", "1"), "", "ingest token is needed"),
        (("simulate", "--history"), None, "needs --seconds"),
        (("simulate", "--sensors", "0"), None, "must be above 0"),
        (("send", "/no/such/file"), None, "No such file"),
        (("send",), None, "names no column"),
    ],
)
def test_what_cannot_be_done_is_said(
    ingest: Program, project: Project, arguments: tuple[str, ...], token: str | None, why: str
) -> None:
    code, said = run(start(ingest, project, *arguments, token=token), "a,b\n1,2\n")
    assert code == 1
    assert why in said
    assert "Traceback" not in said
